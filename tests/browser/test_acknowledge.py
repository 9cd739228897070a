"""Lost records are acknowledged with the keyboard, from the group's page and back to it."""

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from monitor.models import Cluster, Group, LossAcknowledgement
from tests.browser.conftest import OpenPage
from tests.factories import make_losing_group

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def losing(cluster: Cluster) -> Group:
    return make_losing_group(cluster, "invoicing", "invoices")


@pytest.fixture
def page(open_page: OpenPage, operator: User) -> Page:
    return open_page(operator)


def test_a_loss_is_acknowledged_with_a_reason(page: Page, losing: Group) -> None:
    page.goto(f"/groups/{losing.pk}")
    page.get_by_role("link", name="Acknowledge lost records").press("Enter")
    button = page.get_by_role("button", name="Acknowledge")
    button.press("Enter")
    refusal = page.get_by_role("alert")
    expect(refusal).to_contain_text("Nothing was acknowledged. Say why")
    expect(refusal).to_be_focused()
    page.get_by_label("Reason").fill("ticket 7")
    button.press("Enter")
    page.wait_for_url(f"**/groups/{losing.pk}")
    expect(page.get_by_text("40 records lost: acknowledged.")).to_be_visible()
    expect(page.get_by_text("operator acknowledged 40 lost records of invoices")).to_be_visible()
    assert LossAcknowledgement.objects.get().reason == "ticket 7"
