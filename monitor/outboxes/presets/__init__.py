"""One module per kind of outbox table; a new kind is one new file here and one test file.

A preset names columns only. Queries are made from it in `monitor.outboxes.queries`.
"""
