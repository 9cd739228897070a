"""The same by Kafka's own tools: their command line and their CSV. Pure."""

import csv
import io
import shlex
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from monitor.replay.plan import PlanRow
from monitor.replay.requests import RewindRequest, RewindTo

TOOL = "kafka-consumer-groups.sh"


def reset_arguments(request: RewindRequest) -> list[str]:
    """Group, topics and scenario, as arguments of the tool."""
    topics = [
        f"{topic}:{','.join(map(str, numbers))}" if numbers else topic
        for topic, numbers in sorted(request.topics.items())
    ]
    scope = [word for topic in topics for word in ("--topic", topic)] or ["--all-topics"]
    return ["--group", request.group, "--reset-offsets", *scope, *_scenario(request)]


def rewind_command(bootstrap_servers: str, request: RewindRequest) -> str:
    """One line for a shell that does what the plan does."""
    words = [TOOL, "--bootstrap-server", bootstrap_servers, *reset_arguments(request), "--execute"]
    return shlex.join(words)


def reset_csv(rows: Iterable[PlanRow]) -> str:
    """`topic,partition,offset` without a header: what the tool's `--export` writes and
    `--from-file` reads.
    """
    return _csv([row.topic, row.partition, row.after] for row in rows)


def range_csv(rows: Iterable[PlanRow]) -> str:
    """`topic,partition,from,to` of a republish; Kafka's tools have no such file."""
    return _csv([row.topic, row.partition, row.before or 0, row.after] for row in rows)


def _csv(lines: Iterable[Sequence[str | int]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    return text.getvalue()


def _scenario(request: RewindRequest) -> list[str]:
    if request.to is RewindTo.OFFSET:
        return ["--to-offset", str(request.offset)]
    if request.to is RewindTo.SHIFT_BY:
        return ["--shift-by", str(request.shift_by)]
    if request.to is RewindTo.DATETIME:
        return ["--to-datetime", _tool_time(request.at_ms)]
    return [f"--to-{request.to.value}"]


def _tool_time(at_ms: int) -> str:
    moment = datetime.fromtimestamp(at_ms / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at_ms % 1000:03d}Z"
