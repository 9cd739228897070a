"""Three people at the door of every screen."""

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from monitor.models import Group, OutboxSource
from tests.factories import make_user

pytestmark = pytest.mark.django_db

SCREENS = [
    "/",
    "/groups",
    "/groups/{group}",
    "/groups/{group}/series",
    "/outboxes",
    "/outboxes/{outbox}",
    "/outboxes/{outbox}/series",
]


@pytest.fixture(params=SCREENS)
def screen(request: pytest.FixtureRequest, billing: Group, shop: OutboxSource) -> str:
    path: str = request.param
    return path.format(group=billing.pk, outbox=shop.pk)


def test_a_stranger_is_sent_to_the_log_in_page(client: Client, screen: str) -> None:
    response = client.get(screen)
    assert response.status_code == 302
    assert response["Location"].startswith("/login?next=")


def test_a_viewer_sees_it(client: Client, viewer: User, screen: str) -> None:
    client.force_login(viewer)
    assert client.get(screen).status_code == 200


def test_an_operator_sees_it(client: Client, operator: User, screen: str) -> None:
    client.force_login(operator)
    assert client.get(screen).status_code == 200


def test_somebody_without_a_role_is_told_so(client: Client, screen: str) -> None:
    client.force_login(make_user("norole"))
    response = client.get(screen)
    assert response.status_code == 403
    assert b"You may not see this" in response.content


def test_nothing_can_be_sent_to_it(client: Client, viewer: User, screen: str) -> None:
    client.force_login(viewer)
    assert client.post(screen).status_code == 405


@pytest.mark.parametrize(
    "path", ["/groups/999999", "/outboxes/999999", "/?cluster=999999", "/?cluster=x"]
)
def test_what_is_not_there_is_a_page_that_says_so(seen: Client, billing: Group, path: str) -> None:
    response = seen.get(path)
    assert response.status_code == 404
    assert b"There is nothing here" in response.content


@pytest.mark.parametrize("path", ["/groups/999999/series", "/outboxes/999999/series"])
def test_a_series_that_is_not_there_is_an_error_in_json(seen: Client, path: str) -> None:
    response = seen.get(path)
    assert response.status_code == 404
    assert response.json()["error"].startswith("There is no ")


def test_no_page_carries_inline_style_or_script(
    seen: Client, billing: Group, shop: OutboxSource
) -> None:
    for path in SCREENS[:3] + SCREENS[4:6]:
        page = seen.get(path.format(group=billing.pk, outbox=shop.pk)).content.decode()
        assert " style=" not in page
        assert "<style" not in page
        assert "<script>" not in page
        assert " onclick=" not in page


@pytest.mark.parametrize("path", ["/", "/groups/{group}", "/replays", "/admin/", "/missing"])
def test_every_page_forbids_all_that_does_not_come_from_its_own_files(
    seen: Client, billing: Group, path: str
) -> None:
    policy = seen.get(path.format(group=billing.pk)).headers["Content-Security-Policy"]
    assert sorted(each.strip() for each in policy.split(";")) == [
        "base-uri 'none'",
        "connect-src 'self'",
        "default-src 'none'",
        "font-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "img-src 'self' data:",
        "script-src 'self'",
        "style-src 'self'",
    ]


def links_of_the_rail(client: Client) -> list[str]:
    page = client.get("/").content.decode()
    [rail] = re.findall(r'<nav aria-label="Main">(.*?)</nav>', page, re.DOTALL)
    return re.findall(r'href="([^"]+)"', rail)


def test_each_link_of_the_rail_leads_somewhere(
    client: Client, operator: User, billing: Group
) -> None:
    client.force_login(operator)
    links = links_of_the_rail(client)
    assert links == ["/", "/", "/groups", "/outboxes", "/replays", "/admin/"]
    assert [client.get(link).status_code for link in links] == [200] * len(links)


def test_the_rail_leads_nobody_to_the_admin_who_may_not_enter_it(
    client: Client, billing: Group
) -> None:
    client.force_login(make_user("nostaff", "viewers"))
    assert links_of_the_rail(client) == ["/", "/", "/groups", "/outboxes", "/replays"]
    assert client.get("/admin/").status_code == 302
