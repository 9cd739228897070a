"""Replays: a stored plan, then a run that an operator can watch, pause and cancel.

`rewind` moves a group's committed offsets, `republish` copies records and touches no group; never
one button for both. Plans are pure; acting goes through the ports of `monitor.kafka.replay_ports`.
Permissions are the callers' to check.
"""
