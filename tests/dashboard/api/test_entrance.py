"""Who comes in: people, tokens, and nobody else."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.urls import URLPattern

from dashboard.api import v1
from dashboard.api.callers import caller_of
from tests.factories import make_cluster, make_replay, make_token

pytestmark = pytest.mark.django_db
CLUSTERS = "/api/v1/clusters"


def addresses() -> list[str]:
    """Every address of the API, its ids filled in."""
    found = [str(pattern.pattern) for pattern in v1.urls()[0] if isinstance(pattern, URLPattern)]
    filled = ["/".join("1" if "<" in part else part for part in path.split("/")) for path in found]
    return [f"/api/v1/{path}" for path in filled if path not in ("", "docs")]


@pytest.mark.parametrize("address", addresses())
@pytest.mark.parametrize("method", ["get", "post"])
def test_nothing_is_open_to_strangers(as_stranger: Client, address: str, method: str) -> None:
    response = getattr(as_stranger, method)(address)
    assert response.status_code in (401, 405)
    assert response["Content-Type"] == "application/problem+json"


def test_strangers_cannot_write_either(as_stranger: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/api/v1/replays/1/cancel")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_the_documents_page_sends_strangers_to_the_log_in(as_stranger: Client) -> None:
    response = as_stranger.get("/api/v1/docs")
    assert (response.status_code, response["Location"]) == (302, "/login?next=/api/v1/docs")


def test_answers_are_never_kept_by_a_cache(as_viewer: Client) -> None:
    assert as_viewer.get(CLUSTERS)["Cache-Control"] == "no-store"


def test_an_operation_that_lets_strangers_in_fails_rather_than_act() -> None:
    with pytest.raises(TypeError, match="strangers"):
        caller_of(RequestFactory().get(CLUSTERS))


def test_people_come_in_by_session(as_operator: Client, as_viewer: Client) -> None:
    assert as_operator.get(CLUSTERS).status_code == 200
    assert as_viewer.get(CLUSTERS).status_code == 200


def test_an_account_without_a_role_sees_nothing() -> None:
    client = Client()
    client.force_login(User.objects.create_user("nobody"))
    response = client.get(CLUSTERS)
    assert response.status_code == 403
    assert "monitor.view_cluster" in response.json()["detail"]


def test_a_good_token_comes_in(viewer: User, with_token: Callable[..., Client]) -> None:
    assert with_token(viewer).get(CLUSTERS).status_code == 200


@pytest.mark.parametrize("header", ["Bearer ", "Bearer x", "bearer hw_\x00", "Bearer a b c"])
def test_a_malformed_token_is_refused(as_stranger: Client, header: str) -> None:
    response = as_stranger.get(CLUSTERS, headers={"Authorization": header})
    assert (response.status_code, response.json()["title"]) == (401, "Unauthorized")


def test_a_bad_token_is_refused_though_the_session_is_good(as_operator: Client) -> None:
    response = as_operator.get(CLUSTERS, headers={"Authorization": "Bearer hw_wrong"})
    assert response.status_code == 401


def test_a_post_by_session_needs_the_csrf_token(operator: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator)
    response = client.post("/api/v1/replays/1/cancel")
    assert (response.status_code, response.json()["title"]) == (403, "Forbidden")


def test_a_post_with_a_token_needs_no_csrf_token(operator: User) -> None:
    replay = make_replay(make_cluster())
    headers = {"Authorization": f"Bearer {make_token(operator, 'operate')}"}
    client = Client(enforce_csrf_checks=True, headers=headers)
    assert client.post(f"/api/v1/replays/{replay.pk}/cancel").status_code == 200


def test_an_address_that_guesses_tokens_has_to_wait(as_stranger: Client) -> None:
    for _guess in range(20):
        as_stranger.get(CLUSTERS, headers={"Authorization": "Bearer hw_guess"})
    response = as_stranger.get(CLUSTERS, headers={"Authorization": "Bearer hw_guess"})
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 60
