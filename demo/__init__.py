"""A shop built only on `highwater_events`: what the dashboard shows on its first run.

A Django project of its own with its own database; it imports nothing of `dashboard` or `monitor`.
"""
