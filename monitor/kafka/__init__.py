"""Kafka as Highwater needs it: ports, their in-memory twins, and adapters.

Only the `confluent` package below imports librdkafka's client. Nothing here writes to a database.
"""
