"""How a batch goes out so that each key keeps its order, whatever becomes of its records. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from highwater_events.broker.base import Delivery
from highwater_events.envelope import Event
from highwater_events.errors import DeliveryError

_LONGEST_WAIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class PendingRow:
    """A row that waits, as the relay reads it."""

    position: int
    shard: int
    topic: str
    attempts: int
    event: Event

    @property
    def key(self) -> tuple[str, str]:
        """What decides the order: rows of one key go out one after the other."""
        return self.event.aggregate_type, self.event.aggregate_id


@dataclass(frozen=True, slots=True)
class Outcome:
    """What to write about a wave: `published` rows, and `refused` ones with the broker's words.

    `waiting` rows cost no attempt: not acknowledged, or behind one of their key that was not.
    """

    published: tuple[PendingRow, ...]
    refused: tuple[tuple[PendingRow, str], ...]
    waiting: tuple[PendingRow, ...]


def waves(rows: Sequence[PendingRow]) -> list[list[PendingRow]]:
    """The rows in groups that are sent and flushed one after the other.

    Rows that were refused before go alone, last: a broker refuses whole requests, so that one such
    row takes others along, but only once. No two waves share a key: such a row waits for another
    batch where its key has earlier rows in this one, and so do the rows behind it.
    """
    together: list[PendingRow] = []
    alone: list[list[PendingRow]] = []
    keys: set[tuple[str, str]] = set()
    held_back: set[tuple[str, str]] = set()
    for row in rows:
        if row.key in held_back:
            continue
        if not row.attempts:
            together.append(row)
        else:
            held_back.add(row.key)
            if row.key not in keys:
                alone.append([row])
        keys.add(row.key)
    return [together, *alone] if together else alone


def settle(wave: Sequence[PendingRow], deliveries: Mapping[int, Delivery]) -> Outcome:
    """Judge a wave by its delivery reports, by position; rows without one were not acknowledged.

    Per key only an unbroken run from the front counts as published. What went out behind a row
    that did not is sent again after it.
    """
    published: list[PendingRow] = []
    refused: list[tuple[PendingRow, str]] = []
    waiting: list[PendingRow] = []
    stuck: set[tuple[str, str]] = set()
    for row in wave:
        delivery = deliveries.get(row.position)
        is_behind = row.key in stuck
        if delivery is not None and delivery.error is None and not is_behind:
            published.append(row)
            continue
        stuck.add(row.key)
        if delivery is not None and isinstance(delivery.error, DeliveryError) and not is_behind:
            refused.append((row, str(delivery.error)))
        else:
            waiting.append(row)
    return Outcome(tuple(published), tuple(refused), tuple(waiting))


def wait_seconds(attempts: int) -> float:
    """How long a row waits after its `attempts`-th refusal: 1, 2, 4 ... 60 s."""
    return min(_LONGEST_WAIT_SECONDS, 2.0 ** (attempts - 1))
