"""What the palette (Ctrl-K) finds: groups, topics, outboxes and replays by name."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.access import roles
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
    """Only what the person may view; at most six of each kind. Four queries."""
    words = request.GET.get("q", "").strip()
    if not is_storable(words):
        return JsonResponse({"found": []})
    user = request.user
    found: list[Found] = []
    if user.has_perm(roles.VIEW_GROUP):
        found += _groups(words)
    if user.has_perm(roles.VIEW_TOPIC):
        found += _topics(words)
    if user.has_perm(roles.VIEW_OUTBOX):
        found += _outboxes(words)
    if user.has_perm(roles.VIEW_REPLAY):
        found += _replays(words)
    return JsonResponse({"found": [asdict(one) for one in found]})


def _groups(words: str) -> Iterable[Found]:
    rows = order("status", is_descending=True).apply(groups(GroupFilter(search=words)))
    for group in rows[:SHOWN_OF_EACH]:
        yield Found("groups", group.name, group.cluster.name, reverse("group", args=[group.pk]))


def _topics(words: str) -> Iterable[Found]:
    """A topic leads to the groups that read it."""
    rows = Topic.objects.filter(
        name__icontains=words, gone_at=None, cluster__is_enabled=True
    ).select_related("cluster")
    for topic in rows[:SHOWN_OF_EACH] if words else ():
        url = f"{reverse('groups')}?cluster={topic.cluster_id}&topic={topic.pk}"
        yield Found("topics", topic.name, f"topic of {topic.cluster.name}", url)


def _outboxes(words: str) -> Iterable[Found]:
    for source in outboxes().filter(name__icontains=words)[:SHOWN_OF_EACH]:
        yield Found("outboxes", source.name, "outbox", reverse("outbox", args=[source.pk]))


def _replays(words: str) -> Iterable[Found]:
    rows = Replay.objects.filter(group_name__icontains=words) | Replay.objects.filter(
        topic_name__icontains=words
    )
    for replay in rows.order_by("-id")[:SHOWN_OF_EACH] if words else ():
        url = reverse("replay", args=[replay.pk])
        subject = replay.group_name or replay.topic_name
        beside = f"{replay.get_verb_display()} {replay.pk}, {replay.get_state_display().lower()}"
        yield Found("replays", subject, beside, url)
