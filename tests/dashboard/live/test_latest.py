import asyncio
import contextlib

from dashboard.live.latest import Latest


async def drained(latest: Latest, *, until: int) -> list[str]:
    sent: list[str] = []

    async def send(text: str) -> None:
        sent.append(text)
        if len(sent) == until:
            raise asyncio.CancelledError

    with contextlib.suppress(asyncio.CancelledError):
        await latest.drain(send)
    return sent


async def test_a_newer_message_takes_the_place_of_an_older_one_of_the_same_thing() -> None:
    latest = Latest()
    for key, text in (("billing", "lag 1"), ("shipping", "lag 5"), ("billing", "lag 2")):
        latest.put(key, text)
    assert await drained(latest, until=2) == ["lag 5", "lag 2"]


async def test_what_arrives_while_a_slow_browser_is_sent_to_waits_as_the_newest_only() -> None:
    latest, sent, line_is_free = Latest(), [], asyncio.Event()

    async def slow_send(text: str) -> None:
        sent.append(text)
        await line_is_free.wait()

    draining = asyncio.create_task(latest.drain(slow_send))
    latest.put("billing", "lag 1")
    while not sent:
        await asyncio.sleep(0)
    for lag in range(2, 1000):
        latest.put("billing", f"lag {lag}")
    line_is_free.set()
    while len(sent) < 2:
        await asyncio.sleep(0)
    draining.cancel()
    assert sent == ["lag 1", "lag 999"]
