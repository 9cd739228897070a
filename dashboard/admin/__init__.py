"""The admin: what is configured, planned and looked up there. One module a subject.

Imports its modules so that `admin.autodiscover` finds them; decides nothing itself.
"""

from dashboard.admin import audit, clusters, outboxes, replays, tokens

__all__ = ["audit", "clusters", "outboxes", "replays", "tokens"]
