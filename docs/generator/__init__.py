"""Writes the reference pages in `docs/` from what the code declares: `make docs`.

Each page is made by one module here; `tests/test_docs.py` fails when a page is not current.
"""
