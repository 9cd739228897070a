"""Fixtures that all tests share. Services are real; where they come from: `tests/__init__.py`."""

import os
import uuid

import hypothesis
import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.db import connection
from pytest_django import DjangoDbBlocker

from tests import factories
from tests.contracts.coordinators import bring_up_coordinators

pytest_plugins = ["tests.requirements"]

# A slow moment of a shared machine is no fault of the code under test.
hypothesis.settings.register_profile("highwater", deadline=None)
hypothesis.settings.load_profile("highwater")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Tests with real transactions end by truncating all tables, which the audit trail refuses."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE monitor_auditentry DISABLE TRIGGER audit_is_not_truncated")


@pytest.fixture(scope="session")
def bootstrap_servers() -> str:
    """The broker under test."""
    servers = os.environ["HIGHWATER_KAFKA"]
    bring_up_coordinators(servers)
    return servers


@pytest.fixture
def unique() -> str:
    """A prefix for topics and groups, so that tests never meet each other's."""
    return f"t{uuid.uuid4().hex[:10]}"


@pytest.fixture
def stranger() -> AnonymousUser:
    """Somebody who is not logged in."""
    return AnonymousUser()


@pytest.fixture
def operator(db: None) -> User:
    """Somebody who may plan and run replays, and use the admin."""
    return factories.make_user("operator", "operators", is_staff=True)


@pytest.fixture
def viewer(db: None) -> User:
    """Somebody who may see all and change nothing, in the admin too."""
    return factories.make_user("viewer", "viewers", is_staff=True)
