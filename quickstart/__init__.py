"""Embedded services and the processes of a first run: `python -m quickstart`.

Knows `dashboard`, `monitor` and `demo` only as commands that it runs with the right environment;
imports none of them. Everything it keeps lies in one state folder (`.highwater/`).
"""
