"""The broker as the toolkit sees it: a port (`base`), an in-memory twin and the real adapter.

One contract suite (`tests/contracts`) runs over all of them. Nothing here imports Django.
"""
