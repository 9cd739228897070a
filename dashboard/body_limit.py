"""Refuses large bodies before any of it is kept.

Django looks at a body only after its ASGI handler has spooled all of it, and believes a client that
announces no length; this sits in front of that.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

# A client that is cut off while it sends often loses the answer, so this much is thrown away first.
DROPPED_BYTES_MAX = 16_000_000


class BodyLimit:
    """An ASGI application that answers 413 to HTTP bodies over `max_bytes`."""

    def __init__(self, application: Application, *, max_bytes: int) -> None:
        self._application = application
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = _Body(receive, max_bytes=self._max_bytes)
        answer = _Answer(send)
        try:
            if _announced_bytes(scope) > self._max_bytes:
                raise _BodyTooLargeError
            await self._application(scope, body.receive, answer.send)
        except _BodyTooLargeError:
            if not answer.has_started:
                await body.drop()
                await self._refuse(send)

    async def _refuse(self, send: Send) -> None:
        problem = {
            "type": "about:blank",
            "title": "Request Entity Too Large",
            "status": 413,
            "detail": f"The body is larger than {self._max_bytes} bytes; nothing was done.",
        }
        headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(problem).encode()})


class _BodyTooLargeError(Exception):
    """More came, or will come, than the limit allows."""


class _Body:
    """A request's body, counted."""

    def __init__(self, receive: Receive, *, max_bytes: int) -> None:
        self._receive = receive
        self._max_bytes = max_bytes
        self._received_bytes = 0
        self._has_more = True

    async def receive(self) -> Message:
        message = await self._receive()
        self._received_bytes += len(message.get("body", b""))
        self._has_more = message.get("more_body", False)
        if self._received_bytes > self._max_bytes:
            raise _BodyTooLargeError
        return message

    async def drop(self) -> None:
        """Throw the rest away, as far as it is bearable."""
        dropped_bytes = 0
        while self._has_more and dropped_bytes < DROPPED_BYTES_MAX:
            message = await self._receive()
            dropped_bytes += len(message.get("body", b""))
            self._has_more = message.get("more_body", False)


class _Answer:
    """Knows whether the application has begun to answer."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_started = False

    async def send(self, message: Message) -> None:
        self.has_started = True
        await self._send(message)


def _announced_bytes(scope: Scope) -> int:
    for name, value in scope.get("headers", ()):
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
