"""The replay pages by mouse and keyboard, on seeded rows: no broker is asked."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from dashboard.pages.replays import NEVER_STALE_SECONDS
from monitor.broadcast import LiveMessage
from monitor.models import Cluster, Group, Replay
from monitor.replay.live import body
from tests import factories
from tests.browser.conftest import OpenPage, Tell
from tests.browser.test_screens import photograph, settle

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(open_page: OpenPage, operator: User, cluster: Cluster) -> Page:
    return open_page(operator)


@pytest.fixture
def running(cluster: Cluster) -> Replay:
    return Replay.objects.get(state=Replay.State.RUNNING)


@pytest.fixture
def planned(cluster: Cluster) -> Replay:
    return Replay.objects.get(state=Replay.State.PLANNED)


def announce(tell: Tell, replay: Replay) -> None:
    now, topic = timezone.now(), f"replay.{replay.pk}"
    assert tell(LiveMessage(topic, topic, now, None, body(replay, now))) == 1


def test_the_meter_follows_each_message(page: Page, running: Replay, tell: Tell) -> None:
    page.goto(f"/replays/{running.pk}")
    settle(page)
    running.records_done, running.records_per_second = 80_000, 500
    announce(tell, running)
    expect(page.locator('[data-replay="percent"]')).to_have_text("80%")
    expect(page.locator('[data-replay="done"]')).to_have_text("80,000")
    expect(page.locator('[data-replay="rate"]')).to_have_text("500 /s")
    expect(page.locator('[data-replay="left"]')).to_have_text("· 40 s left")
    assert page.locator("progress").evaluate("meter => meter.value") == 80


def test_an_end_by_somebody_else_brings_the_page_up_to_date(
    page: Page, running: Replay, tell: Tell
) -> None:
    page.goto(f"/replays/{running.pk}")
    settle(page)
    running.state, running.finished_at = Replay.State.FAILED, timezone.now()
    running.error = "The target refuses a record."
    running.save(update_fields=["state", "finished_at", "error"])
    announce(tell, running)
    expect(page.locator("[data-replay-state]")).to_have_text("Failed")
    expect(page.get_by_role("alert")).to_have_text("The target refuses a record.")
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    # A run that has ended is not old for saying nothing more.
    expect(page.locator("main")).to_have_attribute("data-stale-after", str(NEVER_STALE_SECONDS))


def test_a_plan_that_expires_while_one_looks_can_no_longer_be_run(
    page: Page, planned: Replay
) -> None:
    Replay.objects.filter(pk=planned.pk).update(expires_at=timezone.now() + timedelta(seconds=12))
    page.goto(f"/replays/{planned.pk}")
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_enabled()
    expect(page.locator("[data-valid-until]")).to_have_text("expired", timeout=30_000)
    expect(page.get_by_role("button", name="Run", exact=True)).to_be_disabled()
    expect(page.get_by_role("link", name="Plan again")).to_be_visible()


def test_a_double_click_sends_one_request(page: Page, planned: Replay) -> None:
    sent: list[str] = []

    def answer_nothing(route: Route) -> None:
        sent.append(route.request.url)
        route.fulfill(status=204)  # so that the browser stays on the page

    page.route("**/cancel", answer_nothing)
    page.goto(f"/replays/{planned.pk}")
    page.get_by_role("button", name="Discard").dblclick()
    expect(page.get_by_role("button", name="Discard")).to_have_attribute("aria-disabled", "true")
    assert len(sent) == 1


def test_a_viewer_sees_every_button_off_with_its_reason(
    open_page: OpenPage, viewer: User, planned: Replay
) -> None:
    page = open_page(viewer)
    page.goto(f"/replays/{planned.pk}")
    for name in ("Discard", "Plan again", "Run"):
        button = page.get_by_role("button", name=name, exact=True)
        expect(button).to_be_disabled()
        assert "You lack" in (button.get_attribute("title") or "")
    photograph(page, "replay-plan-viewer")


def test_the_command_is_copied(page: Page, planned: Replay) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/replays/{planned.pk}")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == planned.plan["command"]


def test_the_form_offers_the_clusters_names_and_explains_times(page: Page) -> None:
    page.goto("/replays/new?verb=rewind")
    page.locator("[name=group]").press_sequentially("ship")
    expect(page.locator("datalist option")).to_have_count(1)
    assert page.locator("datalist option").get_attribute("value") == "shipping"
    page.get_by_role("button", name="6 h ago").click()
    expect(page.locator(".meaning")).to_contain_text("6 h ago")
    assert page.locator("[name=at]").input_value().endswith("Z")


def test_only_what_the_choice_needs_is_asked(page: Page) -> None:
    page.goto("/replays/new?verb=rewind")
    for choice, shown in (("offset", "offset"), ("shift-by", "shift_by"), ("earliest", None)):
        page.select_option("[name=to]", choice)
        for name in ("offset", "at", "shift_by"):
            expect(page.locator(f"[name={name}]")).to_be_visible(visible=name == shown)


def test_a_chart_leads_to_the_replay_that_it_marks_by_keyboard_too(
    page: Page, cluster: Cluster
) -> None:
    done = Replay.objects.get(state=Replay.State.SUCCEEDED)
    page.goto(f"/groups/{Group.objects.get(name='shipping').pk}?range=15m")
    settle(page)
    mark = page.get_by_role("link", name=f"rewind {done.pk} by ops-a")
    expect(mark).to_have_count(1)
    mark.focus()
    # The chart moves each second, and the focus stays.
    expect(mark).not_to_have_attribute("style", mark.get_attribute("style") or "")
    expect(mark).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/replays/{done.pk}")
    expect(page.locator("h1")).to_contain_text("by 100 records back")


def test_ctrl_k_goes_to_a_replay_by_its_number(page: Page, planned: Replay) -> None:
    page.goto("/")
    page.keyboard.press("Control+k")
    page.keyboard.type(f"#{planned.pk}")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/replays/{planned.pk}")


def test_the_list_of_many_clusters_is_narrowed_by_its_own_links(
    page: Page, planned: Replay
) -> None:
    factories.make_cluster("stage-us")
    page.goto("/replays")
    clusters = page.get_by_role("navigation", name="Cluster", exact=True)
    photograph(page, "replays-two-clusters")
    clusters.get_by_text("stage-us").click()
    expect(page.get_by_role("heading", name="No replay like that")).to_be_visible()
    page.get_by_role("link", name="Show all replays").click()
    expect(page.get_by_role("link", name=str(planned.pk), exact=True)).to_be_visible()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_admins_page_of_a_replay_fits_its_window(
    open_page: OpenPage, operator: User, planned: Replay, theme: str, width: int
) -> None:
    User.objects.filter(pk=operator.pk).update(is_staff=True)
    page = open_page(operator, theme=theme, width=width)
    page.goto(f"/admin/monitor/replay/{planned.pk}/change/")
    expect(page.get_by_role("button", name="Run")).to_be_visible()
    photograph(page, f"admin-replay-{theme}-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
