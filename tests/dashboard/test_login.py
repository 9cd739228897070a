import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


def log_in(client: Client, name: str, password: str) -> int:
    return client.post("/login", {"username": name, "password": password}).status_code


def test_people_log_in_and_out(client: Client, viewer: User) -> None:
    assert log_in(client, "viewer", PASSWORD) == 302
    assert client.get("/api/v1/clusters").status_code == 200
    assert client.post("/logout")["Location"] == "/login"
    assert client.get("/api/v1/clusters").status_code == 401


def test_whoever_is_logged_in_is_not_asked_again(client: Client, viewer: User) -> None:
    client.force_login(viewer)
    assert client.get("/login").status_code == 302


def test_a_stranger_sees_the_log_in_page(client: Client) -> None:
    response = client.get("/login")
    assert response.status_code == 200
    assert b'name="password"' in response.content


def test_too_many_wrong_passwords_lock_the_account_at_this_address(
    client: Client, viewer: User, operator: User
) -> None:
    for _attempt in range(5):
        log_in(client, "viewer", "wrong")
    response = client.post("/login", {"username": "viewer", "password": PASSWORD})
    assert response.status_code == 429
    assert b"Too many failed log-ins" in response.content
    assert log_in(client, "operator", PASSWORD) == 302


def test_the_admins_own_log_in_is_locked_too(client: Client, viewer: User) -> None:
    for _attempt in range(5):
        log_in(client, "viewer", "wrong")
    response = client.post("/admin/login/", {"username": "viewer", "password": PASSWORD})
    assert response.status_code == 429


def test_a_form_without_its_csrf_token_is_refused(viewer: User) -> None:
    assert log_in(Client(enforce_csrf_checks=True), "viewer", PASSWORD) == 403
