"""Outbox tables in other services' databases, read without ever disturbing them.

Read-only connections with short time limits; columns come from a preset. Nothing here judges a
backlog or knows our tables.
"""
