"""Numbers, times and names in templates.

What is shown short carries its exact value in `title`; scripts add the time in the browser's zone.
An element with `data-field` is kept up to date by `static/js/fields.js`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from dashboard import words
from monitor.lag import forecast
from monitor.models import Group

register = template.Library()

NO_AGE = "No row waits, or its age is not known."
NOT_TOLD = "Not told by the broker."
NO_TIME_LAG = "When the record at the commit was appended is not known yet."

register.filter("count", words.count)
register.filter("status_word", words.status_word)
register.filter("compact", words.compact)
register.filter("rate", words.rate)
register.filter("duration", words.duration)
register.filter("loss_note", words.loss_note)
register.filter("lost_note", words.lost_note)
register.filter("quarter", words.quarter)
register.simple_tag(words.left_out, name="left_out")


@register.filter
def shown_name(name: str) -> str:
    """Names are hostile: one that would be invisible is said in words."""
    return name if name.strip() else f"(blank name of {len(name)} characters)"


@register.filter
def status_class(status: str | None) -> str:
    return (status or "unknown").lower()


@register.filter
def aside(group: Group) -> str:
    """What its status alone does not tell."""
    return words.aside(group.raw_status, group.raw_ticks, group.last_status)


@register.simple_tag
def status(value: str | None, reason: str = "") -> SafeString:
    """A pill with shape, colour and word."""
    return format_html(
        '<span class="st {}" data-field="status" title="{}">{}</span>',
        status_class(value),
        reason,
        words.status_word(value),
    )


@register.simple_tag
def lag(group: Any, *, field: str = "lag") -> SafeString:
    """Records; "≥" where partitions are unknown, a dash with the reason where all are."""
    if group.lag is None:
        reason = "No partition's lag is known."
        return _field(field, words.DASH, reason, is_unknown=True)
    exact = f"{group.lag:,} records"
    if group.unknown_partitions:
        exact = f"at least {exact}: {group.unknown_partitions} of {group.partitions} unknown"
        return _field(field, f"≥ {words.count(group.lag)}", exact)
    return _field(field, words.count(group.lag), exact)


@register.simple_tag
def time_lag(seconds: float | None, *, field: str = "time_lag_seconds") -> SafeString:
    if seconds is None:
        return _field(field, words.DASH, NO_TIME_LAG, is_unknown=True)
    return _field(field, words.duration(seconds), f"{seconds:,.1f} s")


@register.simple_tag
def big_time_lag(seconds: float | None) -> SafeString:
    """A figure of its own."""
    exact = NO_TIME_LAG if seconds is None else f"{seconds:,.1f} s"
    return format_html(
        '<span data-field="big_time_lag" title="{}">{}</span>', exact, big_duration(seconds)
    )


@register.simple_tag
def age(seconds: float | None) -> SafeString:
    """Of an outbox's oldest row."""
    if seconds is None:
        return _field(
            "oldest", words.DASH, "No row waits, or its age is not known.", is_unknown=True
        )
    return _field("oldest", words.duration(seconds), f"{seconds:,.1f} s")


@register.simple_tag
def depth(state: Any) -> SafeString:
    """Waiting rows; "≈" where they are too many to count."""
    if state.depth is None:
        return _field("depth", words.DASH, "Not counted yet.", is_unknown=True)
    if state.depth_is_exact:
        return _field("depth", words.count(state.depth), f"{state.depth:,} rows")
    return _field("depth", f"≈ {words.count(state.depth)}", "The planner's estimate.")


@register.simple_tag
def assigned(member: Any) -> str:
    """How many partitions a member holds."""
    return words.count(sum(len(partitions) for partitions in member.assignment.values()))


@register.simple_tag
def known(value: Any, shown: str, field: str, reason: str = NOT_TOLD) -> SafeString:
    """Any value: shown as given, or a dash with the reason."""
    if value is None:
        return _field(field, words.DASH, reason, is_unknown=True)
    return _field(field, shown, "")


@register.simple_tag
def trend(grows: float | None, shrinks: float | None) -> SafeString:
    moves = words.trend(grows, shrinks)
    if moves is None:
        return _field("trend", words.DASH, "The rates are not known yet.", is_unknown=True)
    exact = f"{grows or 0:,.1f} come, {shrinks or 0:,.1f} go per second"
    css = {"up": "up", "down": "down", "level": "dim"}[moves.direction]
    return format_html(
        '<span class="{}" data-field="trend" title="{}">{}</span>', css, exact, moves.text
    )


@register.simple_tag
def outlook(waiting: float | None, grows: float | None, shrinks: float | None) -> str:
    return words.outlook(waiting, grows, shrinks)


@register.simple_tag
def drain(waiting: float | None, grows: float | None, shrinks: float | None) -> SafeString:
    return big_duration(forecast.drain(waiting, grows, shrinks).seconds)


@register.simple_tag
def group_outlook(group: Group) -> str:
    return words.outlook(group.lag, *forecast.flow_of(group))


@register.simple_tag
def group_drain(group: Group) -> SafeString:
    return drain(group.lag, *forecast.flow_of(group))


@register.filter
def big_duration(seconds: float | None) -> SafeString:
    """Large values with small units, for a figure."""
    parts = words.duration_parts(seconds)
    if not parts:
        return format_html("{}", words.DASH)
    return format_html_join(" ", "{} <small>{}</small>", parts)


@register.filter
def ago(moment: datetime | None) -> SafeString:
    """How long ago; scripts keep it running and put the exact time in its title."""
    return _time(moment, "ago", " ago")


@register.filter
def since(moment: datetime | None) -> SafeString:
    """For how long."""
    return _time(moment, "since", "")


@register.filter
def clock(moment: datetime | None) -> SafeString:
    """The time of day, in UTC until scripts put it into the browser's zone."""
    if moment is None:
        return format_html("{}", words.DASH)
    return format_html(
        '<time datetime="{0}" data-time="clock" title="{0}">{1}</time>',
        moment.isoformat(),
        f"{moment:%H:%M}",
    )


@register.filter
def instant(moment: datetime | None) -> SafeString:
    """To the millisecond, for what is compared with records; in UTC until scripts run."""
    if moment is None:
        return format_html("{}", words.DASH)
    return format_html(
        '<time datetime="{0}" data-time="instant" title="{0}">{1}</time>',
        moment.isoformat(),
        f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03}",
    )


@register.filter
def known_offset(offset: int | None, reason: str) -> SafeString:
    """An offset, or a dash with the reason."""
    if offset is None:
        return format_html('<span class="dim" title="{}">{}</span>', reason, words.DASH)
    return format_html("{}", words.count(offset))


@register.simple_tag
def group_strip(strips: Mapping[int, Sequence[str | None]], group_id: int) -> SafeString:
    return strip(strips.get(group_id, ()), "Status over the range")


@register.simple_tag
def strip(cells: Sequence[str | None], label: str) -> SafeString:
    """A row of cells, each the worst status of its slice."""
    marks = format_html_join(
        "", '<i class="{}"></i>', ((status_class(cell) if cell else "gap",) for cell in cells)
    )
    return format_html(
        '<div class="strip" role="img" aria-label="{0}: {1}" title="{1}">{2}</div>',
        label,
        _told(cells),
        marks,
    )


@register.simple_tag
def sparkline(values: Sequence[float | None], is_bad: bool = False) -> SafeString:
    """84 by 26 units; gaps stay gaps. Nothing where fewer than two values are known."""
    known_values = [value for value in values if value is not None]
    if len(known_values) < 2:
        return mark_safe("<span></span>")  # keeps the place in the grid
    low, high = min(0.0, *known_values), max(known_values)
    step = 84 / (len(values) - 1)
    runs = [
        [(index * step, 24 - 22 * (value - low) / ((high - low) or 1)) for index, value in run]
        for run in _runs(values)
    ]
    area = "".join(f"{_path(run)}L{run[-1][0]:.1f} 26L{run[0][0]:.1f} 26Z" for run in runs)
    return format_html(
        '<svg class="spark {}" viewBox="0 0 84 26" preserveAspectRatio="none" aria-hidden="true">'
        '<path class="area" d="{}"/><path d="{}"/></svg>',
        "bad" if is_bad else "",
        area,
        "".join(_path(run) for run in runs),
    )


def _runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """Stretches of known values, each value with its place."""
    pairs = groupby(enumerate(values), key=lambda pair: pair[1] is None)
    return [
        [(index, value) for index, value in run if value is not None]
        for is_gap, run in pairs
        if not is_gap
    ]


def _path(run: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in run)


def _told(cells: Sequence[str | None]) -> str:
    """What a strip shows, in words."""
    counted = {cell: cells.count(cell) for cell in dict.fromkeys(cells)}
    told = [
        f"{words.status_word(cell) if cell else 'not sampled'} {round(100 * number / len(cells))}%"
        for cell, number in sorted(counted.items(), key=lambda item: -item[1])
    ]
    return ", ".join(told)


def _field(name: str, shown: str, exact: str, *, is_unknown: bool = False) -> SafeString:
    return format_html(
        '<span data-field="{}"{} title="{}">{}</span>',
        name,
        mark_safe(' class="dim"') if is_unknown else "",
        exact,
        shown,
    )


def _time(moment: datetime | None, kind: str, suffix: str) -> SafeString:
    if moment is None:
        return format_html('<span class="dim">{}</span>', words.DASH)
    seconds = max(0.0, (timezone.now() - moment).total_seconds())
    return format_html(
        '<time datetime="{0}" data-time="{1}" title="{0}">{2}{3}</time>',
        moment.isoformat(),
        kind,
        words.duration(float(int(seconds))),
        suffix,
    )
