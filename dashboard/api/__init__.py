"""The JSON API, version 1: one module a resource, put together in `v1`.

Reads through `dashboard.queries` and `monitor.series.read`, acts through `monitor.replay.actions`;
holds the form of requests and answers, and nothing else.
"""
