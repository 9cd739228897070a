"""Clients of the API: each person by session, and tokens."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.factories import make_token


@pytest.fixture
def as_operator(operator: User) -> Client:
    return logged_in(operator)


@pytest.fixture
def as_viewer(viewer: User) -> Client:
    return logged_in(viewer)


@pytest.fixture
def as_stranger(db: None) -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def with_token(db: None) -> Callable[..., Client]:
    """A client that sends a token of the user."""

    def make(owner: User, scope: str = "read") -> Client:
        headers = {"Authorization": f"Bearer {make_token(owner, scope)}"}
        return Client(raise_request_exception=False, headers=headers)

    return make


def logged_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client
