"""Who may do what: roles, permissions, and the person behind a request.

Decides from a user or token only; it reads no clusters, groups or replays, and renders nothing.
"""
