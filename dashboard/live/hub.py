"""This process's sockets and what each wants to hear; one link to Valkey serves them all.

One link, not one a socket: a message for 2,500 sockets then crosses Valkey and is unpacked once.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from django.db import OperationalError

from dashboard.gauges import SOCKETS
from dashboard.live.link import Link
from dashboard.live.people import Listening, people_group, recheck

log = logging.getLogger(__name__)

LOGGED_OUT_TYPE = "live.logged_out"
RECHECK_SECONDS = 60.0
RECHECK_AT_ONCE = 100


class Socket(Protocol):
    """What the hub asks of a socket; none of it may wait."""

    user_id: int
    listening: Listening

    def hear(self, topic: str, key: str, text: str) -> None: ...
    def tell_live(self, is_up: bool) -> None: ...
    def end_session(self, digest: str | None) -> None: ...
    async def refuse(self, topic: str, reason: str) -> None: ...


class Hub:
    """Runs its link while it has sockets. Every method belongs to one event loop."""

    def __init__(self) -> None:
        self._sockets: set[Socket] = set()
        self._listeners: dict[str, set[Socket]] = {}
        self._joining = asyncio.Lock()
        self._link: Link | None = None
        self._rechecking: asyncio.Task[None] | None = None

    async def add(self, socket: Socket) -> None:
        self._sockets.add(socket)
        SOCKETS.inc()
        if self._link is None:
            self._start()
        elif not self._link.is_up:
            socket.tell_live(False)
        await self.follow(people_group(socket.user_id), socket)

    async def remove(self, socket: Socket) -> None:
        if socket not in self._sockets:
            return
        self._sockets.discard(socket)
        SOCKETS.dec()
        for topic in [topic for topic, sockets in self._listeners.items() if socket in sockets]:
            await self.unfollow(topic, socket)
        if not self._sockets:
            await self._stop()

    async def follow(self, topic: str, socket: Socket) -> None:
        self._listeners.setdefault(topic, set()).add(socket)
        await self._settle(topic)

    async def unfollow(self, topic: str, socket: Socket) -> None:
        sockets = self._listeners.get(topic, set())
        sockets.discard(socket)
        if not sockets:
            self._listeners.pop(topic, None)
            await self._settle(topic)

    async def _settle(self, topic: str) -> None:
        """Make the link's groups what the listeners say, one change at a time."""
        async with self._joining:
            if self._link is not None:
                await self._link.set_joined(topic, topic in self._listeners)

    def _start(self) -> None:
        self._link = Link(
            wanted=lambda: self._listeners, on_message=self._deliver, on_turn=self._turn
        )
        self._link.start()
        self._rechecking = asyncio.create_task(self._recheck())

    async def _stop(self) -> None:
        link, self._link = self._link, None
        if self._rechecking is not None:
            self._rechecking.cancel()
            self._rechecking = None
        if link is not None:
            await link.stop()

    def _deliver(self, event: Mapping[str, Any]) -> None:
        for socket in list(self._listeners.get(event["topic"], ())):
            if event["type"] == LOGGED_OUT_TYPE:
                socket.end_session(event["session"])
            else:
                socket.hear(event["topic"], event["key"], event["text"])

    def _turn(self, is_up: bool) -> None:
        for socket in list(self._sockets):
            socket.tell_live(is_up)

    async def _recheck(self) -> None:
        """Once a minute, close what has lost its session and end what has lost its permission."""
        while True:
            await asyncio.sleep(RECHECK_SECONDS)
            sockets = list(self._sockets)
            for start in range(0, len(sockets), RECHECK_AT_ONCE):
                try:
                    await self._recheck_some(sockets[start : start + RECHECK_AT_ONCE])
                except OperationalError as problem:
                    # An outage of Postgres must not throw everybody out: look again next time.
                    log.warning("sockets were not rechecked", extra={"problem": str(problem)})

    async def _recheck_some(self, sockets: list[Socket]) -> None:
        verdicts = await database_sync_to_async(recheck)([one.listening for one in sockets])
        for socket, refused in zip(sockets, verdicts, strict=True):
            if refused is None:
                socket.end_session(None)
            else:
                for topic, reason in refused.items():
                    await socket.refuse(topic, reason)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop; a web process has one."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
