"""Sampled time series in Postgres: partitions by hour, written by COPY, read for charts.

Knows rows and arrays, nothing of what they mean; judging is done above. The tables are made by
`monitor/migrations/0002_samples.py` and unknown to the ORM.
"""
