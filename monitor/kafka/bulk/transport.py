"""kafka-python's connections, where those would leave something open, unheard or waiting.

Seen in 3.0.12: a socket that does not connect, or whose handshake fails, stays open; a broker's
last words are dropped where it hangs up right after them (a refused log-in then reads as a broken
connection); a handshake waits for ever.
"""

import time
from contextlib import ExitStack
from typing import Any

from kafka import errors
from kafka.net.inet import KafkaNetSocket
from kafka.net.manager import KafkaConnectionManager
from kafka.net.transport import KafkaSSLTransport, KafkaTCPTransport


class _ClosingSocket(KafkaNetSocket):
    SCHEMES = ()  # of proxies

    async def sock_connect(self, net: Any, sock: Any, sockaddr: Any, timeout_at: Any = None) -> Any:
        with ExitStack() as undone:
            undone.callback(sock.close)
            connected = await super().sock_connect(net, sock, sockaddr, timeout_at=timeout_at)
            undone.pop_all()
        return connected


class _LastWords:
    """Hands out what came before the end, and the end by the next reading."""

    def _sock_recv(self) -> tuple[bytes, Exception | None]:
        received, problem = super()._sock_recv()  # type: ignore[misc] # of the transport beside it
        return received, None if received else problem


class _TcpTransport(_LastWords, KafkaTCPTransport):
    pass


class _TlsTransport(_LastWords, KafkaSSLTransport):
    pass


class ConnectionManager(KafkaConnectionManager):
    """Every connection is up by its deadline, or closed."""

    async def _build_transport(self, node: Any, timeout_at: float | None = None) -> Any:
        sock = await self._connected_socket(node, timeout_at)
        with ExitStack() as undone:
            undone.callback(sock.close)
            transport = self._transport(sock, node.host)
            undone.callback(transport._sock.close)
            left_ms = None if timeout_at is None else (timeout_at - time.monotonic()) * 1000
            try:
                await self.wait_for(self.call_soon(transport.handshake), left_ms)
            except (errors.KafkaError, OSError, ValueError) as problem:
                raise errors.KafkaConnectionError(f"Handshake failed: {problem}") from problem
            undone.pop_all()
        return transport

    def _transport(self, sock: Any, host: str) -> Any:
        if not self.ssl_enabled:
            return _TcpTransport(self._net, sock, host=host)
        context = self.config["ssl_context"]
        return _TlsTransport(self._net, sock, host=host, ssl_context=context)

    async def _connected_socket(self, node: Any, timeout_at: float | None) -> Any:
        """The first address that answers; an address has an equal share of the time left."""
        sockets = _ClosingSocket()
        addresses = sockets.dns_lookup(node.host, node.port)
        problem: Exception = errors.KafkaConnectionError(f"{node.host} has no address")
        for place, address in enumerate(addresses):
            now = time.monotonic()
            until = timeout_at and now + (timeout_at - now) / (len(addresses) - place)
            try:
                return await sockets.connect(
                    self._net, address, self.config["socket_options"], timeout_at=until
                )
            except (OSError, errors.KafkaError) as refused:
                problem = errors.KafkaConnectionError(f"{node.host}:{node.port}: {refused}")
        raise problem
