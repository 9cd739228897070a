"""The documentation. Its reference pages are written by `docs.generator`."""
