"""Testing a cluster's connection from its admin page."""

import os
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import Permission, User
from playwright.sync_api import expect

from monitor.models import Cluster
from tests.browser.conftest import OpenPage
from tests.browser.test_screens import photograph

pytestmark = [pytest.mark.browser, pytest.mark.kafka]


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_an_editor_sees_every_step_of_a_connection(
    open_page: OpenPage, operator: User, cluster: Cluster, theme: str, width: int
) -> None:
    operator.user_permissions.add(Permission.objects.get(codename="edit_connections"))
    Cluster.objects.filter(pk=cluster.pk).update(bootstrap_servers=os.environ["HIGHWATER_KAFKA"])
    page = open_page(operator, theme=theme, width=width)
    page.goto(f"/admin/monitor/cluster/{cluster.pk}/change/")
    photograph(page, f"admin-cluster-{theme}-{width}")
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_role("table", name="No step failed.")).to_be_visible(timeout=20_000)
    photograph(page, f"admin-cluster-test-{theme}-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_server_that_nobody_is_at_fails_at_its_step(
    open_page: OpenPage, operator: User, cluster: Cluster
) -> None:
    operator.user_permissions.add(Permission.objects.get(codename="edit_connections"))
    Cluster.objects.filter(pk=cluster.pk).update(bootstrap_servers="127.0.0.1:1")
    page = open_page(operator)
    page.goto(f"/admin/monitor/cluster/{cluster.pk}/change/")
    page.get_by_role("button", name="Test connection").click()
    expect(page.get_by_role("table", name="A step failed.")).to_be_visible(timeout=20_000)
    expect(page.get_by_role("row", name="TCP")).to_contain_text("failed")
    photograph(page, "admin-cluster-test-fails")


def test_the_enter_key_saves_and_does_not_test(
    open_page: OpenPage, operator: User, cluster: Cluster
) -> None:
    operator.user_permissions.add(Permission.objects.get(codename="edit_connections"))
    page = open_page(operator)
    here = f"/admin/monitor/cluster/{cluster.pk}/change/"
    page.goto(here)
    # Answered here: the web process knows content types by ids that an earlier test's end voided.
    page.route("**/admin/**", lambda route: route.fulfill(status=204))
    with page.expect_request("**/admin/**") as asked:
        page.get_by_label("Name").press("Enter")
    assert (asked.value.method, urlsplit(asked.value.url).path) == ("POST", here)
