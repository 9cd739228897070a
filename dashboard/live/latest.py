"""What a socket still has to send: of each thing only the newest message."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable


class Latest:
    """A queue that cannot grow: a newer message of a thing takes the place of the older one.

    Handlers only `put`, which never waits; one task a socket drains. A browser on a slow line so
    gets fewer messages, never a backlog of stale ones.
    """

    def __init__(self) -> None:
        self._waiting: dict[Hashable, str] = {}
        self._filled = asyncio.Event()

    def put(self, key: Hashable, text: str) -> None:
        self._waiting.pop(key, None)
        self._waiting[key] = text
        self._filled.set()

    async def drain(self, send: Callable[[str], Awaitable[None]]) -> None:
        """Send for ever, longest waiting first. Raises what `send` raises."""
        while True:
            await self._filled.wait()
            self._filled.clear()
            while self._waiting:
                key = next(iter(self._waiting))
                await send(self._waiting.pop(key))
