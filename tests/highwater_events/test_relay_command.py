import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

pytestmark = pytest.mark.usefixtures("no_signals")


def test_wrong_settings_stop_the_start_with_what_to_do(settings: Settings) -> None:
    settings.HIGHWATER_EVENTS = {**settings.HIGHWATER_EVENTS, "BATCHES": 5}
    with pytest.raises(CommandError, match="Did you mean BATCH"):
        call_command("relay_outbox")


def test_a_bad_metrics_port_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIGHWATER_METRICS_PORT", "many")
    with pytest.raises(CommandError, match="HIGHWATER_METRICS_PORT"):
        call_command("relay_outbox")


def test_an_unknown_database_stops_the_start() -> None:
    with pytest.raises(CommandError, match="no database 'else'"):
        call_command("relay_outbox", database="else")


def test_a_bad_property_of_the_broker_stops_the_start_without_its_value(
    settings: Settings,
) -> None:
    broker = {"socket.timeout.ms": "a secret"}
    settings.HIGHWATER_EVENTS = {**settings.HIGHWATER_EVENTS, "BROKER": broker}
    with pytest.raises(CommandError, match=r"properties are wrong.*socket\.timeout\.ms") as refused:
        call_command("relay_outbox")
    assert "a secret" not in str(refused.value)
