"""The OpenAPI document and the page that shows it."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import sync_playwright
from pytest_django.live_server_helper import LiveServer

from dashboard.problems import KINDS
from tests.requirements import chromium

pytestmark = pytest.mark.django_db
DOCUMENT = "/api/v1/openapi.json"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]


@pytest.fixture
def document(as_viewer: Client) -> dict[str, Any]:
    found = as_viewer.get(DOCUMENT).json()
    assert isinstance(found, dict)
    return found


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for path in document["paths"].values() for each in path.values()]


def test_every_operation_says_what_it_does_and_how_it_fails(document: dict[str, Any]) -> None:
    for operation in operations(document):
        assert operation["description"].endswith(".")
        assert "application/problem+json" in operation["responses"]["default"]["content"]


def test_every_operation_takes_a_token_or_a_session(document: dict[str, Any]) -> None:
    for operation in operations(document):
        assert operation["security"] == [{"TokenAuth": []}, {"SessionAuth": []}]


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for operation in operations(document)]
    assert len(names) == len(set(names)) == 21
    assert "list_groups" in names


def test_references_lead_somewhere(document: dict[str, Any]) -> None:
    names = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert names <= document["components"]["schemas"].keys()


def test_the_kinds_of_problems_are_listed(document: dict[str, Any]) -> None:
    kinds = document["components"]["schemas"]["Problem"]["properties"]["type"]["examples"]
    assert kinds == [f"urn:highwater:{kind}" for kind in KINDS]


def test_a_token_opens_the_document_too(viewer: User, with_token: Callable[..., Client]) -> None:
    assert with_token(viewer).get(DOCUMENT).json()["info"]["title"] == "Highwater"


def test_a_bad_token_does_not(as_stranger: Client) -> None:
    response = as_stranger.get(DOCUMENT, headers={"Authorization": "Bearer hw_wrong"})
    assert response.status_code == 401


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_page_works_under_the_content_security_policy_and_loads_nothing_from_outside(
    viewer: User, client: Client, live_server: LiveServer
) -> None:
    client.force_login(viewer)
    session = client.cookies["sessionid"].value
    complaints: list[str] = []
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        context = browser.new_context()
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{live_server.url}/api/v1/docs")
        page.get_by_text("/api/v1/groups", exact=True).click()
        page.get_by_role("button", name="Try it out").click()
        page.get_by_role("button", name="Execute").click()
        page.get_by_text('"items": []').wait_for()
        browser.close()
    assert complaints == []
    assert all(url.startswith((live_server.url, "data:", "blob:")) for url in asked)
