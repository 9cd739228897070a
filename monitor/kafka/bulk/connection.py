"""Connections to all brokers of a cluster, and questions to many of them at once."""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from kafka import errors
from kafka.net.selector import NetworkSelector

from monitor.errors import ClusterUnreachableError, NotHonouredError
from monitor.kafka.bulk.request import RawRequest
from monitor.kafka.bulk.transport import ConnectionManager
from monitor.kafka.codes import MALFORMED_ANSWER, UNSUPPORTED_VERSION

# Outages are told once, by ClusterUnreachableError, not line by line.
logging.getLogger("kafka").setLevel(logging.CRITICAL)

IN_FLIGHT = 4
LONGEST_WORDS = 500
TRANSPORT, TIMED_OUT, AUTHENTICATION = -195, -185, -169

Answer = Any
# A broker's id, or how kafka-python calls a bootstrap server.
Node = int | str
Job = tuple[int, Any]
Take = Callable[[int, Answer, int], None]


class Brokers:
    """Asks brokers by their ids. One thread uses it, in the process that made it.

    A broker that fails is left alone for two time-outs, so that it costs a tick one of them and not
    one a question.
    """

    def __init__(
        self,
        configuration: Mapping[str, Any],
        *,
        timeout_seconds: float,
        needs: Mapping[int, int],
    ) -> None:
        """`needs` maps API keys to the version that the broker must speak."""
        self._servers = ",".join(configuration["bootstrap_servers"])
        self._timeout_ms = timeout_seconds * 1000
        self._needs = needs
        self._silent_until: dict[Node, float] = {}
        self._problems: dict[Node, str] = {}
        self._net = NetworkSelector()
        self._manager = ConnectionManager(
            self._net,
            **configuration,
            request_timeout_ms=self._timeout_ms,
            socket_connection_setup_timeout_ms=self._timeout_ms,
            max_in_flight_requests_per_connection=2 * IN_FLIGHT,
        )

    def know(self, metadata: Any) -> None:
        """Take the brokers of a metadata answer in."""
        known = {(one.node_id, one.host, one.port) for one in self._manager.cluster.brokers()}
        if known != {(one.node_id, one.host, one.port) for one in metadata.brokers}:
            self._manager.cluster.update_metadata(metadata)

    def ids(self) -> list[int]:
        return [broker.node_id for broker in self._manager.cluster.brokers()]

    def ask(self, questions: Mapping[Node, Sequence[Job]], take: Take) -> None:
        """Ask brokers side by side. `take` gets each job's number, its answer, and an error code.

        Codes are librdkafka's where no answer came, or `MALFORMED_ANSWER`.
        """
        self._net.run(self._ask_all, questions, take)

    def ask_any(self, request: Callable[[], Any]) -> Any:
        """The answer of the first that gives one. Raises ClusterUnreachableError."""
        answers: list[Any] = []

        def take(_: int, answer: Answer, code: int) -> None:
            if not code:
                answers.append(answer)

        # One, and only if it fails all others side by side: two time-outs at most.
        nodes = self._nodes()
        for some in (nodes[:1], nodes[1:]):
            self.ask({node: [(0, request())] for node in some}, take)
            if answers:
                return answers[0]
        raise self.unreachable()

    def unreachable(self) -> ClusterUnreachableError:
        asked = (self._problems.get(node) for node in self._nodes())
        whys = dict.fromkeys(why for why in asked if why)
        why = "; ".join(whys) or "no answer in time"
        return ClusterUnreachableError(f"No broker of {self._servers} answers: {why}.")

    def close(self) -> None:
        self._manager.close()
        self._net.close()

    def __del__(self) -> None:
        # As librdkafka's client: who is dropped hangs up.
        with suppress(AttributeError):  # half made, by a configuration that was refused
            self.close()

    def _nodes(self) -> list[Node]:
        """All brokers, and bootstrap servers that are none; those that are left alone come last."""
        cluster, now = self._manager.cluster, time.monotonic()
        known = {(broker.host, broker.port) for broker in cluster.brokers()}
        bootstrap = cluster.bootstrap_brokers()
        others = [one.node_id for one in bootstrap if (one.host, one.port) not in known]
        nodes = [*self.ids(), *others]
        return sorted(nodes, key=lambda node: now < self._silent_until.get(node, 0))

    async def _ask_all(self, questions: Mapping[Node, Sequence[Job]], take: Take) -> None:
        started = [
            self._net.call_soon_with_future(self._ask_one, node, jobs, take)
            for node, jobs in questions.items()
        ]
        for one in started:
            await one

    async def _ask_one(self, node: Node, jobs: Sequence[Job], take: Take) -> None:
        left = deque(jobs)
        try:
            connection = await self._connected(node)
        except errors.KafkaError as problem:
            self._fail(node, left, take, self._noted(node, problem))
            return
        waiting: deque[tuple[int, Any]] = deque()
        while left or waiting:
            try:
                if left and not _is_spoken(connection, left[0][1]):
                    take(left.popleft()[0], None, UNSUPPORTED_VERSION)
                    continue
                if left and len(waiting) < IN_FLIGHT:
                    await self._while_throttled(connection)
                    number, request = left.popleft()
                    waiting.append((number, connection.send_request(request, self._timeout_ms)))
                    continue
                answer = await waiting[0][1]
            except errors.KafkaError as problem:
                self._fail(node, [*waiting, *left], take, self._noted(node, problem))
                return
            take(waiting.popleft()[0], answer, 0)

    async def _connected(self, node: Node) -> Any:
        if time.monotonic() < self._silent_until.get(node, 0):
            raise errors.NodeNotReadyError(self._problems.get(node, ""))
        self._manager.reset_backoff(node)
        connection = self._manager.get_connection(
            node, timeout_ms=self._timeout_ms, refresh_metadata_on_err=False
        )
        try:
            await self._manager.wait_for(connection.init_future, self._timeout_ms)
        except (ValueError, OSError, RuntimeError, KeyError) as problem:
            # A name that cannot be looked up, a log-in whose answer makes no sense.
            raise errors.KafkaConnectionError(str(problem)) from problem
        self._check(connection)
        self._problems.pop(node, None)
        return connection

    def _check(self, connection: Any) -> None:
        spoken = connection.broker_version_data.api_versions
        for key, version in self._needs.items():
            low, high = spoken.get(key, (0, -1))
            if not low <= version <= high:
                raise NotHonouredError(f"A broker does not speak version {version} of API {key}.")

    async def _while_throttled(self, connection: Any) -> None:
        """A request to a connection that the broker throttles would fail instead of waiting."""
        deadline = time.monotonic() + self._timeout_ms / 1000
        while connection.paused:
            if time.monotonic() > deadline:
                raise errors.KafkaTimeoutError("The broker throttles us for longer than we wait.")
            await self._net.sleep(0.005)

    def _noted(self, node: Node, problem: errors.KafkaError) -> int:
        """The error's code; a broker that failed is left alone for a while."""
        if not isinstance(problem, errors.NodeNotReadyError):
            # A broker chooses some of these words, and they are stored.
            self._problems[node] = str(problem).replace("\0", " ")[:LONGEST_WORDS]
            self._silent_until[node] = time.monotonic() + 2 * self._timeout_ms / 1000
        if isinstance(problem, errors.SaslAuthenticationFailedError):
            # It would be refused again without being asked again.
            self._manager._auth_failures.pop(node, None)
            return AUTHENTICATION
        if isinstance(problem, errors.KafkaTimeoutError | errors.RequestTimedOutError):
            return TIMED_OUT
        return MALFORMED_ANSWER if isinstance(problem, errors.KafkaProtocolError) else TRANSPORT

    def _fail(self, node: Node, jobs: Iterable[Job], take: Take, code: int) -> None:
        for number, _ in jobs:
            take(number, None, code)


def _is_spoken(connection: Any, request: Any) -> bool:
    """A broker hangs up on a request that it does not know; kafka-python checks its own."""
    if not isinstance(request, RawRequest):
        return True
    spoken = connection.broker_version_data.api_versions
    low, high = spoken.get(request.API_KEY, (0, -1))
    return bool(low <= request.API_VERSION <= high)
