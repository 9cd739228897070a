"""Clusters and outboxes as `highwater.toml` declares them: read, checked and applied.

It may change rows of clusters and outbox sources and nothing else, each with its audit entry.
"""
