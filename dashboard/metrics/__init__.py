"""`/metrics`: what was last sampled, for Prometheus. A scrape reads rows and never asks Kafka.

Metrics are declared in `dashboard.gauges`; the modules here only fill them.
"""
