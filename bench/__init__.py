"""Reproducible benchmarks, one script a claim; each prints its JSON.

They use the services that the environment names, in a database and topics of their own.
"""
