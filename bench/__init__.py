"""Reproducible benchmarks, one script a claim; each prints its JSON.

`judge` needs no services; `sample` uses those that the environment names, in a database and topics
of its own; `start` starts its own.
"""
