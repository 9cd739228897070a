"""Pages that go on after the last row seen, however many rows come or go meanwhile."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from django.db.models import F, Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)


class BadCursorError(ValueError):
    """The cursor was not made by this list in this order."""


@dataclass(frozen=True, slots=True)
class Order:
    """A list's order by one column or annotation of type `kind`, ties broken by id.

    With `has_nulls` rows whose value is unknown come last in both directions; without it an index
    on the column serves the order as it is.
    """

    key: str
    kind: type[str] | type[int] | type[float] | type[datetime]
    is_descending: bool = False
    has_nulls: bool = False

    def apply(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        column = F(self.key)
        nulls_last = True if self.has_nulls else None
        if self.is_descending:
            return rows.order_by(column.desc(nulls_last=nulls_last), "-id")
        return rows.order_by(column.asc(nulls_last=nulls_last), "id")

    def after(self, value: Any, row_id: int) -> Q:
        """The rows that follow the one with this value and id."""
        beyond = "lt" if self.is_descending else "gt"
        later_tie = Q(**{f"id__{beyond}": row_id})
        unknown = Q(**{f"{self.key}__isnull": True})
        if value is None:
            return unknown & later_tie
        later = Q(**{f"{self.key}__{beyond}": value})
        # The redundant first term is what Postgres can use as an index condition.
        following = Q(**{f"{self.key}__{beyond}e": value}) & (later | later_tie)
        return following | unknown if self.has_nulls else following


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and the cursor of the next page; null on the last one."""

    rows: list[Row]
    next_cursor: str | None


def read_page(rows: QuerySet[Row], order: Order, *, cursor: str | None, limit: int) -> Page[Row]:
    """The page after `cursor`, or the first; one query. Raises BadCursorError."""
    ordered = order.apply(rows)
    if cursor:
        ordered = ordered.filter(order.after(*_read_cursor(cursor, order)))
    found = list(ordered[: limit + 1])
    if len(found) <= limit:
        return Page(found, None)
    return Page(found[:limit], _write_cursor(found[limit - 1], order))


def _write_cursor(row: Model, order: Order) -> str:
    value = getattr(row, order.key)
    shown = value.isoformat() if isinstance(value, datetime) else value
    text = json.dumps([order.key, order.is_descending, shown, row.pk])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str, order: Order) -> tuple[Any, int]:
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        key, is_descending, value, row_id = json.loads(text)
        if (key, is_descending) != (order.key, order.is_descending) or type(row_id) is not int:
            raise ValueError("made for another order")
        return _read_value(value, order), row_id
    except (ValueError, TypeError, OverflowError, RecursionError):
        raise BadCursorError("the cursor does not belong to this list in this order") from None


def _read_value(value: Any, order: Order) -> Any:
    """The cursor's value, certain to be one that the column could hold."""
    if value is None and order.has_nulls:
        return None
    if order.kind is datetime:
        return datetime.fromisoformat(value).astimezone(UTC)
    if type(value) is not order.kind or (isinstance(value, str) and not is_storable(value)):
        raise TypeError("not a value of this column")
    return value


def is_storable(text: str) -> bool:
    """Whether Postgres can hold the text; what it cannot hold, it cannot find either."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False
