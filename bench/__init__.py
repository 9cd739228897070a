"""Reproducible benchmarks, one script a claim; each prints its JSON.

`sample` uses the services that the environment names, in a database and topics of its own; `start`
starts its own.
"""
