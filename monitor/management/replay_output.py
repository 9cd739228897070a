"""What `manage.py replay` prints: text for people, JSON for programs."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from monitor.models import AuditEntry, Replay
from monitor.replay import audit, live


def as_json(value: Any) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, indent=2)


def replay_fields(replay: Replay) -> dict[str, Any]:
    """A replay whole: the fields of the API, its plan and its partitions."""
    return {
        **live.body(replay, datetime.now(UTC)),
        "cluster": replay.cluster.name,
        "request": replay.request,
        "plan": replay.plan,
        "partitions": audit.offsets_detail(replay),
    }


def list_lines(replays: Iterable[Replay]) -> Iterator[str]:
    yield f"{'ID':>6}  {'VERB':<10} {'STATE':<10} {'PLANNED':<20} {'DONE':>12}  SUBJECT"
    for replay in replays:
        planned = replay.planned_at.strftime("%Y-%m-%d %H:%M:%SZ")
        yield (
            f"{replay.pk:>6}  {replay.verb:<10} {replay.state:<10} {planned:<20} "
            f"{replay.records_done:>12,}  {audit.subject(replay)}"
        )


def show_lines(replay: Replay) -> Iterator[str]:
    """The plan as its reader must see it before running it."""
    yield f"Replay {replay.pk}: {replay.verb} of {audit.subject(replay)} on {replay.cluster.name}"
    yield f"State {replay.state}, planned by {replay.requested_by}: {replay.reason}"
    if replay.error:
        yield f"Error: {replay.error}"
    yield ""
    yield replay.plan["summary"]
    for label in ("checks", "warnings"):
        for sentence in replay.plan[label]:
            yield f"  {'!' if label == 'warnings' else '-'} {sentence}"
    yield ""
    yield from _partition_lines(replay)
    if replay.plan["command"]:
        yield f"\nThe same by Kafka's tool:\n  {replay.plan['command']}"
    if replay.state == Replay.State.PLANNED:
        until = replay.expires_at.strftime("%H:%M:%SZ")
        yield (
            f"\nValid until {until}. Run it with:\n"
            f"  manage.py replay run {replay.pk} --plan-hash {replay.plan_hash[:8]}"
        )


def trail_lines(replay: Replay) -> Iterator[str]:
    for entry in AuditEntry.objects.filter(replay_id=replay.pk).order_by("at", "id"):
        yield f"{entry.at:%Y-%m-%d %H:%M:%SZ}  {entry.action} by {entry.actor} ({entry.via})"


def _partition_lines(replay: Replay) -> Iterator[str]:
    before, after = ("BEFORE", "AFTER") if replay.verb == Replay.Verb.REWIND else ("FROM", "TO")
    yield f"{'TOPIC':<30} {'PARTITION':>9} {before:>14} {after:>14} {'DELTA':>12}  NOTE"
    for row in replay.partitions.all():
        was = "none" if row.before is None else f"{row.before:,}"
        delta = "" if row.before is None else f"{row.after - row.before:+,}"
        yield (
            f"{row.topic_name:<30} {row.partition:>9} {was:>14} {row.after:>14,} {delta:>12}  "
            f"{row.note}"
        ).rstrip()
