"""The quickstart piece by piece; `tests/acceptance/test_quickstart.py` runs it whole."""
