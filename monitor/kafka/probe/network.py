"""The way to each bootstrap server: its name, its port, its certificate."""

import socket
from collections.abc import Iterator, Mapping, Sequence

from monitor.kafka.probe.lookup import addresses
from monitor.kafka.probe.step import Step
from monitor.kafka.probe.tls import tls_step

STEP_SECONDS = 1.0
MOST_SERVERS = 3
MOST_ADDRESSES = 3


def network_steps(configuration: Mapping[str, str]) -> Iterator[Step]:
    """For the first few servers; a server's steps end with the one that fails."""
    servers = configuration["bootstrap.servers"].split(",")[:MOST_SERVERS]
    uses_tls = configuration.get("security.protocol", "").lower().endswith("ssl")
    for server in servers:
        host, _, port = server.rpartition(":")
        yield from _server_steps(host.strip("[]"), int(port), configuration if uses_tls else None)


def _server_steps(host: str, port: int, tls: Mapping[str, str] | None) -> Iterator[Step]:
    found = addresses(host, port, timeout_seconds=STEP_SECONDS)
    if not found:
        yield Step("DNS", False, f"{host} is not known here: check its name and the resolver.")
        return
    yield Step("DNS", True, f"{host} resolves.")
    try:
        connection = _connected(found[:MOST_ADDRESSES], port)
    except OSError as problem:
        why = "no answer in time" if isinstance(problem, TimeoutError) else problem.strerror
        yield Step("TCP", False, f"{host}:{port} does not accept: {why}. Is a firewall between?")
        return
    with connection:
        yield Step("TCP", True, f"{host}:{port} accepts connections.")
        if tls is not None:
            yield tls_step(connection, host, tls)


def _connected(found: Sequence[str], port: int) -> socket.socket:
    """To the first address that accepts, all within one step. Raises the last one's OSError."""
    problem = OSError("no address")
    for address in found:
        try:
            connection = socket.create_connection(
                (address, port), timeout=STEP_SECONDS / len(found)
            )
        except OSError as refused:
            problem = refused
        else:
            connection.settimeout(STEP_SECONDS)
            return connection
    raise problem
