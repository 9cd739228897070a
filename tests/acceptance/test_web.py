"""The web process: it ends in order and in time, and says why it cannot start."""

import asyncio
import signal
import socket
import time
from collections.abc import Iterator

import httpx
import pytest
from django.contrib.auth.models import User
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from quickstart.ports import choose
from tests.browser.conftest import session_of
from tests.serving import Web, serving, start

pytestmark = [pytest.mark.acceptance, pytest.mark.django_db(transaction=True)]

ENDS_WITHIN_SECONDS = 10.0


@pytest.fixture
def web(transactional_db: None) -> Iterator[Web]:
    with serving() as web:
        yield web


def cookie(user: User) -> dict[str, str]:
    return {"Cookie": f"sessionid={session_of(user)}"}


async def close_code_after_sigterm(web: Web, headers: dict[str, str]) -> tuple[int, float]:
    """The code, and when the signal was sent."""
    address = f"ws://127.0.0.1:{web.port}/ws/live"
    async with connect(address, origin=web.url, additional_headers=headers) as live:  # type: ignore[arg-type] # a plain str is an Origin
        begun = time.monotonic()
        web.process.send_signal(signal.SIGTERM)
        with pytest.raises(ConnectionClosed) as closed:
            await asyncio.wait_for(live.recv(), ENDS_WITHIN_SECONDS)
    return closed.value.rcvd.code if closed.value.rcvd else 0, begun


def test_sigterm_ends_it_with_0_within_ten_seconds_though_a_websocket_is_open(
    web: Web, viewer: User
) -> None:
    code, begun = asyncio.run(close_code_after_sigterm(web, cookie(viewer)))
    assert code == 1012
    assert web.process.wait(ENDS_WITHIN_SECONDS) == 0
    assert time.monotonic() - begun < ENDS_WITHIN_SECONDS


def test_sigterm_ends_it_though_a_request_never_finishes_its_body(web: Web) -> None:
    with socket.create_connection(("127.0.0.1", web.port)) as half:
        half.sendall(
            b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nuser"
        )
        time.sleep(0.3)  # until the request has reached the view, which waits for the rest
        web.process.send_signal(signal.SIGTERM)
        assert web.process.wait(ENDS_WITHIN_SECONDS + 1) == 0


def test_an_occupied_port_is_named_and_the_process_does_not_start(transactional_db: None) -> None:
    port = choose({}, "web")
    with socket.create_server(("127.0.0.1", port)):
        process = start(port)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"cannot listen on 127.0.0.1 port {port}: Address already in use" in said
    assert "HINT:" in said
    assert "Traceback" not in said


def test_another_sites_page_cannot_open_a_websocket(web: Web, viewer: User) -> None:
    headers = cookie(viewer)

    async def knock() -> None:
        async with connect(
            f"ws://127.0.0.1:{web.port}/ws/live",
            origin="https://evil.example",  # type: ignore[arg-type] # a plain str is an Origin
            additional_headers=headers,
        ):
            pass

    with pytest.raises(InvalidStatus):
        asyncio.run(knock())


def test_static_files_are_served_whole_and_not_again_when_unchanged(web: Web) -> None:
    first = httpx.get(f"{web.url}/static/css/tokens.css", trust_env=False)
    assert first.headers["content-type"].startswith("text/css")
    assert ":root" in first.text
    again = httpx.get(
        f"{web.url}/static/css/tokens.css",
        headers={"If-Modified-Since": first.headers["last-modified"]},
        trust_env=False,
    )
    assert (again.status_code, again.content) == (304, b"")
