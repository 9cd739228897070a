"""Adapters over confluent-kafka: works wherever librdkafka does.

The only package of the monitor that may import confluent_kafka. Clients are made after fork, in
the process that uses them.
"""
