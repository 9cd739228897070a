"""What the palette (Ctrl-K) and forms find: things by name, replays by their number too."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

from django.db.models import Q
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.access import roles
from dashboard.pages.ids import row_id
from dashboard.queries.groups import GroupFilter, groups, order
from dashboard.queries.keyset import is_storable
from dashboard.queries.outboxes import outboxes
from monitor.models import Replay, Topic

SHOWN_OF_EACH = 6


@dataclass(frozen=True, slots=True)
class Found:
    kind: str
    name: str
    beside: str
    url: str


@require_safe
@never_cache
def find(request: HttpRequest) -> JsonResponse:
    """Only what the person may view; at most six of each kind. A query for each kind.

    `kind` and `cluster` narrow it, for a form that asks for one kind of name in one cluster.
    """
    words = request.GET.get("q", "").strip()
    kind, cluster_id = request.GET.get("kind", ""), row_id(request.GET.get("cluster", ""))
    found: list[Found] = []
    for name, (permission, look) in FINDERS.items():
        if is_storable(words) and kind in ("", name) and request.user.has_perm(permission):
            found += look(words, cluster_id)
    return JsonResponse({"found": [asdict(one) for one in found]})


def _groups(words: str, cluster_id: int | None) -> Iterable[Found]:
    wanted = GroupFilter(search=words, cluster_id=cluster_id)
    rows = order("status", is_descending=True).apply(groups(wanted))
    for group in rows[:SHOWN_OF_EACH]:
        yield Found("groups", group.name, group.cluster.name, reverse("group", args=[group.pk]))


def _topics(words: str, cluster_id: int | None) -> Iterable[Found]:
    """A topic leads to the groups that read it."""
    rows = Topic.objects.filter(
        name__icontains=words, gone_at=None, cluster__is_enabled=True
    ).select_related("cluster")
    if cluster_id is not None:
        rows = rows.filter(cluster_id=cluster_id)
    # Without a word and a cluster it would be six at random.
    for topic in rows[:SHOWN_OF_EACH] if words or cluster_id is not None else ():
        url = f"{reverse('groups')}?cluster={topic.cluster_id}&topic={topic.pk}"
        yield Found("topics", topic.name, f"topic of {topic.cluster.name}", url)


def _outboxes(words: str, _cluster_id: int | None) -> Iterable[Found]:
    for source in outboxes().filter(name__icontains=words)[:SHOWN_OF_EACH]:
        yield Found("outboxes", source.name, "outbox", reverse("outbox", args=[source.pk]))


def _replays(words: str, cluster_id: int | None) -> Iterable[Found]:
    condition = Q(group_name__icontains=words) | Q(topic_name__icontains=words)
    if (number := row_id(words.removeprefix("#"))) is not None:
        condition |= Q(pk=number)
    if cluster_id is not None:
        condition &= Q(cluster_id=cluster_id)
    rows = Replay.objects.filter(condition).order_by("-id")
    for replay in rows[:SHOWN_OF_EACH] if words else ():
        url = reverse("replay", args=[replay.pk])
        subject = replay.group_name or replay.topic_name
        beside = f"{replay.get_verb_display()} {replay.pk}, {replay.get_state_display().lower()}"
        yield Found("replays", subject, beside, url)


FINDERS: dict[str, tuple[str, Callable[[str, int | None], Iterable[Found]]]] = {
    "groups": (roles.VIEW_GROUP, _groups),
    "topics": (roles.VIEW_TOPIC, _topics),
    "outboxes": (roles.VIEW_OUTBOX, _outboxes),
    "replays": (roles.VIEW_REPLAY, _replays),
}
