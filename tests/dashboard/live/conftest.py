from collections.abc import Awaitable, Callable

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from monitor.models import Group
from tests.dashboard.live.browser import BrowserSocket
from tests.factories import make_cluster, make_group, make_user

Open = Callable[..., Awaitable[BrowserSocket]]


@pytest.fixture
def group(transactional_db: None) -> Group:
    return make_group(make_cluster())


@pytest.fixture
def viewer(transactional_db: None) -> User:
    return make_user("vera", "viewers", is_staff=True)


def cookie_of(user: User) -> str:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return f"sessionid={client.cookies['sessionid'].value}"


@pytest.fixture
def connect() -> Open:
    """Knock at /ws/live; the caller awaits `.connect()`."""

    async def knock(user: User | None, origin: str = settings.ORIGIN) -> BrowserSocket:
        headers = [(b"origin", origin.encode()), (b"host", b"127.0.0.1")]
        if user is not None:
            headers.append((b"cookie", (await sync_to_async(cookie_of)(user)).encode()))
        return BrowserSocket(headers)

    return knock
