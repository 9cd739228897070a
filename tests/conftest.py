"""Fixtures that all tests share. Services are real; where they come from: `tests/__init__.py`."""

import os
import uuid

import pytest
from django.contrib.auth.models import AnonymousUser


@pytest.fixture(scope="session")
def bootstrap_servers() -> str:
    """The broker under test."""
    return os.environ["HIGHWATER_KAFKA"]


@pytest.fixture
def unique() -> str:
    """A prefix for topics and groups, so that tests never meet each other's."""
    return f"t{uuid.uuid4().hex[:10]}"


@pytest.fixture
def stranger() -> AnonymousUser:
    """Somebody who is not logged in."""
    return AnonymousUser()
