import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from monitor import broadcast
from monitor.models import Cluster
from tests.browser.seed import seed
from tests.browser.seed_replays import seed_replays, seed_succeeded
from tests.requirements import chromium
from tests.serving import Web, serving
from tests.waiting import eventually

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]
ARTIFACTS = Path(__file__).resolve().parents[2] / "artifacts"

OpenPage = Callable[..., Page]
Tell = Callable[[broadcast.LiveMessage], int]


@pytest.fixture(scope="session")
def web(django_db_setup: None) -> Iterator[Web]:
    with serving() as web:
        yield web


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One a module: Playwright leaves an event loop running, which no other tests may meet.

    Django's ORM refuses to work under a running loop; here it is ours and it is idle.
    """
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def cluster(browser: Browser, transactional_db: None) -> Cluster:
    """A cluster with two hours of history; the browser first, for the ORM needs its permission."""
    seeded = seed()[0]
    seed_replays(seeded)
    seed_succeeded(seeded)
    return seeded


@pytest.fixture
def open_page(browser: Browser, web: Web, cluster: Cluster) -> Iterator[OpenPage]:
    """Open the site as somebody; at the end no page may have complained on its console."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def hear(said: ConsoleMessage) -> None:
        if said.type == "error":
            complaints.append(said.text)

    def open_as(user: User | None, *, theme: str = "light", width: int = 1440) -> Page:
        context = browser.new_context(
            base_url=web.url,
            color_scheme="dark" if theme == "dark" else "light",
            viewport={"width": width, "height": 900},
        )
        contexts.append(context)
        if user is not None:
            cookie = {"name": "sessionid", "value": session_of(user), "url": web.url}
            context.add_cookies([cookie])  # type: ignore[list-item] # its stub wants every key
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", hear)
        return page

    yield open_as
    for context in contexts:
        context.close()
    # The tables are truncated next, which deadlocks with a query that a closed page left behind.
    assert eventually(web_is_at_rest, within_seconds=10)
    assert [complaint for complaint in complaints if "status of 4" not in complaint] == []


def web_is_at_rest() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'"
        )
        [(busy,)] = cursor.fetchall()
        return not busy


@pytest.fixture
def tell() -> Iterator[Tell]:
    """Send a live message as a worker does: from outside of the browser's event loop."""
    with ThreadPoolExecutor(max_workers=1) as worker:
        yield lambda message: worker.submit(broadcast.send, [message]).result()


def session_of(user: User) -> str:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return str(client.cookies["sessionid"].value)
