"""Sampled time series in Postgres: open hours written by COPY, sealed ones compressed, for charts.

Knows rows and arrays, nothing of what they mean; judging is done above. The tables are made by
`monitor/migrations/0002_samples.py` and `0011_sealed_hours.py`, and unknown to the ORM.
"""
