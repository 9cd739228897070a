import os
from collections.abc import Callable, Iterator

import psutil
import pytest
from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from tests.acceptance.test_quickstart import all_gone
from tests.browser.conftest import FLAGS
from tests.requirements import chromium
from tests.stack.demo import NEW_PEOPLE, Demo
from tests.waiting import eventually

LogIn = Callable[[str], Page]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One demo serves all modules of this package, so the random order must not part them."""
    items.sort(key=lambda item: item.nodeid.startswith("tests/stack/"))


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    running = Demo(tmp_path_factory.mktemp("stack"))
    try:
        running.manage(NEW_PEOPLE)
        yield running
    finally:
        everybody = psutil.Process(running.process.pid).children(recursive=True)
        code = running.stop()
    assert code == 0
    assert all_gone(everybody, within_seconds=2)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        opened = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="package")
def sessions(demo: Demo, browser: Browser) -> dict[str, StorageState]:
    """What the browser keeps of each person who came in by the log-in form."""
    kept = {}
    for name in ("olga", "viktor"):
        context = browser.new_context(base_url=demo.url)
        page = context.new_page()
        page.goto("/login")
        page.fill("[name=username]", name)
        page.fill("[name=password]", name * 3)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/")
        kept[name] = context.storage_state()
        context.close()
    return kept


@pytest.fixture
def log_in(demo: Demo, browser: Browser, sessions: dict[str, StorageState]) -> Iterator[LogIn]:
    """A page of somebody who is logged in, once all are back from the last test."""
    assert eventually(demo.answers, within_seconds=60)
    assert eventually(demo.samples_in_time, within_seconds=60)
    contexts = []

    def as_person(name: str) -> Page:
        context = browser.new_context(base_url=demo.url, storage_state=sessions[name])
        contexts.append(context)
        return context.new_page()

    yield as_person
    for context in contexts:
        context.close()


@pytest.fixture
def seconds() -> float:
    """How long an outage lasts."""
    return 30.0 if os.environ.get("SOAK") else 10.0


def group_path(page: Page, name: str) -> str:
    """The page of a group, once it was sampled."""
    page.goto(f"/groups?q={name}")
    link = page.locator("tbody a.name", has_text=name)
    assert eventually(lambda: link.count() == 1 or bool(page.reload() and link.count()))
    return str(link.get_attribute("href"))
