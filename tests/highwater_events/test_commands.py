import socket

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import InterfaceError, connection
from pytest_django import Settings

from highwater_events import commands
from highwater_events.errors import BrokerUnreachableError
from highwater_events.router import Router
from highwater_events.spec import ConsumerSpec

HERE = "tests.highwater_events.test_commands"

spec = ConsumerSpec("g", ("t",), Router())


def listens(address: str, port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex((address, port)) == 0


def declare(settings: Settings, path: str) -> None:
    settings.HIGHWATER_EVENTS = {**settings.HIGHWATER_EVENTS, "CONSUMERS": {"billing": path}}


def test_a_declared_consumer_is_found_by_its_name(settings: Settings) -> None:
    declare(settings, f"{HERE}.spec")
    found = commands.declared_consumer("billing")
    assert (found.group, found.topics) == ("g", ("t",))


def test_a_declared_consumer_waits_out_database_and_broker(settings: Settings) -> None:
    declare(settings, f"{HERE}.spec")
    is_outage = commands.declared_consumer("billing").retries.is_outage
    assert is_outage(InterfaceError("connection already closed"))
    assert is_outage(BrokerUnreachableError("away"))
    assert not is_outage(ValueError("no"))


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (f"{HERE}.nothing", "cannot be imported"),
        ("nowhere.at_all", "cannot be imported"),
        (f"{HERE}.HERE", "is no ConsumerSpec but a str"),
    ],
)
def test_a_path_that_leads_to_no_spec_is_named(
    settings: Settings, path: str, sentence: str
) -> None:
    declare(settings, path)
    with pytest.raises(ImproperlyConfigured, match=sentence):
        commands.declared_consumer("billing")


@pytest.mark.usefixtures("no_signals")
def test_an_unknown_consumer_stops_the_command_with_those_that_are_known(
    settings: Settings,
) -> None:
    declare(settings, f"{HERE}.spec")
    with pytest.raises(CommandError, match=r"no consumer 'shipping'.* declares: billing"):
        call_command("run_consumer", "shipping")


@pytest.mark.parametrize("port", ["-1", "http", "70000"])
def test_a_metrics_port_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv(commands.METRICS_PORT, port)
    with pytest.raises(ImproperlyConfigured, match="it must be a port"):
        commands.metrics_port()


def test_no_metrics_are_served_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(commands.METRICS_PORT, raising=False)
    assert commands.metrics_port() == 0


@pytest.mark.parametrize("address", ["", "127.0.0.2"])
def test_metrics_are_served_at_the_address_that_is_set(
    monkeypatch: pytest.MonkeyPatch, free_port: int, address: str
) -> None:
    monkeypatch.setenv(commands.METRICS_PORT, str(free_port))
    monkeypatch.setenv(commands.BIND, address)
    commands.serve_own_metrics()
    assert listens("127.0.0.1", free_port) is not listens("127.0.0.2", free_port)
    assert listens(address or "127.0.0.1", free_port)


def test_a_port_that_is_taken_stops_the_start_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv(commands.METRICS_PORT, str(taken.getsockname()[1]))
        monkeypatch.delenv(commands.BIND, raising=False)
        with pytest.raises(ImproperlyConfigured, match="choose others by HIGHWATER_BIND"):
            commands.serve_own_metrics()


@pytest.mark.django_db(transaction=True)
def test_an_attempt_gets_a_working_connection_though_the_last_one_broke() -> None:
    scope = commands.database_scopes().attempt
    with scope():
        connection.ensure_connection()
        assert connection.connection is not None
        connection.connection.close()
        connection.errors_occurred = True
    with scope(), connection.cursor() as cursor:
        assert cursor.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.django_db(transaction=True)
def test_a_thread_closes_its_connections_in_the_end() -> None:
    with commands.database_scopes().thread():
        connection.ensure_connection()
    assert connection.connection is None
