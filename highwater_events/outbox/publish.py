"""Writing an event into the outbox, within the transaction of the change that it tells."""

import uuid
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections

from highwater_events import conf
from highwater_events.envelope import Event
from highwater_events.errors import NotInTransactionError
from highwater_events.models import OutboxRow
from highwater_events.outbox import draft, wake
from highwater_events.outbox.shards import shard_of
from highwater_events.tracing import create_span


def publish(
    event_type: str,
    payload: Any,
    *,
    aggregate_type: str,
    aggregate_id: object,
    topic: str | None = None,
    headers: Mapping[str, str] | None = None,
    content_type: str = draft.JSON,
    using: str = "default",
) -> uuid.UUID:
    """Write an event that a relay sends once the caller's transaction has committed; its id.

    `payload` becomes JSON (dates, decimals and UUIDs become texts); with another `content_type` it
    is bytes and goes out as they are. `aggregate_id` keys the record: events of one aggregate keep
    the order in which their transactions locked it. Without `topic` the setting TOPICS decides.
    The event carries the present trace context, or the `traceparent` in `headers`.

    Raises NotInTransactionError outside `transaction.atomic()`, PayloadError where the event can
    never become a record.
    """
    settings = conf.load()
    if not connections[using].in_atomic_block:
        raise NotInTransactionError(
            "publish() was called outside a transaction. Call it within transaction.atomic(),"
            " together with the change that the event tells."
        )
    event = draft.draft(
        event_type,
        draft.encode(payload, content_type, DjangoJSONEncoder),
        aggregate_type=aggregate_type,
        aggregate_id=str(aggregate_id),
        source=settings.SOURCE,
        content_type=content_type,
        headers=headers or {},
    )
    topic = topic or settings.topic_of(aggregate_type)
    draft.check_record(event, topic)
    given = draft.given_trace(headers or {})
    with (
        nullcontext(given)
        if given
        else create_span(topic, message_id=str(event.id), key=event.aggregate_id)
    ) as trace:
        _insert(event, topic, draft.fitting_trace(trace), settings=settings, using=using)
    return event.id


def _insert(
    event: Event,
    topic: str,
    trace: Mapping[str, str],
    *,
    settings: conf.EventsSettings,
    using: str,
) -> None:
    OutboxRow.objects.using(using).create(
        id=event.id,
        aggregatetype=event.aggregate_type,
        aggregateid=event.aggregate_id,
        type=event.type,
        payload=event.payload,
        content_type=event.content_type,
        topic=topic,
        headers=event.headers,
        traceparent=trace.get("traceparent", ""),
        tracestate=trace.get("tracestate", ""),
        shard=shard_of(event.aggregate_type, event.aggregate_id, settings.SHARDS),
    )
    if settings.NOTIFY:
        wake.notify_relays(using)
