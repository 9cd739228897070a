import socket

import psycopg
import pytest

from monitor.errors import ConfigurationError, SecretNotFoundError, SourceUnreachableError
from monitor.outboxes.connections import connect
from tests.monitor.conftest import SHOP_REFERENCE
from tests.monitor.shop import Shop, database_dsn

pytestmark = pytest.mark.django_db


def _refusal(monkeypatch: pytest.MonkeyPatch, dsn: str) -> str:
    monkeypatch.setenv("HIGHWATER_SECRET_SHOP_DSN", dsn)
    with pytest.raises(SourceUnreachableError) as caught, connect(SHOP_REFERENCE):
        pass
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    return str(caught.value)


def _show(connection: psycopg.Connection[tuple[str, ...]], name: str) -> str:
    [value] = connection.execute(f"SHOW {name}").fetchone() or ("",)
    return value


def test_a_probe_cannot_write(shop: Shop) -> None:
    with pytest.raises(SourceUnreachableError), connect(SHOP_REFERENCE) as connection:
        connection.execute("DELETE FROM highwater_events_outbox")


def test_a_probe_is_short_and_names_itself(shop: Shop) -> None:
    with connect(SHOP_REFERENCE) as connection:
        assert _show(connection, "statement_timeout") == "2s"
        assert _show(connection, "lock_timeout") == "500ms"
        assert _show(connection, "idle_in_transaction_session_timeout") == "5s"
        assert _show(connection, "application_name") == "highwater"
        assert _show(connection, "search_path") == shop.schema
        assert connection.autocommit


def test_a_slow_question_ends_with_advice(shop: Shop) -> None:
    with pytest.raises(SourceUnreachableError, match="index of pending rows"):  # noqa: SIM117
        with connect(SHOP_REFERENCE) as connection:
            connection.execute("SET statement_timeout = '20ms'")
            connection.execute("SELECT pg_sleep(2)")


def test_a_missing_table_is_named_as_such(shop: Shop) -> None:
    with pytest.raises(SourceUnreachableError, match="no such table"):  # noqa: SIM117
        with connect(SHOP_REFERENCE) as connection:
            connection.execute("SELECT 1 FROM nothing_here")


def test_a_wrong_password_is_told_without_the_dsn(monkeypatch: pytest.MonkeyPatch) -> None:
    said = _refusal(monkeypatch, database_dsn(user="shopuser", password="hunter2"))
    assert "refuses the user or password" in said
    assert "hunter2" not in said
    assert "shopuser" not in said


def test_a_missing_database_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no such database" in _refusal(monkeypatch, database_dsn(dbname="nowhere"))


def test_a_closed_port_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = _refusal(monkeypatch, f"postgresql://shop:hunter2@127.0.0.1:{port}/shop")
    assert "nothing listens" in said
    assert "hunter2" not in said


def test_a_password_with_an_at_sign_leaks_no_part_of_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "ter2" not in _refusal(monkeypatch, "postgresql://shop:hun@ter2@127.0.0.1:5432/shop")


@pytest.mark.parametrize("dsn", ["garbage hunter2", "postgresql://a:hunter2@h:1/x?nosuch=1"])
def test_a_malformed_dsn_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, dsn: str
) -> None:
    monkeypatch.setenv("HIGHWATER_SECRET_SHOP_DSN", dsn)
    with pytest.raises(ConfigurationError) as caught, connect(SHOP_REFERENCE):
        pass
    assert "hunter2" not in str(caught.value)
    assert "postgresql://user:password@host" in str(caught.value)


def test_a_dsn_in_the_clear_is_refused() -> None:
    with pytest.raises(SecretNotFoundError), connect("postgresql://shop:hunter2@db/shop"):
        pass
