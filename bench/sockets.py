"""A process that listens to a live topic through the channel layer, as sockets of browsers do.

    python -m bench.sockets overview.1 100

Prints `ready` once all listen, and when its input ends, how many messages all of them heard.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import django

WAIT_SECONDS = 30


@dataclass(slots=True)
class Heard:
    """Messages that all listeners got together; known once listening is over."""

    messages: int = 0


@contextmanager
def listening(topic: str, count: int) -> Iterator[Heard]:
    """Have another process listen to a topic while the block runs."""
    heard = Heard()
    words = [sys.executable, "-m", "bench.sockets", topic, str(count)]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdout is None or process.stdout.readline() != "ready\n":
            raise RuntimeError("The listeners to the overview did not start.")
        try:
            yield heard
        finally:
            said, _ = process.communicate(timeout=WAIT_SECONDS)
        heard.messages = int(said)


def main(arguments: Sequence[str]) -> None:
    topic, count = arguments
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    django.setup()
    print(asyncio.run(_listen(topic, int(count))))


async def _listen(topic: str, count: int) -> int:
    from channels.layers import get_channel_layer

    layer = get_channel_layer()
    heard = Heard()

    async def listen(channel: str) -> None:
        while True:
            await layer.receive(channel)
            heard.messages += 1

    channels = [await layer.new_channel() for _ in range(count)]
    for channel in channels:
        await layer.group_add(topic, channel)
    listeners = [asyncio.create_task(listen(channel)) for channel in channels]
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    for listener in listeners:
        listener.cancel()
        with suppress(asyncio.CancelledError):
            await listener
    return heard.messages


if __name__ == "__main__":
    main(sys.argv[1:])
