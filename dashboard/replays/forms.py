"""The two plan forms: what people type, turned into requests. Rules stay in `monitor.replay`."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from monitor.errors import MonitorError, PlanRefusedError
from monitor.models import Cluster, Replay
from monitor.reasons import LONGEST
from monitor.replay.requests import (
    Partitioning,
    RepublishRequest,
    RewindRequest,
    RewindTo,
    Timestamps,
    check_republish,
    check_rewind,
    parse_partitions,
    parse_topics,
)

TIME_HELP = "For example 2026-03-01T12:00:00Z; without a zone it is UTC."
CONFIRMATION = "confirm_stopped"
# What goes with a way to rewind, and what its absence is answered with.
NEEDED = {
    RewindTo.OFFSET: ("offset", "Say which offset."),
    RewindTo.DATETIME: ("at", "Say which time."),
    RewindTo.SHIFT_BY: ("shift_by", "Say by how many records."),
}


class PlanForm(forms.Form):
    """What both verbs ask for. `request` is there once the form is valid."""

    cluster = forms.ModelChoiceField(Cluster.objects.all(), empty_label=None)
    reason = forms.CharField(
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="For those who read of it later.",
    )
    fieldsets: tuple[Any, ...] = ()
    request: RewindRequest | RepublishRequest

    def clean(self) -> dict[str, Any]:
        if self.errors:
            return self.cleaned_data
        try:
            self.request = self.asked(self.cleaned_data)
        except PlanRefusedError as refused:
            self.refuse(refused)
        return self.cleaned_data

    def asked(self, fields: Mapping[str, Any]) -> RewindRequest | RepublishRequest:
        """The request that clean fields make, each verb's its own. Raises PlanRefusedError."""
        raise NotImplementedError

    @property
    def asks_to_confirm(self) -> bool:
        """Whether somebody has to say that consumers are stopped, for the broker does not."""
        return bool(self.errors.get(CONFIRMATION) or self.data.get(CONFIRMATION))

    def refuse(self, problem: MonitorError) -> None:
        """Say it beside the field that has to change, where it is one."""
        field = problem.field if isinstance(problem, PlanRefusedError) else ""
        self.add_error(field if field in self.fields else None, str(problem))


class RewindForm(PlanForm):
    """Move the committed offsets of a group."""

    group = forms.CharField()
    topics = forms.CharField(
        required=False,
        help_text="For example: orders payments:0,1. Empty: all partitions that the group has "
        "committed.",
    )
    to = forms.ChoiceField(
        choices=[
            (RewindTo.EARLIEST, "the log start"),
            (RewindTo.LATEST, "the log end"),
            (RewindTo.OFFSET, "an offset"),
            (RewindTo.DATETIME, "a time"),
            (RewindTo.SHIFT_BY, "the committed offset, shifted"),
        ],
        initial=RewindTo.DATETIME,
    )
    offset = forms.IntegerField(
        required=False, help_text="With “an offset”. Clamped to what the log holds."
    )
    at = forms.CharField(
        required=False,
        label="Time",
        help_text=f"With “a time”: the first record at or after it. {TIME_HELP}",
    )
    shift_by = forms.IntegerField(
        required=False, help_text="With “shifted”: a number of records, below zero for back."
    )
    confirm_stopped = forms.CharField(
        required=False,
        label="Consumers are stopped",
        help_text="Only where the broker does not tell a group's members: type the group's name.",
    )
    fieldsets = (
        ("What", {"fields": ("cluster", "group", "topics")}),
        ("Where to", {"fields": ("to", "offset", "at", "shift_by")}),
        ("Why", {"fields": ("reason", "confirm_stopped")}),
    )

    def asked(self, fields: Mapping[str, Any]) -> RewindRequest:
        to = RewindTo(fields["to"])
        needed, sentence = NEEDED.get(to, ("", ""))
        if needed and fields[needed] in (None, ""):
            raise PlanRefusedError(sentence, field=needed)
        request = RewindRequest(
            group=fields["group"],
            to=to,
            topics=parse_topics(fields["topics"].split()),
            offset=fields["offset"],
            at=fields["at"],
            shift_by=fields["shift_by"],
            confirm_stopped=fields["confirm_stopped"],
        )
        check_rewind(request)
        return request


class RepublishForm(PlanForm):
    """Copy records to the same or another topic."""

    topic = forms.CharField()
    partitions = forms.CharField(required=False, help_text="For example 0,3. Empty: all.")
    target = forms.CharField(
        required=False,
        label="To topic",
        help_text="Empty: the same topic. Another one also needs the right to see records.",
    )
    from_offset = forms.IntegerField(required=False, help_text="In every chosen partition.")
    from_time = forms.CharField(
        required=False,
        help_text=f"Or neither: the log start. {TIME_HELP}",
    )
    to_offset = forms.IntegerField(required=False, help_text="Copied up to but without it.")
    to_time = forms.CharField(
        required=False,
        help_text="Or neither: the end at plan time.",
    )
    rate_limit_per_second = forms.IntegerField(
        required=False,
        label="Rate limit",
        help_text="Records a second; empty: as fast as the cluster allows.",
    )
    partitioning = forms.ChoiceField(
        choices=[
            (Partitioning.KEEP, "keep each record's partition number"),
            (Partitioning.KEY, "choose by key, as Java's client does"),
        ]
    )
    timestamps = forms.ChoiceField(
        choices=[
            (Timestamps.KEEP, "keep the records' times"),
            (Timestamps.RENEW, "renew to the time of the copy"),
        ]
    )
    fieldsets = (
        ("What", {"fields": ("cluster", "topic", "partitions")}),
        ("Range", {"fields": (("from_offset", "to_offset"), ("from_time", "to_time"))}),
        (
            "Where to",
            {"fields": ("target", "partitioning", "timestamps", "rate_limit_per_second")},
        ),
        ("Why", {"fields": ("reason",)}),
    )

    def asked(self, fields: Mapping[str, Any]) -> RepublishRequest:
        request = RepublishRequest(
            topic=fields["topic"],
            target=fields["target"],
            partitions=parse_partitions(fields["partitions"]) if fields["partitions"] else (),
            from_offset=fields["from_offset"],
            to_offset=fields["to_offset"],
            from_time=fields["from_time"],
            to_time=fields["to_time"],
            rate_limit_per_second=fields["rate_limit_per_second"],
            partitioning=Partitioning(fields["partitioning"]),
            timestamps=Timestamps(fields["timestamps"]),
        )
        check_republish(request)
        return request


FORMS: dict[str, type[PlanForm]] = {"rewind": RewindForm, "republish": RepublishForm}


def asked_before(replay: Replay) -> dict[str, Any]:
    """What was typed for a plan, to plan it again."""
    asked = dict(replay.request)
    if "topics" in asked:
        asked["topics"] = " ".join(_topic_text(*each) for each in asked["topics"].items())
    if "partitions" in asked:
        asked["partitions"] = _numbers(asked["partitions"])
    return {**asked, "cluster": replay.cluster_id, "reason": replay.reason, "confirm_stopped": ""}


def _topic_text(topic: str, partitions: Sequence[int]) -> str:
    return f"{topic}:{_numbers(partitions)}" if partitions else topic


def _numbers(partitions: Sequence[int]) -> str:
    return ",".join(map(str, partitions))
