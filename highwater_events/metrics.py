"""Every metric of relay and consumers, declared once with its sentence.

Names follow OpenTelemetry's conventions where there is one (`messaging_...`), else they begin with
`highwater_events_`. They live in a registry of their own, so that a service's `/metrics` does not
change by importing the toolkit; `serve_metrics` shows them.
"""

from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

REGISTRY = CollectorRegistry()

# The conventions' buckets for durations, and longer ones for what may wait in a table.
PROCESS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
DELAY_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600)
BATCH_ROWS = (1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000)


@dataclass(frozen=True, slots=True)
class Declared:
    """A metric as the documentation lists it."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...]


DECLARED: list[Declared] = []


def counter(name: str, sentence: str, *labels: str) -> Counter:
    """Declare a counter; `name` ends in `_total`."""
    DECLARED.append(Declared(name, "counter", sentence, labels))
    return Counter(name, sentence, labels, registry=REGISTRY)


def gauge(name: str, sentence: str, *labels: str) -> Gauge:
    """Declare a gauge. With a label it shows nothing before it is known, instead of a false 0."""
    DECLARED.append(Declared(name, "gauge", sentence, labels))
    return Gauge(name, sentence, labels, registry=REGISTRY)


def histogram(name: str, sentence: str, *labels: str, buckets: tuple[float, ...]) -> Histogram:
    """Declare a histogram with these upper bounds."""
    DECLARED.append(Declared(name, "histogram", sentence, labels))
    return Histogram(name, sentence, labels, registry=REGISTRY, buckets=buckets)


RELAY_PUBLISHED = counter(
    "highwater_events_relay_published_total",
    "Outbox rows that the broker has acknowledged and the relay has marked.",
    "topic",
)
RELAY_FAILED = counter(
    "highwater_events_relay_failed_total",
    "What kept the relay from publishing: refused (one attempt of a row), exhausted (a row set"
    " aside after its last attempt), unreachable (the broker, a second each), database.",
    "reason",
)
RELAY_LEASE_CONFLICTS = counter(
    "highwater_events_relay_lease_conflicts_total",
    "Shards that another relay took while this one still worked on them; should stay 0.",
)
RELAY_DELETED = counter(
    "highwater_events_relay_deleted_total",
    "Published rows deleted after their retention.",
)
RELAY_SHARDS = gauge(
    "highwater_events_relay_shards",
    "Shards that this relay holds.",
    "database",
)
RELAY_PENDING = gauge(
    "highwater_events_relay_pending",
    "Rows in this relay's shards that are not yet published; counted up to 100,000.",
    "database",
)
RELAY_OLDEST_SECONDS = gauge(
    "highwater_events_relay_oldest_pending_seconds",
    "Age of the oldest pending row in this relay's shards; 0 where none is pending.",
    "database",
)
RELAY_BATCH = histogram(
    "highwater_events_relay_batch_rows",
    "Rows sent in one batch.",
    buckets=BATCH_ROWS,
)
RELAY_DELAY_SECONDS = histogram(
    "highwater_events_relay_publish_delay_seconds",
    "From a row's transaction to its mark as published.",
    buckets=DELAY_SECONDS,
)
CONSUMER_CONSUMED = counter(
    "messaging_client_consumed_messages_total",
    "Records handed to a handler; each attempt of a retry counts.",
    "messaging_consumer_group_name",
    "messaging_destination_name",
)
CONSUMER_PROCESS_SECONDS = histogram(
    "messaging_process_duration_seconds",
    "Time that one attempt at a record took; error_type is empty where it went well.",
    "messaging_consumer_group_name",
    "messaging_destination_name",
    "error_type",
    buckets=PROCESS_SECONDS,
)
CONSUMER_ERRORS = counter(
    "highwater_events_consumer_errors_total",
    "Failed attempts at a record, by the class of the error.",
    "group",
    "topic",
    "error_type",
)
CONSUMER_DEAD_LETTERS = counter(
    "highwater_events_consumer_dead_letters_total",
    "Records given up and written to the dead-letter topic.",
    "group",
    "topic",
)
CONSUMER_LAG = gauge(
    "highwater_events_consumer_lag",
    "Records between the committed offset and the log end as of the last fetch.",
    "group",
    "topic",
    "partition",
)
CONSUMER_PAUSED = gauge(
    "highwater_events_consumer_paused_partitions",
    "Partitions held back by backpressure, by an unwritten dead letter, or by too many records"
    " handled behind one that is not.",
    "group",
)
CONSUMER_HELD_UP = gauge(
    "highwater_events_consumer_held_up_partitions",
    "Partitions that wait because a dead letter of theirs cannot be written; should stay 0.",
    "group",
)
CONSUMER_IN_FLIGHT = gauge(
    "highwater_events_consumer_in_flight",
    "Records read and not yet handled.",
    "group",
)

for _reason in ("refused", "exhausted", "unreachable", "database"):
    RELAY_FAILED.labels(_reason)


def serve_metrics(port: int, *, address: str = "127.0.0.1") -> None:
    """Serve the registry from a thread of its own; port 0 serves nothing.

    Raises OSError where the port is taken or the address is not this machine's.
    """
    if port:
        start_http_server(port, addr=address, registry=REGISTRY)
