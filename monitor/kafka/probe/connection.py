"""All steps of a tested connection in order, from the names of its servers to its permissions."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from time import monotonic

from monitor.errors import ConfigurationError
from monitor.kafka.choice import ChosenReader
from monitor.kafka.probe.network import network_steps
from monitor.kafka.probe.permissions import kafka_steps
from monitor.kafka.probe.step import Step
from monitor.kafka.properties import client_properties

READ_SECONDS = 2.0
MOST_SECONDS = 8.0


def connection_steps(bootstrap_servers: str, properties: Mapping[str, str]) -> list[Step]:
    """Blocks for about ten seconds at most; what could not be asked by then is left out."""
    until = monotonic() + MOST_SECONDS
    steps: list[Step] = []
    for step in _steps(bootstrap_servers, properties):
        steps.append(step)
        if monotonic() > until:
            steps.append(Step("Time", None, "The rest was not asked: it took too long."))
            break
    return steps


def _steps(bootstrap_servers: str, properties: Mapping[str, str]) -> Iterator[Step]:
    try:
        configuration = client_properties(bootstrap_servers, properties)
        reader = ChosenReader(configuration, timeout_seconds=READ_SECONDS)
    except ConfigurationError as problem:
        yield Step("Properties", False, str(problem))
        return
    with closing(reader):
        reached = False
        for step in network_steps(configuration):
            yield step
            reached = reached or (step.name != "DNS" and bool(step.is_right))
        if reached:
            yield from kafka_steps(reader)
