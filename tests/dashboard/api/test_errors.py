"""Every error is a problem that says what to do."""

import json
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from dashboard.queries import clusters
from tests.factories import make_cluster

pytestmark = pytest.mark.django_db
CLUSTERS = "/api/v1/clusters"
GROUPS = "/api/v1/groups"
REWIND = "/api/v1/replays/rewind"


def shown(response: Any) -> tuple[int, dict[str, Any]]:
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == response.status_code
    assert {"type", "title", "status", "detail"} <= body.keys()
    return response.status_code, body


@pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/v1/nothing", "/api/v2/groups"])
def test_an_unknown_address_is_a_problem_for_everybody(
    as_operator: Client, as_viewer: Client, as_stranger: Client, path: str
) -> None:
    for client in (as_operator, as_viewer, as_stranger):
        assert shown(client.get(path))[0] == 404


@pytest.mark.parametrize("path", ["clusters/x", "groups/-1", "groups/1.5", "replays/%00"])
def test_what_cannot_be_an_id_is_an_unknown_address(as_viewer: Client, path: str) -> None:
    assert shown(as_viewer.get(f"/api/v1/{path}"))[0] == 404


def test_a_wrong_method_names_the_right_ones(as_operator: Client) -> None:
    response = as_operator.delete(CLUSTERS)
    assert shown(response)[0] == 405
    assert response["Allow"] == "GET"


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"limit": "0"}, "greater than or equal to 1"),
        ({"limit": "501"}, "less than or equal to 500"),
        ({"limit": "many"}, "valid integer"),
        ({"cursor": "nonsense"}, "does not belong"),
        ({"cursor": "é\0"}, "does not belong"),
        ({"sort": "colour"}, "'name', 'lag'"),
        ({"status": "BAD"}, "'OK', 'ABANDONED'"),
        ({"serach": "x"}, "query.serach: unknown"),
        ({"search": "a\0b"}, "NUL"),
        ({"name": "a\0b"}, "NUL"),
        ({"cluster_id": "x"}, "valid integer"),
    ],
)
def test_a_wrong_parameter_is_named(
    as_viewer: Client, parameters: dict[str, str], says: str
) -> None:
    status, body = shown(as_viewer.get(GROUPS, parameters))
    assert (status, body["type"]) == (422, "urn:highwater:invalid")
    assert body["errors"][0]["loc"][0] == "query"
    assert says in body["detail"]


def test_a_check_of_ours_is_told_in_its_own_words(as_viewer: Client) -> None:
    status, body = shown(as_viewer.get("/api/v1/status-changes", {"from": "200"}))
    assert status == 422
    assert body["detail"] == "query.from: must lie between the years 2000 and 2200"


def test_a_cursor_of_another_order_is_refused(as_viewer: Client) -> None:
    for name in ("a", "b"):
        make_cluster(name)
    following = as_viewer.get(CLUSTERS, {"limit": 1}).json()["next"]
    cursor = following.partition("cursor=")[2]
    assert shown(as_viewer.get(GROUPS, {"cursor": cursor, "sort": "lag"}))[0] == 422


@pytest.mark.parametrize("body", ["{", "", "[]", '"x"', "[" * 100_000])
def test_a_body_that_is_no_object_is_refused(as_operator: Client, body: str) -> None:
    response = as_operator.post(REWIND, body, content_type="application/json")
    assert shown(response)[0] in (400, 422)


@pytest.mark.parametrize(
    "field",
    [
        '"topics": ' + "[" * 100_000,
        '"topics": ' + "[" * 400 + "]" * 400,
        r'"group": "\ud800"',
        r'"to": "\ud800"',
        r'"topics": {"\ud800": []}',
        r'"\ud800": 1',
        r'"reason": "a\u0000"',
        '"offset": ' + "1" * 5000,
        '"offset": NaN',
    ],
)
def test_a_field_that_nothing_could_hold_is_refused(as_operator: Client, field: str) -> None:
    rest = '"cluster_id": 1, "group": "g", "to": "earliest", "reason": "why"'
    body = f"{{{rest}, {field}}}"
    response = as_operator.post(REWIND, body, content_type="application/json")
    assert shown(response)[0] in (400, 422)


def test_a_field_that_nobody_knows_is_refused(as_operator: Client) -> None:
    response = as_operator.post(REWIND, {"colour": "red"}, content_type="application/json")
    status, body = shown(response)
    assert status == 422
    assert ["body", "colour"] in [error["loc"] for error in body["errors"]]


def test_a_large_body_is_refused_unread(as_operator: Client) -> None:
    body = json.dumps({"reason": "x" * 10_000_000})
    response = as_operator.post(REWIND, body, content_type="application/json")
    status, shown_body = shown(response)
    assert status == 413
    assert "1 MB" in shown_body["detail"]


def test_an_outage_of_the_database_is_a_problem(
    as_viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(clusters, "clusters", fail)
    response = as_viewer.get(CLUSTERS)
    assert shown(response)[1]["type"] == "urn:highwater:database-down"
    assert (response.status_code, response["Retry-After"]) == (503, "5")


@pytest.mark.filterwarnings("ignore")
def test_a_bug_is_a_problem_without_a_traceback(
    as_viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr(clusters, "clusters", fail)
    status, body = shown(as_viewer.get(CLUSTERS))
    assert status == 500
    assert "secret" not in json.dumps(body)
