"""Refuses large bodies before anything is read or written down.

Django looks at a body only after its ASGI handler has spooled all of it, and believes a client that
announces no length; this sits in front of that.
"""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class _BodyTooLargeError(Exception):
    """More came than the limit allows."""


class BodyLimit:
    """An ASGI application that answers 413 to HTTP bodies over `max_bytes`."""

    def __init__(self, application: Application, *, max_bytes: int) -> None:
        self._application = application
        self._max_bytes = max_bytes

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if _announced_bytes(scope) > self._max_bytes:
            await self._refuse(send)
            return
        read_bytes = 0
        has_started = False

        async def receive_counted() -> Message:
            nonlocal read_bytes
            message = await receive()
            read_bytes += len(message.get("body", b""))
            if read_bytes > self._max_bytes:
                raise _BodyTooLargeError
            return message

        async def send_noted(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._application(scope, receive_counted, send_noted)
        except _BodyTooLargeError:
            if not has_started:
                await self._refuse(send)

    async def _refuse(self, send: Send) -> None:
        body = {
            "type": "about:blank",
            "title": "Request Entity Too Large",
            "status": 413,
            "detail": f"The body is larger than {self._max_bytes} bytes.",
        }
        headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(body).encode()})


def _announced_bytes(scope: Message) -> int:
    for name, value in scope.get("headers", ()):
        if name == b"content-length" and value.isdigit():
            return int(value)
    return 0
