"""Parameters that several resources share, and the rule that unknown ones are refused."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Annotated, Any, TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from ninja import Schema
from ninja.errors import ValidationError
from pydantic import AfterValidator, Field

from dashboard.queries.keyset import BadCursorError, Order, Page, is_storable, read_page

Row = TypeVar("Row", bound=Model)
View = Callable[..., Any]

DEFAULT_RANGE = timedelta(hours=1)


def _storable(text: str) -> str:
    if not is_storable(text):
        raise ValueError("holds a NUL or half a character; names are stored with those escaped")
    return text


def _in_utc(moment: datetime) -> datetime:
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not 2000 <= zoned.year <= 2200:
        raise ValueError("must lie between the years 2000 and 2200")
    return zoned.astimezone(UTC)


Text = Annotated[str, AfterValidator(_storable)]
Moment = Annotated[datetime, AfterValidator(_in_utc)]


class Paging(Schema):
    """Where the page begins and how many items it holds at most."""

    cursor: str | None = Field(None, description="From `next` of the page before.")
    limit: int = Field(100, ge=1, le=500)

    def read(self, rows: QuerySet[Row], order: Order) -> Page[Row]:
        """The page; one query."""
        try:
            return read_page(rows, order, cursor=self.cursor, limit=self.limit)
        except BadCursorError as problem:
            raise invalid("cursor", str(problem)) from None


class Range(Schema):
    """A stretch of time; ISO 8601, UTC where no zone is named."""

    start: Moment | None = Field(None, alias="from", description="Default: an hour before `to`.")
    end: Moment | None = Field(None, alias="to", description="Default: now.")
    points: int = Field(1000, ge=10, le=2000, description="About how many points to draw.")

    def span(self) -> "Span":
        """Both ends; raises ValidationError for a range that is empty or too long."""
        end = self.end or datetime.now(UTC)
        span = Span(self.start or end - DEFAULT_RANGE, end)
        days = settings.HIGHWATER_KEEP_SUMMARIES_DAYS
        if span.start >= span.end:
            raise invalid("from", "`from` must be before `to`")
        if span.end - span.start > timedelta(days=days):
            raise invalid(
                "from", f"the range must not be longer than the {days} days that are kept"
            )
        return span


@dataclass(frozen=True, slots=True)
class Span:
    start: datetime
    end: datetime


def invalid(parameter: str, message: str) -> ValidationError:
    """An error of one query parameter, in the form of all the others."""
    return ValidationError([{"type": "value_error", "loc": ("query", parameter), "msg": message}])


def next_link(request: HttpRequest, page: Page[Any]) -> str | None:
    """The same list from the page's cursor on; null on the last page."""
    if page.next_cursor is None:
        return None
    query = request.GET.copy()
    query["cursor"] = page.next_cursor
    return f"{request.path}?{query.urlencode()}"


def refuse_unknown(view: View) -> View:
    """A misspelt filter must not silently list everything."""
    known = {
        name
        for model in view._ninja_operation.models  # type: ignore[attr-defined]
        if model.__ninja_param_source__ == "query"
        for name in model.__ninja_flatten_map__
    }

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        unknown = sorted(request.GET.keys() - known)
        if unknown:
            raise invalid(unknown[0], f"unknown; this address takes {sorted(known) or 'none'}")
        return view(request, *args, **kwargs)

    return guarded
