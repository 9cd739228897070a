"""The address of the tests' own database, for processes that a test starts."""

from django.db import connection


def database_url() -> str:
    of = connection.settings_dict
    return f"postgresql://{of['USER']}:{of['PASSWORD']}@{of['HOST']}:{of['PORT']}/{of['NAME']}"
