"""Roles and databases inside the embedded Postgres. Safe to run at every start."""

import psycopg
from psycopg import sql

from quickstart.place import SUPERUSER
from quickstart.state import State

PRODUCT = "highwater"
SHOP = "shop"
SHOP_READER = "shop_reader"


def conninfo(state: State, *, port: int, role: str, database: str) -> str:
    """A DSN with its password: for environments and files of mode 0600, never for a screen."""
    return f"postgresql://{role}:{state.secret(role)}@127.0.0.1:{port}/{database}"


def prepare(state: State, *, port: int, for_tests: bool) -> None:
    """Make the product's and the shop's database, each with an owner, and the shop's reader.

    `for_tests` makes the product's role a superuser: tests make databases and roles of their own.
    """
    with _connect(state, port, "postgres") as connection:
        _ensure_role(connection, PRODUCT, state.secret(PRODUCT), superuser=for_tests)
        _ensure_role(connection, SHOP, state.secret(SHOP))
        _ensure_role(connection, SHOP_READER, state.secret(SHOP_READER))
        for name in (PRODUCT, SHOP):
            _ensure_database(connection, name)
        connection.execute(_sql("GRANT CONNECT ON DATABASE {} TO {}", SHOP, SHOP_READER))
        # Backlogs are estimated from the statistics of tables, other sessions' included.
        connection.execute(_sql("GRANT pg_read_all_stats TO {}", SHOP_READER))
    with _connect(state, port, SHOP) as connection:
        _let_read(connection)


def has_user(dsn: str, username: str) -> bool:
    """Whether Highwater's database has this account already."""
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT 1 FROM auth_user WHERE username = %s", [username])
        return found.fetchone() is not None


def _connect(state: State, port: int, database: str) -> "psycopg.Connection[tuple[object, ...]]":
    return psycopg.connect(
        conninfo(state, port=port, role=SUPERUSER, database=database), autocommit=True
    )


def _ensure_role(
    connection: "psycopg.Connection[tuple[object, ...]]",
    name: str,
    password: str,
    *,
    superuser: bool = False,
) -> None:
    known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    if not known:
        connection.execute(_sql("CREATE ROLE {} LOGIN", name))
    # The server gets the verifier only, so that no log of a statement can show the password.
    verifier = connection.pgconn.encrypt_password(
        password.encode(), name.encode(), b"scram-sha-256"
    ).decode()
    rank = sql.SQL("SUPERUSER" if superuser else "NOSUPERUSER")
    connection.execute(
        sql.SQL("ALTER ROLE {} PASSWORD {} {}").format(
            sql.Identifier(name), sql.Literal(verifier), rank
        )
    )


def _ensure_database(connection: "psycopg.Connection[tuple[object, ...]]", name: str) -> None:
    known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    if not known:
        connection.execute(_sql("CREATE DATABASE {} OWNER {}", name, name))
    # Neither owner has business in the other's database.
    connection.execute(_sql("REVOKE CONNECT ON DATABASE {} FROM PUBLIC", name))


def _let_read(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    reader = SHOP_READER
    connection.execute(_sql("GRANT USAGE ON SCHEMA public TO {}", reader))
    connection.execute(_sql("GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}", reader))
    connection.execute(
        _sql("ALTER DEFAULT PRIVILEGES FOR ROLE {} GRANT SELECT ON TABLES TO {}", SHOP, reader)
    )
    connection.execute(_sql("ALTER ROLE {} SET default_transaction_read_only = on", reader))


def _sql(text: str, *names: str) -> sql.Composed:
    return sql.SQL(text).format(*map(sql.Identifier, names))
