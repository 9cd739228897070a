"""What `highwater.toml` would change: planned first, so that a dry run tells what is then done."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from monitor.declared.fields import KINDS, Kind
from monitor.declared.read import Declared
from monitor.errors import ConfigurationError
from monitor.kafka.properties import redacted
from monitor.models import AuditEntry
from monitor.values import Actor


@dataclass(frozen=True, slots=True)
class Change:
    """One row added, changed or deleted; values of `before` and `after` are those that differ."""

    kind: Kind
    action: str
    name: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was changed, or would be, and which rows the file does not name."""

    changes: Sequence[Change]
    left_alone: Sequence[tuple[Kind, str]]


@transaction.atomic
def apply(declared: Sequence[Declared], actor: Actor, *, is_dry_run: bool, prunes: bool) -> Outcome:
    """All of it or nothing. Rows that the file does not name go only where it `prunes`."""
    changes: list[Change] = []
    left_alone: list[tuple[Kind, str]] = []
    for kind in KINDS:
        # Locked, as a tick that stores its samples does: see `monitor.ticks.Claim.update`.
        rows = {row.name: row for row in kind.model._default_manager.select_for_update()}
        wanted = {each.name: each for each in declared if each.kind is kind}
        changes += (change for each in wanted.values() for change in _change(each, rows))
        strangers = [row for name, row in rows.items() if name not in wanted]
        if prunes:
            changes += (_deletion(kind, row) for row in strangers)
        else:
            left_alone += ((kind, row.name) for row in strangers)
    # A dry run does it too, and takes it back: what would be refused is refused.
    for change in changes:
        _do(change)
        _audit(change, actor)
    transaction.set_rollback(is_dry_run)
    return Outcome(changes, left_alone)


def shown(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as people and the audit trail may see them."""
    return {
        name: redacted(value) if name == "properties" else value for name, value in values.items()
    }


def _change(wanted: Declared, rows: Mapping[str, Any]) -> Iterator[Change]:
    row = rows.get(wanted.name)
    if row is None:
        yield Change(wanted.kind, "add", wanted.name, {}, wanted.values)
        return
    before = {name: getattr(row, name) for name in wanted.values}
    names = [name for name, value in wanted.values.items() if value != before[name]]
    if names:
        after = {name: wanted.values[name] for name in names}
        yield Change(wanted.kind, "change", row.name, {name: before[name] for name in names}, after)


def _deletion(kind: Kind, row: Any) -> Change:
    return Change(kind, "delete", row.name, {name: getattr(row, name) for name in kind.checks}, {})


def _do(change: Change) -> None:
    rows = change.kind.model._default_manager
    if change.action == "add":
        rows.create(**change.after)
    elif change.action == "change":
        rows.filter(name=change.name).update(**change.after)
    else:
        try:
            rows.filter(name=change.name).delete()
        except ProtectedError:
            raise ConfigurationError(
                f"{change.kind.prefix} {change.name} cannot be deleted, for replays refer to it: "
                "set is_enabled = false instead. Nothing was changed."
            ) from None


def _audit(change: Change, actor: Actor) -> None:
    detail = {"before": shown(change.before), "after": shown(change.after)}
    AuditEntry.objects.create(
        actor=actor.name,
        actor_id=actor.id,
        via=actor.via,
        action=f"{change.kind.prefix}.{change.action}",
        cluster_name=change.name if change.kind.prefix == "cluster" else "",
        subject=change.name,
        detail={key: values for key, values in detail.items() if values or key == "before"},
    )
