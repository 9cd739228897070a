"""What the admin and the pages share of replays: the plan forms, and what a person may do next.

No URLs and no templates: those are the admin's and the pages' own.
"""
