"""One process's link to Valkey: what arrives there, and whether anything does.

The Channels layer is not told when Valkey dies, least of all when its connection stays open. So
each process sends itself a pulse through Valkey every second; three missed ones are an outage, and
the way out is a new layer, for the old one's connections may never answer again.
"""

import asyncio
import logging
import uuid
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from channels.layers import channel_layers
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

PULSE_SECONDS = 1.0
SILENCE_SECONDS = 3.0
PULSE_TYPE = "live.pulse"
OUTAGES = (OSError, RedisError, TimeoutError)


class Link:
    """Keeps this event loop joined to the wanted groups; calls back for messages and for turns.

    `on_message(event)` gets each event but pulses. `on_turn(is_up)` is called when Valkey falls
    silent and when it is back. `wanted()` names the groups to join after each fresh start.
    """

    def __init__(
        self,
        *,
        wanted: Callable[[], Iterable[str]],
        on_message: Callable[[Mapping[str, Any]], None],
        on_turn: Callable[[bool], None],
    ) -> None:
        self._wanted = wanted
        self._on_message = on_message
        self._on_turn = on_turn
        self._pulse_group = f"pulse.{uuid.uuid4().hex}"
        self._layer: Any = None
        self._channel = ""
        self._task: asyncio.Task[None] | None = None
        # Set once the first start has joined all that is wanted, has failed, or was stopped. Before
        # that nobody may be told that he hears a group: what was said meanwhile would be lost.
        self._tried = asyncio.Event()
        self.is_up = True

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())
        self._task.add_done_callback(lambda _: self._tried.set())

    async def stop(self) -> None:
        # More than once: redis-py loses a cancellation that comes while it connects.
        while self._task is not None and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=0.1)

    async def set_joined(self, group: str, is_joined: bool) -> None:
        """Hear a group from now on, or no longer.

        Waits for the first start, four seconds at most. Then returns at once while Valkey is
        silent, for the fresh start joins all that is wanted; else tries until it worked or the link
        is lost.
        """
        await self._tried.wait()
        layer = self._layer
        while layer is not None and layer is self._layer:
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    verb = layer.group_add if is_joined else layer.group_discard
                    await verb(group, self._channel)
                break
            except OUTAGES as problem:
                log.warning("live group did not change", extra={"problem": repr(problem)})
                await asyncio.sleep(PULSE_SECONDS)

    async def _run(self) -> None:
        while True:
            layer = channel_layers.make_backend("default")
            try:
                await self._carry(layer)
            except* Exception as problems:
                # The outermost loop of live updates: whatever broke them, they start afresh.
                log.warning("live layer is lost", extra={"problem": repr(problems.exceptions[0])})
            finally:
                self._layer = None
                await _discard(layer)
            self._turn(False)
            self._tried.set()
            await asyncio.sleep(PULSE_SECONDS)

    async def _carry(self, layer: Any) -> None:
        """Join all wanted groups, then hand on messages until Valkey falls silent."""
        async with asyncio.timeout(SILENCE_SECONDS):
            self._channel = await layer.new_channel()
            await layer.group_add(self._pulse_group, self._channel)
            self._layer = layer
            for group in list(self._wanted()):
                await layer.group_add(group, self._channel)
        self._tried.set()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._beat(layer))
            tasks.create_task(self._listen(layer))

    async def _beat(self, layer: Any) -> None:
        while True:
            await layer.group_send(self._pulse_group, {"type": PULSE_TYPE})
            await asyncio.sleep(PULSE_SECONDS)

    async def _listen(self, layer: Any) -> None:
        while True:
            event = await self._next(layer)
            self._turn(True)
            if event["type"] != PULSE_TYPE:
                self._on_message(event)

    async def _next(self, layer: Any) -> Mapping[str, Any]:
        """The next event. The turn is announced before the cleaning up, which may itself hang."""
        coming = asyncio.ensure_future(layer.receive(self._channel))
        try:
            done, _ = await asyncio.wait({coming}, timeout=SILENCE_SECONDS)
        except asyncio.CancelledError:
            coming.cancel()
            raise
        if not done:
            self._turn(False)
            coming.cancel()
            raise TimeoutError(f"no pulse for {SILENCE_SECONDS:.0f} seconds")
        event: Mapping[str, Any] = coming.result()
        return event

    def _turn(self, is_up: bool) -> None:
        if is_up != self.is_up:
            self.is_up = is_up
            self._on_turn(is_up)


async def _discard(layer: Any) -> None:
    try:
        async with asyncio.timeout(PULSE_SECONDS):
            await layer.flush()
    except OUTAGES as problem:
        log.debug("the lost layer did not close", extra={"problem": repr(problem)})
