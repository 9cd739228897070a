import threading
import uuid
from datetime import timedelta

import psycopg
import pytest
from django.db import (
    DataError,
    InterfaceError,
    InternalError,
    OperationalError,
    connection,
    connections,
    transaction,
)
from django.utils import timezone

from highwater_events.errors import NotInTransactionError
from highwater_events.inbox import forget_handled, is_database_outage, is_first_delivery
from highwater_events.models import InboxEntry


@pytest.fixture
def message_id() -> uuid.UUID:
    return uuid.uuid4()


@pytest.mark.django_db
def test_only_the_first_delivery_is_the_first(message_id: uuid.UUID) -> None:
    assert is_first_delivery("billing", message_id)
    assert not is_first_delivery("billing", message_id)


@pytest.mark.django_db
def test_each_consumer_has_its_own_first_delivery(message_id: uuid.UUID) -> None:
    assert is_first_delivery("billing", message_id)
    assert is_first_delivery("shipping", message_id)


@pytest.mark.django_db
def test_a_handler_that_fails_takes_its_note_back(message_id: uuid.UUID) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        is_first_delivery("billing", message_id)
        raise ZeroDivisionError
    assert is_first_delivery("billing", message_id)


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_transaction_nothing_is_noted(message_id: uuid.UUID) -> None:
    with pytest.raises(NotInTransactionError, match=r"transaction\.atomic"):
        is_first_delivery("billing", message_id)
    assert not InboxEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_at_once_one_waits_and_is_not_the_first(message_id: uuid.UUID) -> None:
    answers: list[bool] = []

    def deliver() -> None:
        with transaction.atomic():
            answers.append(is_first_delivery("billing", message_id))
        connection.close()

    with transaction.atomic():
        assert is_first_delivery("billing", message_id)
        second = threading.Thread(target=deliver)
        second.start()
        second.join(0.2)
        assert answers == []
    second.join(10)
    assert answers == [False]


@pytest.mark.django_db
def test_old_entries_are_forgotten_in_bounded_batches() -> None:
    now = timezone.now()
    for days in (0, 1, 40, 41, 42):
        InboxEntry.objects.create(
            consumer="billing", message_id=uuid.uuid4(), handled_at=now - timedelta(days=days)
        )
    assert forget_handled(timedelta(days=30), limit=2) == 2
    assert forget_handled(timedelta(days=30), limit=2) == 1
    assert InboxEntry.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_server_that_ends_the_connection_is_an_outage() -> None:
    with pytest.raises(OperationalError) as ended, connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert is_database_outage(ended.value)
    connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_took_too_long_is_no_outage() -> None:
    with (
        pytest.raises(OperationalError) as cut,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET LOCAL statement_timeout = 1")
        cursor.execute("SELECT pg_sleep(5)")
    assert not is_database_outage(cut.value)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_lets_nobody_write_is_an_outage() -> None:
    with (
        pytest.raises(InternalError) as refused,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET TRANSACTION READ ONLY")
        is_first_delivery("billing", uuid.uuid4())
    assert is_database_outage(refused.value)


@pytest.mark.parametrize(("state", "is_outage"), [("53100", True), ("53200", False)])
def test_a_full_disk_is_an_outage_and_a_greedy_statement_is_none(
    state: str, is_outage: bool
) -> None:
    error = OperationalError("no room")
    error.__cause__ = psycopg.errors.lookup(state)("no room")
    assert is_database_outage(error) is is_outage


@pytest.mark.django_db
def test_a_row_that_breaks_a_rule_is_no_outage() -> None:
    with pytest.raises(DataError) as broken, connection.cursor() as cursor:
        cursor.execute("SELECT 1 / 0")
    assert not is_database_outage(broken.value)


def test_a_server_that_nobody_reaches_is_an_outage() -> None:
    with pytest.raises(psycopg.OperationalError) as refused:
        psycopg.connect("host=127.0.0.1 port=1 connect_timeout=1")
    error = OperationalError(str(refused.value))
    error.__cause__ = refused.value
    assert is_database_outage(error)
    assert is_database_outage(InterfaceError("connection already closed"))


def test_a_fault_of_the_handler_is_no_outage() -> None:
    assert not is_database_outage(ValueError("no"))
