"""What a chart says on its canvas: told by what is written there, and where."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, Route

from monitor.models import Cluster, Group
from monitor.values import Status
from tests import factories
from tests.browser.conftest import OpenPage
from tests.browser.test_screens import photograph, settle

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LISTEN = """
window.written = [];
const fillText = CanvasRenderingContext2D.prototype.fillText;
CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
  const width = this.measureText(text).width;
  const left = this.textAlign === "center" ? x - width / 2 : x;
  const chart = this.canvas.closest("[data-chart]")?.dataset.chart;
  window.written.push({ chart, text, left, right: left + width });
  fillText.call(this, text, x, y);
};
"""

# For each column of the plot's pixels, whether the chart's first line runs through it.
LINE = """
chart => {
  const canvas = chart.querySelector("canvas");
  const [whole, plot] = [canvas, chart.querySelector(".u-over")].map(
    element => element.getBoundingClientRect());
  const scale = canvas.width / whole.width;
  const [left, width] = [plot.left - whole.left, plot.width].map(x => Math.round(x * scale));
  chart.style.color = "var(--accent)";
  const accent = getComputedStyle(chart).color.match(/\\d+/g).map(Number);
  const { data } = canvas.getContext("2d").getImageData(left, 0, width, canvas.height);
  const columns = Array(width).fill(false);
  for (let at = 0; at < data.length; at += 4) {
    const isLine = accent.every((part, of) => Math.abs(data[at + of] - part) < 60);
    if (isLine && data[at + 3] > 100) columns[(at / 4) % width] = true;
  }
  return columns;
}
"""


@pytest.fixture
def page(open_page: OpenPage, viewer: User, cluster: Cluster) -> Page:
    page = open_page(viewer)
    page.add_init_script(LISTEN)
    return page


def test_charts_that_could_not_be_read_are_read_again(page: Page) -> None:
    refused: list[str] = []

    def refuse_once(route: Route) -> None:
        if refused:
            route.fallback()
        else:
            refused.append(route.request.url)
            route.fulfill(status=429)

    page.route("**/series*", refuse_once)
    page.goto(f"/groups/{Group.objects.get(name='shipping').pk}")
    page.wait_for_selector(".uplot", timeout=15_000)
    assert len(refused) == 1


def test_a_charts_table_stands_still_while_the_chart_slides(page: Page) -> None:
    page.goto(f"/groups/{Group.objects.get(name='shipping').pk}")
    settle(page)
    chart = page.locator('[data-chart="lag"]')
    chart.get_by_text("Data table").click()
    cell = chart.locator("tbody td").first.element_handle()
    page.wait_for_timeout(2500)
    assert cell.evaluate("cell => cell.isConnected")


def written(page: Page, text: str, chart: str = "lag") -> list[tuple[float, float]]:
    found = page.evaluate("window.written")
    return [(w["left"], w["right"]) for w in found if (w["chart"], w["text"]) == (chart, text)]


@pytest.mark.parametrize(("minutes", "is_room"), [(43, False), (39, True)])
def test_the_words_of_a_turn_and_of_a_gap_do_not_overlap(
    page: Page, minutes: int, is_room: bool
) -> None:
    """The seed's gap lasts from 45 to 41 minutes ago."""
    group, now = Group.objects.get(name="shipping"), timezone.now()
    factories.make_change(group, Status.WARN, at=now - timedelta(minutes=minutes, seconds=15))
    start, end = now - timedelta(minutes=50), now - timedelta(minutes=35)
    page.goto(f"/groups/{group.pk}?from={start.timestamp():.0f}&to={end.timestamp():.0f}")
    settle(page)
    photograph(page, f"group-turn-and-gap-{minutes}")
    assert written(page, "warn")
    assert bool(written(page, "no data")) is is_room
    # Where nothing else is said, the gap says what it is.
    assert written(page, "no data", "rates")


def test_the_drawn_line_breaks_where_nothing_was_sampled(page: Page) -> None:
    """The seed's gap lasts from 45 to 40.5 minutes ago; half a minute is left at each edge."""
    group, now = Group.objects.get(name="shipping"), timezone.now()
    start, end = now - timedelta(minutes=50), now - timedelta(minutes=35)
    page.goto(f"/groups/{group.pk}?from={start.timestamp():.0f}&to={end.timestamp():.0f}")
    settle(page)
    columns = page.locator('[data-chart="lag"]').evaluate(LINE)

    def drawn(first: float, last: float) -> set[bool]:
        """Whether there is a line, from so many minutes ago to so many."""
        left, right = (int(len(columns) * (50 - minutes) / 15) for minutes in (first, last))
        return set(columns[left:right])

    assert (drawn(49, 45.5), drawn(44.5, 41), drawn(40, 36)) == ({True}, {False}, {True})
