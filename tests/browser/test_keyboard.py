"""By keyboard alone, and what the URL holds."""

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from monitor.models import Cluster
from tests.browser.axe import violations
from tests.browser.conftest import OpenPage
from tests.browser.test_screens import photograph, screens

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(open_page: OpenPage, viewer: User, cluster: Cluster) -> Page:
    return open_page(viewer)


def test_ctrl_k_goes_to_a_group_by_a_part_of_its_name(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Control+k")
    page.keyboard.type("fraud")
    expect(page.get_by_role("option")).to_have_text(["fraud-scoringprod-eu"])
    photograph(page, "palette")
    assert violations(page) == []
    page.keyboard.press("Enter")
    page.wait_for_url("**/groups/*")
    expect(page.get_by_role("heading", level=1)).to_have_text("fraud-scoring")


def test_arrows_choose_and_escape_gives_the_focus_back(page: Page) -> None:
    page.goto("/")
    opener = page.locator("[data-palette-open]")
    opener.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("option", selected=True)).to_have_count(1)
    first = page.get_by_role("combobox").get_attribute("aria-activedescendant")
    page.keyboard.press("ArrowDown")
    assert page.get_by_role("combobox").get_attribute("aria-activedescendant") != first
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_tab_visits_the_page_in_order_and_shows_where_it_is(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_text("To the content")).to_be_focused()
    for _ in range(12):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none", page.evaluate("document.activeElement.outerHTML")


def test_typing_in_the_search_changes_table_and_url(page: Page) -> None:
    page.goto("/groups?sort=lag&range=6h")
    page.get_by_label("Search groups by name").type("ship")
    expect(page).to_have_url(re.compile("[?&]q=ship(&|$)"))
    expect(page.locator("tr[data-group]")).to_have_count(1)
    assert "sort=lag" in page.url
    page.reload()
    expect(page.locator("tr[data-group]")).to_have_count(1)


def test_a_chosen_theme_outlasts_the_page(page: Page) -> None:
    page.goto("/")
    page.locator("summary", has_text="viewer").click()
    page.get_by_role("button", name="Dark").click()
    page.goto("/groups")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 17, 22)"


def test_dragging_over_a_chart_puts_its_range_into_the_url(page: Page) -> None:
    page.goto(screens()["group"])
    page.wait_for_selector(".uplot")
    box = page.locator('[data-chart="lag"] .u-over').bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, y, steps=5)
    page.mouse.up()
    page.wait_for_url("**from=*to=*")
    expect(page.get_by_title("Back to the last hour")).to_be_visible()


def test_a_legend_hides_its_line_and_the_table_behind_says_what_it_shows(page: Page) -> None:
    page.goto(screens()["group"])
    chart = page.locator('[data-chart="rates"]')
    produced = chart.get_by_role("button", name="produced")
    produced.click()
    expect(produced).to_have_attribute("aria-pressed", "false")
    chart.get_by_text("Data table").click()
    expect(chart.locator("th")).to_have_text(["Time", "produced", "consumed"])
    expect(chart.get_by_text("no data").first).to_be_attached()
    assert violations(page) == []
