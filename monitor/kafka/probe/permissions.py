"""What this account may read, feature by feature, asked through the port that sampling uses."""

from collections.abc import Iterator

import numpy as np

from monitor.errors import ClusterUnreachableError
from monitor.kafka.codes import NO_SUCH_CALL, UNSUPPORTED_VERSION, in_words
from monitor.kafka.ports import ClusterReader, Edge, PartitionIndex
from monitor.kafka.probe.step import Step


def kafka_steps(reader: ClusterReader) -> Iterator[Step]:
    """The log-in first; all that follows it is about one group and one topic."""
    try:
        listing = reader.cluster()
    except ClusterUnreachableError as problem:
        yield Step("Log-in", False, str(problem))
        return
    yield Step("Log-in", True, f"Let in; brokers of the cluster: {listing.broker_count}.")
    try:
        yield from _topic_steps(reader, listing.partitions)
        yield from _group_steps(reader, listing.partitions)
    except ClusterUnreachableError as problem:
        yield Step("Answers", False, f"The brokers fell silent. {problem}")


def _topic_steps(reader: ClusterReader, partitions: PartitionIndex) -> Iterator[Step]:
    names = [name for name in partitions.topics if not name.startswith("__")]
    if not names:
        yield Step("Topics", None, "None is shown: there is none, or lag needs DESCRIBE on topics.")
        return
    yield Step("Topics", True, f"Shown: {len(names)}.")
    told = [name for name in names if partitions.position(name, 0) is not None]
    if not told:
        yield Step("End offsets", None, "No partition is told of any topic.")
        return
    position = np.array([partitions.position(told[0], 0)], dtype=np.int64)
    code = int(reader.offsets(position, partitions, Edge.LOG_END).error[0])
    yield _step("End offsets", code, "lag needs DESCRIBE on topics")
    detail = reader.topic_details(told[:1]).get(told[0])
    is_told = detail is not None and detail.has_configs
    said = "Told." if is_told else "Not told: retention needs DESCRIBE_CONFIGS on topics."
    yield Step("Configs", is_told, said)
    yield _log_sizes(int(reader.log_sizes(position, partitions).error[0]))


def _group_steps(reader: ClusterReader, partitions: PartitionIndex) -> Iterator[Step]:
    groups = reader.groups().groups
    if not groups:
        yield Step(
            "Groups",
            None,
            "None is listed: there is none, or it needs DESCRIBE on groups or on the cluster.",
        )
        return
    yield Step("Groups", True, f"Listed: {len(groups)}.")
    name = groups[0].name
    is_told = name in reader.memberships([name])
    said = "Told." if is_told else "Not told: members need DESCRIBE on groups."
    yield Step("Members", is_told, said)
    code = int(reader.commits([name], partitions).group_error[0])
    yield _step("Committed offsets", code, "lag needs DESCRIBE on groups, a rewind READ")


def _log_sizes(code: int) -> Step:
    if code in {NO_SUCH_CALL, UNSUPPORTED_VERSION}:
        said = f"Not asked for, {in_words(code)}: no loss by retention.bytes is foreseen."
        return Step("Log sizes", None, said)
    return _step("Log sizes", code, "a loss by retention.bytes needs DESCRIBE on the cluster")


def _step(name: str, code: int, needs: str) -> Step:
    return Step(name, code == 0, f"Not read, {in_words(code)}: {needs}." if code else "Read.")
