"""The browser says numbers as the server does: the same cases put to both."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page

from tests.browser.conftest import OpenPage
from tests.dashboard.test_words import CASES

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SAY = """async (cases) => {
  const words = await import("/static/js/words.js");
  const trend = ([grows, shrinks]) => words.trend(grows, shrinks);
  const said = {
    trend: (rates) => trend(rates) && words.trendText(trend(rates)),
    outlook: ([waiting, grows, shrinks]) => words.outlook(waiting, grows, shrinks),
    quarter: ([produced, consumed]) => words.quarter(produced, consumed),
    lost_note: words.lostNote,
    loss_note: ([seconds, by]) => words.lossNote(seconds, by),
    aside: ([raw, ticks, last]) => words.aside(raw, ticks, last),
  };
  const say = (name, asked) => (said[name] ?? words[name])(asked);
  const answer = ([name, rows]) => [name, rows.map(([asked]) => [asked, say(name, asked)])];
  return Object.fromEntries(Object.entries(cases).map(answer));
}"""


@pytest.fixture
def page(open_page: OpenPage, viewer: User) -> Page:
    return open_page(viewer)


def test_both_sides_agree_on_every_case(page: Page) -> None:
    page.goto("/outboxes")
    assert page.evaluate(SAY, CASES) == CASES
