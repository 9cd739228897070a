"""The backlog of outboxes: measured by probes, judged, and recorded.

Deciding is pure (`evaluate`); claiming, probing and storing stand around it. Knows nothing of
Kafka.
"""
