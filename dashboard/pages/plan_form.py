"""The plan form as its page shows it: what it begins with, and its parts."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django.forms import BoundField
from django.http import HttpRequest

from dashboard.pages.frame import Frame
from dashboard.pages.ids import row_id
from dashboard.queries.groups import group as find_group
from dashboard.queries.keyset import is_storable
from dashboard.queries.replays import replay as find_replay
from dashboard.queries.topics import topic as find_topic
from dashboard.replays.forms import CONFIRMATION, PlanForm, asked_before
from monitor.kafka.names import unescape
from monitor.models import Group, Topic

Row = TypeVar("Row")


def initial(request: HttpRequest, frame: Frame) -> dict[str, Any]:
    """What the URL names: a group, a topic or a plan to make again. A wrong id fills in nothing."""
    if former := _named(request.GET, "again", find_replay):
        return asked_before(former)
    filled: dict[str, Any] = {"cluster": frame.cluster.pk if frame.cluster else None}
    if topic := _named(request.GET, "topic", find_topic):
        # `topic` is what a republish reads, `topics` what a rewind is limited to.
        name = _typed(topic)
        filled |= {"cluster": topic.cluster_id, "topic": name, "topics": name}
    if group := _named(request.GET, "group", find_group):
        filled |= {"cluster": group.cluster_id, "group": _typed(group)}
    return filled


def parts(form: PlanForm) -> list[tuple[str, list[list[BoundField]]]]:
    """Titles and their rows of fields. What is rarely asked is there only when it is."""
    return [
        (
            title,
            [
                [form[name] for name in ([row] if isinstance(row, str) else row)]
                for row in options["fields"]
                if row != CONFIRMATION or form.asks_to_confirm
            ],
        )
        for title, options in form.fieldsets
    ]


def _typed(row: Group | Topic) -> str:
    """The name as Kafka knows it, where a page can hold it."""
    name = unescape(row.name, is_escaped=row.name_is_escaped)
    return name if is_storable(name) else row.name


def _named(asked: Mapping[str, str], name: str, find: Callable[[int], Row | None]) -> Row | None:
    number = row_id(asked.get(name, ""))
    return None if number is None else find(number)
