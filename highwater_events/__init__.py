"""The event toolkit that a service installs: outbox, relay, consumer runner, traces and metrics.

It knows nothing of `monitor` or `dashboard`, and only its database modules import Django.
"""
