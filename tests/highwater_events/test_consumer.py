"""A whole runner in a thread, on the twin broker and on the real one."""

import itertools
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest

from highwater_events import metrics, provenance
from highwater_events.backpressure import Limits
from highwater_events.broker.base import Broker, OutgoingRecord
from highwater_events.broker.confluent import ConfluentBroker
from highwater_events.broker.memory import MemoryBroker
from highwater_events.errors import BrokerUnreachableError
from highwater_events.retries import Backoff, RetryPolicy, Rule, Verdict
from highwater_events.router import Context
from highwater_events.spec import ConsumerSpec, Scopes
from tests.highwater_events.events import an_event, send
from tests.highwater_events.running import (
    Handled,
    Remembering,
    RunningConsumer,
    Start,
    a_spec,
    read_all,
)
from tests.waiting import eventually


@pytest.fixture(params=["memory", pytest.param("confluent", marks=pytest.mark.kafka)])
def broker(request: pytest.FixtureRequest) -> Broker:
    if request.param == "memory":
        return MemoryBroker()
    return ConfluentBroker({"bootstrap.servers": request.getfixturevalue("bootstrap_servers")})


@pytest.fixture
def twin() -> MemoryBroker:
    """For what a real broker cannot be asked to do at a given moment."""
    return MemoryBroker()


def fill(broker: Broker, topic: str, count: int, *, keys: int = 5) -> None:
    broker.ensure_topics({topic: 3, f"{topic}.dlq": 1})
    send(broker, topic, [an_event(b"%d" % n, key=str(n % keys)) for n in range(count)])


def handled(handler: Handled, count: int) -> bool:
    return eventually(lambda: len(handler.contexts) >= count, within_seconds=20)


def shown(name: str, spec: ConsumerSpec) -> float | None:
    name = f"highwater_events_consumer_{name}"
    return metrics.REGISTRY.get_sample_value(name, {"group": spec.group})


def fail_on(payload: bytes) -> Callable[[Context], None]:
    def fail(context: Context) -> None:
        if context.event.payload == payload:
            raise ValueError("no handler likes this one")

    return fail


def test_each_record_is_handled_in_the_order_of_its_key(
    broker: Broker, topic: str, start: Start
) -> None:
    fill(broker, topic, 300)
    handler = Handled()
    start(a_spec(topic, handler), broker)
    assert handled(handler, 300)
    for key in range(5):
        assert handler.payloads(str(key)) == [b"%d" % n for n in range(key, 300, 5)]


def test_a_successor_begins_where_a_stopped_consumer_ended(
    broker: Broker, topic: str, start: Start
) -> None:
    fill(broker, topic, 20)
    first, second = Handled(), Handled()
    consumer = start(a_spec(topic, first), broker)
    assert handled(first, 20)
    consumer.stop()
    send(broker, topic, [an_event(b"new")])
    start(a_spec(topic, second), broker)
    assert handled(second, 1)
    assert second.payloads() == [b"new"]


def test_a_record_that_fails_goes_to_the_dead_letters_and_the_rest_goes_on(
    broker: Broker, topic: str, start: Start
) -> None:
    fill(broker, topic, 30)
    handler = Handled(fail_on(b"7"))
    start(a_spec(topic, handler), broker)
    [letter] = read_all(broker, f"{topic}.dlq", f"{topic}-reader", count=1)
    assert handled(handler, 29)
    assert (letter.key, letter.value) == (b"2", b"7")
    assert provenance.header(letter.headers, provenance.ATTEMPTS) == "3"
    assert provenance.header(letter.headers, provenance.ORIGINAL_TOPIC) == topic


def test_a_record_without_an_event_goes_to_the_dead_letters_at_once(
    broker: Broker, topic: str, start: Start
) -> None:
    fill(broker, topic, 0)
    producer = broker.producer()
    producer.send(OutgoingRecord(topic, b"k", b"no event"), lambda delivery: None)
    producer.close()
    start(a_spec(topic, Handled()), broker)
    [letter] = read_all(broker, f"{topic}.dlq", f"{topic}-reader", count=1)
    assert provenance.header(letter.headers, provenance.ATTEMPTS) == "1"
    assert "EnvelopeError" in (provenance.header(letter.headers, provenance.EXCEPTION_CLASS) or "")


def test_two_members_share_the_partitions_and_nothing_is_missing(
    broker: Broker, topic: str, start: Start
) -> None:
    fill(broker, topic, 100)
    one, other = Handled(), Handled()
    start(a_spec(topic, one), broker)
    assert handled(one, 100)
    second = start(a_spec(topic, other), broker)
    numbers = itertools.count(100)

    def second_takes_part() -> bool:
        send(broker, topic, [an_event(b"%d" % next(numbers), key=str(n)) for n in range(10)])
        return len(other.contexts) > 20

    assert eventually(second_takes_part, within_seconds=20)
    second.stop()
    sent = next(numbers)
    assert eventually(lambda: len(one.contexts) + len(other.contexts) >= sent, within_seconds=20)
    assert sorted(one.payloads() + other.payloads()) == sorted(b"%d" % n for n in range(sent))


def test_a_stopping_consumer_finishes_what_it_has_begun(
    broker: Broker, topic: str, start: Start
) -> None:
    fill(broker, topic, 1)
    begun, go_on = threading.Event(), threading.Event()

    def wait(context: Context) -> None:
        begun.set()
        assert go_on.wait(10)

    first, second = Handled(wait), Handled()
    consumer = start(a_spec(topic, first), broker)
    assert begun.wait(20)
    stopping = threading.Thread(target=consumer.stop)
    stopping.start()
    go_on.set()
    stopping.join()
    start(a_spec(topic, second), broker)
    send(broker, topic, [an_event(b"new")])
    assert handled(second, 1)
    assert second.payloads() == [b"new"]


def test_what_outlasts_the_drain_is_left_to_the_successor(
    broker: Broker, topic: str, start: Start
) -> None:
    fill(broker, topic, 1)
    begun, go_on = threading.Event(), threading.Event()

    def hang(context: Context) -> None:
        begun.set()
        assert go_on.wait(20)

    consumer = start(a_spec(topic, Handled(hang), drain_seconds=0.1), broker)
    assert begun.wait(20)
    consumer.stop()
    second = Handled()
    start(a_spec(topic, second), broker)
    assert handled(second, 1)
    go_on.set()


def test_a_consumer_reads_no_more_than_it_may_hold(
    broker: Broker, topic: str, start: Start
) -> None:
    fill(broker, topic, 200)
    go_on = threading.Event()

    def wait(context: Context) -> None:
        assert go_on.wait(20)

    handler = Handled(wait)
    spec = a_spec(topic, handler, limits=Limits(records=20), poll_records=10)
    start(spec, broker)
    assert eventually(lambda: shown("paused_partitions", spec) == 3, within_seconds=20)
    assert shown("in_flight", spec) in range(20, 31)
    go_on.set()
    assert handled(handler, 200)


def test_a_stuck_record_lets_only_so_many_be_handled_behind_it(
    twin: MemoryBroker, topic: str, start: Start
) -> None:
    twin.ensure_topics({topic: 1})
    send(twin, topic, [an_event(b"%d" % n, key=str(n)) for n in range(300)])
    go_on = threading.Event()

    def wait(context: Context) -> None:
        assert context.event.payload != b"0" or go_on.wait(20)

    handler = Handled(wait)
    spec = a_spec(topic, handler, limits=Limits(records=10, gap_records=50), poll_records=5)
    start(spec, twin)
    assert eventually(
        lambda: (
            (shown("paused_partitions", spec), shown("in_flight", spec)) == (1, 1)
            and len(handler.contexts) >= 50
        )
    )
    assert len(handler.contexts) < 65
    go_on.set()
    assert handled(handler, 300)
    assert eventually(lambda: list(twin.committed(spec.group).values()) == [300])


def test_a_missing_dead_letter_topic_pauses_the_partition_and_loses_nothing(
    twin: MemoryBroker, topic: str, start: Start
) -> None:
    twin.ensure_topics({topic: 1})
    send(twin, topic, [an_event(b"bad", key="a"), an_event(b"good", key="b")])
    spec = a_spec(topic, Handled(fail_on(b"bad")))
    start(spec, twin)
    assert eventually(lambda: shown("held_up_partitions", spec) == 1)
    send(twin, topic, [an_event(b"late", key="c")])
    assert twin.committed(spec.group) == {}
    twin.ensure_topics({f"{topic}.dlq": 1})
    assert eventually(lambda: set(twin.committed(spec.group).values()) == {3})
    assert [one.value for one in twin.records(f"{topic}.dlq")] == [b"bad"]


@pytest.mark.apache_kafka  # tansu makes a topic that somebody writes to
def test_a_dead_letter_topic_that_is_made_at_last_gets_the_letter(
    broker: Broker, topic: str, start: Start
) -> None:
    broker.ensure_topics({topic: 1})
    send(broker, topic, [an_event(b"bad", key="a")])
    spec = a_spec(topic, Handled(fail_on(b"bad")))
    start(spec, broker)
    assert eventually(lambda: shown("held_up_partitions", spec) == 1, within_seconds=30)
    broker.ensure_topics({f"{topic}.dlq": 1})
    [letter] = read_all(broker, f"{topic}.dlq", f"{topic}-reader", count=1)
    assert letter.value == b"bad"
    assert eventually(lambda: shown("held_up_partitions", spec) == 0)


def test_a_rule_may_pass_a_record_over(twin: MemoryBroker, topic: str, start: Start) -> None:
    fill(twin, topic, 10)
    policy = RetryPolicy(rules={ValueError: Rule(max_attempts=1, then=Verdict.SKIP)})
    spec = a_spec(topic, Handled(fail_on(b"7")), retries=policy)
    start(spec, twin)
    assert eventually(lambda: sum(twin.committed(spec.group).values()) == 10)
    assert twin.records(f"{topic}.dlq") == []


def test_an_outage_costs_no_attempt(twin: MemoryBroker, topic: str, start: Start) -> None:
    fill(twin, topic, 1)
    failures = iter([BrokerUnreachableError("away")] * 4)

    def fail(context: Context) -> None:
        if failure := next(failures, None):
            raise failure

    handler = Handled(fail)
    policy = RetryPolicy(outage_backoff=Backoff(first_seconds=0.01))
    start(a_spec(topic, handler, retries=policy), twin)
    assert handled(handler, 1)
    assert handler.contexts[0].attempt == 1


def test_a_failed_attempt_is_counted_for_the_handler(
    twin: MemoryBroker, topic: str, start: Start
) -> None:
    fill(twin, topic, 1)
    failures = iter([ValueError("not yet")])

    def fail(context: Context) -> None:
        if failure := next(failures, None):
            raise failure

    handler = Handled(fail)
    start(a_spec(topic, handler), twin)
    assert handled(handler, 1)
    assert handler.contexts[0].attempt == 2


def test_a_commit_that_fails_is_made_up_for(twin: MemoryBroker, topic: str, start: Start) -> None:
    fill(twin, topic, 1)

    def cut_off(context: Context) -> None:
        twin.reachable = False

    handler = Handled(cut_off)
    spec = a_spec(topic, handler)
    start(spec, twin)
    assert handled(handler, 1)
    assert twin.committed(spec.group) == {}
    twin.reachable = True
    assert eventually(lambda: list(twin.committed(spec.group).values()) == [1])


def test_lost_partitions_commit_nothing_and_are_read_again(topic: str, start: Start) -> None:
    broker = Remembering()
    fill(broker, topic, 1)
    begun, go_on = threading.Event(), threading.Event()

    def wait(context: Context) -> None:
        begun.set()
        assert go_on.wait(10)

    handler = Handled(wait)
    spec = a_spec(topic, handler, workers=2)
    start(spec, broker)
    assert begun.wait(10)
    broker.evict(broker.consumers[0])
    go_on.set()
    assert handled(handler, 2)
    assert eventually(lambda: list(broker.committed(spec.group).values()) == [1])


def test_a_consumer_joins_again_where_the_client_gave_up(topic: str, start: Start) -> None:
    broker = Remembering(gives_up_once=True)
    fill(broker, topic, 5)
    handler = Handled()
    start(a_spec(topic, handler), broker)
    assert handled(handler, 5)
    assert len(broker.consumers) == 2


def test_what_breaks_a_worker_ends_the_consumer(twin: MemoryBroker, topic: str) -> None:
    def broken() -> AbstractContextManager[object]:
        raise RuntimeError("no connection pool")

    fill(twin, topic, 1)
    consumer = RunningConsumer(a_spec(topic, Handled()), twin, Scopes(thread=broken))
    assert eventually(consumer.is_over)
    with pytest.raises(RuntimeError, match="no connection pool"):
        consumer.stop()


def test_a_replay_is_told_to_the_handler(twin: MemoryBroker, topic: str, start: Start) -> None:
    fill(twin, topic, 0)
    replayed = replace(an_event(), headers={provenance.REPLAY_ID: "17"})
    send(twin, topic, [an_event(), replayed])
    handler = Handled()
    start(a_spec(topic, handler), twin)
    assert handled(handler, 2)
    assert [one.is_replay for one in handler.contexts] == [False, True]


def test_attempts_errors_lag_and_dead_letters_are_measured(
    twin: MemoryBroker, topic: str, start: Start
) -> None:
    fill(twin, topic, 10)
    spec = a_spec(topic, Handled(fail_on(b"7")))
    consumer = start(spec, twin)
    labels = {"group": spec.group, "topic": topic}
    value = metrics.REGISTRY.get_sample_value
    assert eventually(lambda: value("highwater_events_consumer_dead_letters_total", labels) == 1)
    failed = {**labels, "error_type": "ValueError"}
    assert value("highwater_events_consumer_errors_total", failed) == 3
    lag = {**labels, "partition": "0"}
    assert eventually(lambda: value("highwater_events_consumer_lag", lag) == 0)
    consumer.stop()
    assert value("highwater_events_consumer_lag", lag) is None
