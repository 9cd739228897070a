import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from dashboard.live import hub
from monitor import broadcast
from monitor.models import Group
from tests.dashboard.live.browser import BrowserSocket
from tests.dashboard.live.conftest import Open
from tests.factories import make_user

pytestmark = pytest.mark.django_db(transaction=True)


def message(topic: str, lag: int = 7) -> broadcast.LiveMessage:
    return broadcast.LiveMessage(
        topic=topic, key=topic, at=timezone.now(), previous_at=None, body={"lag": lag}
    )


async def heard_after(socket: BrowserSocket, topic: str) -> dict[str, object]:
    """Subscribe, send, and read what comes of it."""
    await socket.ask(subscribe=[topic])
    assert await socket.hear() == {"subscribed": [topic]}
    await sync_to_async(broadcast.send)([message(topic)])
    heard: dict[str, object] = await socket.hear()
    return heard


async def test_a_stranger_is_refused_at_the_handshake(connect: Open, viewer: User) -> None:
    socket = await connect(None)
    assert not await socket.connect()


async def test_another_sites_page_is_refused_though_the_browser_sends_the_cookie(
    connect: Open, viewer: User
) -> None:
    socket = await connect(viewer, origin="https://evil.example")
    assert not await socket.connect()


async def test_a_page_opened_by_the_other_name_of_this_machine_is_let_in(
    connect: Open, viewer: User
) -> None:
    other_name = settings.ORIGIN.replace("127.0.0.1", "localhost")
    assert other_name != settings.ORIGIN
    socket = await connect(viewer, origin=other_name)
    assert await socket.connect()
    await socket.leave()


async def test_a_page_of_another_program_on_this_machine_is_refused(
    connect: Open, viewer: User
) -> None:
    socket = await connect(viewer, origin="http://localhost:9999")
    assert not await socket.connect()


async def test_a_viewer_hears_a_group_within_the_second(
    connect: Open, viewer: User, group: Group
) -> None:
    socket = await connect(viewer)
    await socket.connect()
    heard = await heard_after(socket, f"group.{group.pk}")
    assert heard["body"] == {"lag": 7}
    await socket.leave()


async def test_somebody_without_the_permission_is_told_which_one_is_missing(
    connect: Open, group: Group
) -> None:
    socket = await connect(await sync_to_async(make_user)("norole"))
    await socket.connect()
    await socket.ask(subscribe=[f"group.{group.pk}"])
    assert await socket.hear() == {
        "error": "You lack the permission monitor.view_group.",
        "topic": f"group.{group.pk}",
    }
    await socket.leave()


@pytest.mark.parametrize("topic", ["group.0", "group.x", "alerts", "", "group.1\n", "user.1"])
async def test_an_unknown_topic_is_an_error_and_the_socket_stays(
    connect: Open, viewer: User, group: Group, topic: str
) -> None:
    socket = await connect(viewer)
    await socket.connect()
    await socket.ask(subscribe=[topic])
    assert "no such topic" in (await socket.hear())["error"]
    assert await socket.hear() == {"subscribed": []}
    assert (await heard_after(socket, f"group.{group.pk}"))["body"] == {"lag": 7}
    await socket.leave()


async def test_a_group_that_is_not_there_is_named(connect: Open, viewer: User) -> None:
    socket = await connect(viewer)
    await socket.connect()
    await socket.ask(subscribe=["group.999999"])
    assert (await socket.hear())["error"] == "There is no group 999999."
    await socket.leave()


@pytest.mark.parametrize(
    "text",
    ["", "no json", "[]", "{}", '{"subscribe": "group.1"}', '{"run": []}', "[" * 4000, "x" * 5000],
)
async def test_a_malformed_message_is_answered_with_the_right_form(
    connect: Open, viewer: User, text: str
) -> None:
    socket = await connect(viewer)
    await socket.connect()
    await socket.say(text)
    assert "error" in await socket.hear()
    await socket.leave()


async def test_one_socket_cannot_subscribe_without_bound(connect: Open, viewer: User) -> None:
    socket = await connect(viewer)
    await socket.connect()
    await socket.ask(subscribe=[f"group.{number}" for number in range(1, 34)])
    assert await socket.hear() == {"error": "One socket hears at most 32 topics."}
    await socket.leave()


async def test_nothing_is_heard_after_an_unsubscription(
    connect: Open, viewer: User, group: Group
) -> None:
    socket = await connect(viewer)
    await socket.connect()
    topic = f"group.{group.pk}"
    await heard_after(socket, topic)
    await socket.ask(unsubscribe=[topic])
    await socket.ask(subscribe=["group.999999"])
    while await socket.hear() != {"subscribed": []}:  # by then the unsubscription is done
        pass
    await sync_to_async(broadcast.send)([message(topic)])
    assert await socket.hears_nothing()
    await socket.leave()


async def test_logging_out_closes_the_sockets_of_that_session_at_once(
    connect: Open, viewer: User, group: Group
) -> None:
    leaving, staying = await connect(viewer), await connect(viewer)
    for socket in (leaving, staying):
        await socket.connect()
        await heard_after(socket, f"group.{group.pk}")
    await sync_to_async(log_out)(leaving)
    assert await leaving.close_code() == 4401
    assert await staying.hears_nothing()
    await staying.leave()


def log_out(socket: BrowserSocket) -> None:
    client = Client(headers={"cookie": socket.cookie})
    client.post("/admin/logout/")


async def test_a_session_that_ended_elsewhere_is_noticed_by_the_regular_look(
    connect: Open, viewer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "RECHECK_SECONDS", 0.05)
    socket = await connect(viewer)
    await socket.connect()
    await Session.objects.all().adelete()
    assert await socket.close_code() == 4401


async def test_a_permission_that_was_taken_away_ends_the_subscription(
    connect: Open, viewer: User, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "RECHECK_SECONDS", 0.05)
    socket = await connect(viewer)
    await socket.connect()
    await heard_after(socket, f"group.{group.pk}")
    await viewer.groups.aclear()
    while "error" not in (heard := await socket.hear()):
        pass
    assert heard["topic"] == f"group.{group.pk}"
    await socket.leave()
