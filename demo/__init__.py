"""A shop built only on `highwater_events`: what the dashboard shows on its first run."""
