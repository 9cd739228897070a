"""A database of a benchmark's own on the server of DATABASE_URL, with all tables and no rows."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.db import connection


@contextmanager
def fresh_database() -> Iterator[str]:
    """Django uses it while the block runs; yields its address, for processes. Dropped after it."""
    creation = connection.creation
    before = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"highwater_bench_{os.getpid()}"
    name = creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    finally:
        creation.destroy_test_db(before, verbosity=0)
