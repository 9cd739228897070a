"""Reproducible benchmarks, one script a claim; each prints its JSON.

`judge` needs no services; `sample`, `worker` and `timelag` use those that the environment names, in
a database and topics of their own; `start` starts its own.
"""
