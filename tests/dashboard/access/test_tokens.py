import hashlib
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.utils import timezone

from dashboard.access.tokens import (
    BadTokenError,
    TooManyFailuresError,
    check_token,
    token_from_request,
)
from monitor.models import ApiToken
from tests.factories import make_token

pytestmark = pytest.mark.django_db


def test_only_a_digest_and_a_prefix_are_stored(viewer: User) -> None:
    secret = make_token(viewer)
    token = ApiToken.objects.get()
    assert token.digest == hashlib.sha256(secret.encode()).hexdigest()
    assert secret.startswith(token.prefix) and len(token.prefix) == 8


def test_a_good_token_comes_with_its_owner(viewer: User) -> None:
    assert check_token(make_token(viewer), address="10.0.0.1").owner == viewer


@pytest.mark.parametrize(
    "secret",
    ["", "x", "hw_", "hw_" + "a" * 43, "hw_" + "é" * 43, "hw_" + "a" * 5000, "hw_\0" + "a" * 42],
)
def test_a_malformed_or_unknown_token_is_refused(secret: str) -> None:
    with pytest.raises(BadTokenError):
        check_token(secret, address="10.0.0.1")


def test_a_revoked_token_is_refused(viewer: User) -> None:
    secret = make_token(viewer, revoked_at=timezone.now())
    with pytest.raises(BadTokenError):
        check_token(secret, address="10.0.0.1")


def test_an_expired_token_is_refused(viewer: User) -> None:
    secret = make_token(viewer, expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(BadTokenError):
        check_token(secret, address="10.0.0.1")


def test_a_token_of_an_inactive_owner_is_refused(viewer: User) -> None:
    secret = make_token(viewer)
    User.objects.update(is_active=False)
    with pytest.raises(BadTokenError):
        check_token(secret, address="10.0.0.1")


def test_an_address_with_too_many_bad_tokens_waits_even_with_a_good_one(viewer: User) -> None:
    for _attempt in range(20):
        with pytest.raises(BadTokenError):
            check_token("hw_guess", address="10.0.0.1")
    secret = make_token(viewer)
    with pytest.raises(TooManyFailuresError, match="try again in"):
        check_token(secret, address="10.0.0.1")
    assert check_token(secret, address="10.0.0.2")


def test_its_last_use_is_remembered_to_the_minute(viewer: User) -> None:
    secret = make_token(viewer)
    check_token(secret, address="10.0.0.1")
    first = ApiToken.objects.get().last_used_at
    check_token(secret, address="10.0.0.1")
    assert first is not None and ApiToken.objects.get().last_used_at == first


@pytest.mark.parametrize("header", ["", "Basic dXNlcjpwdw==", "hw_abc"])
def test_a_request_without_a_bearer_has_no_token(header: str) -> None:
    request = RequestFactory().get("/metrics", headers={"Authorization": header})
    assert token_from_request(request) is None


def test_the_bearers_token_is_found_whatever_the_schemes_case(viewer: User) -> None:
    headers = {"Authorization": f"bEARER {make_token(viewer)}"}
    token = token_from_request(RequestFactory().get("/metrics", headers=headers))
    assert token is not None and token.owner == viewer
