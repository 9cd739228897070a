"""Websockets to the web process, as open pages have them."""

import asyncio
import json
import threading
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

WAIT_SECONDS = 60.0

Answer = TypeVar("Answer")


@dataclass(slots=True)
class Browsers:
    """All sockets, and how many live messages they got together so far."""

    messages: int = 0
    _listeners: list["asyncio.Task[None]"] = field(default_factory=list)

    @property
    def open_sockets(self) -> int:
        return sum(not listener.done() for listener in self._listeners)

    async def listen(self, socket: ClientConnection) -> None:
        """Count until the server hangs up, which is no error of ours: `open_sockets` tells it."""
        async for text in socket:
            self.messages += "topic" in json.loads(text)

    def add(self, socket: ClientConnection) -> None:
        self._listeners.append(asyncio.create_task(self.listen(socket)))

    async def close(self) -> None:
        for listener in self._listeners:
            listener.cancel()
        await asyncio.gather(*self._listeners, return_exceptions=True)


@contextmanager
def browsing(url: str, session: str, topics: Sequence[list[str]]) -> Iterator[Browsers]:
    """A socket for each list of topics, subscribed when the block begins, in a thread of its own.

    Raises RuntimeError where a subscription is refused.
    """
    browsers, loop = Browsers(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def wait(work: Coroutine[Any, Any, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(work, loop).result(WAIT_SECONDS)

    sockets: list[ClientConnection] = []
    try:
        for some in topics:
            socket = wait(_subscribed(url, session, some))
            sockets.append(socket)
            loop.call_soon_threadsafe(browsers.add, socket)
        yield browsers
    finally:
        wait(browsers.close())
        for socket in sockets:
            wait(socket.close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _subscribed(url: str, session: str, topics: list[str]) -> ClientConnection:
    socket = await connect(
        f"{url.replace('http', 'ws', 1)}/ws/live",
        origin=Origin(url),
        additional_headers={"Cookie": f"sessionid={session}"},
        proxy=None,
    )
    await socket.send(json.dumps({"subscribe": topics}))
    async for text in socket:
        answer = json.loads(text)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        if answer.get("subscribed") == sorted(topics):
            return socket
    raise RuntimeError("The web process hung up.")
