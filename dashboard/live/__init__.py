"""The websocket at /ws/live: tells subscribed browsers what a worker measured.

It forwards message texts unread and owns no data: whoever missed one refetches over HTTP. The only
asynchronous package; database look-ups go through `database_sync_to_async`.
"""
