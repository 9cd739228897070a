"""What surrounds every page: cluster, range, theme, and what each link carries on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from dashboard.pages.span import Span, offered, read_span
from dashboard.queries.clusters import clusters, state_of
from dashboard.queries.trouble import not_ok_by_cluster
from monitor.models import Cluster, ClusterState
from monitor.series import interval

if TYPE_CHECKING:
    from dashboard.queries.counted import CountedCluster

THEMES = ("light", "dark")
STALE_TICKS = 3
STRIP_CELLS = 60


@dataclass(frozen=True, slots=True)
class Choice:
    """A cluster to switch to, and how many of its groups are not OK."""

    cluster: "CountedCluster"
    not_ok: int


@dataclass(frozen=True, slots=True)
class Frame:
    choices: list[Choice]
    cluster: Cluster | None
    state: ClusterState | None
    span: Span
    ranges: list[str]
    theme: str
    now: datetime

    @property
    def carried(self) -> str:
        """The query string that links to other pages carry: cluster and range."""
        parameters = dict(self.span.parameters)
        if self.cluster is not None and len(self.choices) > 1:
            parameters["cluster"] = str(self.cluster.pk)
        return f"?{urlencode(parameters)}" if parameters else ""

    @property
    def cell_seconds(self) -> float:
        """What one cell of a status strip stands for."""
        return self.span.length.total_seconds() / STRIP_CELLS

    @property
    def interval_seconds(self) -> int:
        """Between two samples of the cluster; of any, where there is none."""
        return int(interval.of(self.cluster).total_seconds()) if self.cluster is not None else 10

    @property
    def asked_interval_seconds(self) -> int:
        return int(interval.asked(self.cluster).total_seconds()) if self.cluster is not None else 10

    @property
    def stale_after_seconds(self) -> float:
        """Older than three ticks is old."""
        return STALE_TICKS * self.interval_seconds


def frame_for(request: HttpRequest, cluster: Cluster | None = None) -> Frame:
    """The frame of this request, around `cluster` or the one in the URL. Two queries.

    Raises Http404 for a cluster that is not there.
    """
    now = timezone.now()
    not_ok = not_ok_by_cluster()
    choices = [Choice(one, not_ok.get(one.pk, 0)) for one in clusters()]
    chosen = cluster or _chosen(choices, request.GET.get("cluster", ""))
    keep_days = settings.HIGHWATER_KEEP_SUMMARIES_DAYS
    theme = request.COOKIES.get("theme", "")
    return Frame(
        choices=choices,
        cluster=chosen,
        state=state_of(chosen) if chosen is not None else None,
        span=read_span(request.GET.dict(), now, keep_days),
        ranges=offered(keep_days),
        theme=theme if theme in THEMES else "system",
        now=now,
    )


def show(
    request: HttpRequest, template: str, frame: Frame, context: Mapping[str, Any]
) -> HttpResponse:
    """The page; never kept by a cache, for its numbers are of this moment."""
    response = render(request, f"pages/{template}.html", {"frame": frame, **context})
    response["Cache-Control"] = "no-store"
    return response


def _chosen(choices: list[Choice], asked: str) -> Cluster | None:
    if not asked:
        return choices[0].cluster if choices else None
    for choice in choices:
        if str(choice.cluster.pk) == asked:
            return choice.cluster
    raise Http404(f"There is no cluster {asked}.")
