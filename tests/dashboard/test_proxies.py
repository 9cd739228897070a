"""Whose word is taken for the client's address, through the server's own layers."""

from collections.abc import Iterator

import httpx
import pytest
from axes.helpers import get_client_ip_address
from django.test import RequestFactory

from dashboard import serve
from dashboard.access.tokens import FAILURES

pytestmark = pytest.mark.django_db(transaction=True)
PROXY, ELSEWHERE, CLIENT, OTHER = "10.0.0.7", "192.0.2.1", "198.51.100.1", "198.51.100.2"


@pytest.fixture(autouse=True)
def _no_failures() -> Iterator[None]:
    FAILURES.clear()
    yield
    FAILURES.clear()


async def answer(peer: str, forwarded_for: str) -> int:
    """To a bad token that `peer` sends, who says that it comes from another address."""
    config = serve.configuration("127.0.0.1,10.0.0.0/24")
    config.load()
    transport = httpx.ASGITransport(config.loaded_app, client=(peer, 40_000))
    headers = {"Authorization": "Bearer bad", "X-Forwarded-For": forwarded_for}
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return (await client.get("/api/v1/clusters", headers=headers)).status_code


async def test_clients_of_a_trusted_proxy_are_throttled_one_by_one() -> None:
    assert [await answer(PROXY, CLIENT) for _ in range(21)] == [401] * 20 + [429]
    assert await answer(PROXY, OTHER) == 401
    assert await answer(PROXY, f"{OTHER}, {CLIENT}") == 429


async def test_nobody_else_is_believed() -> None:
    assert [await answer(ELSEWHERE, f"198.51.100.{n}") for n in range(21)] == [401] * 20 + [429]
    assert await answer(PROXY, CLIENT) == 401


def test_log_ins_are_counted_by_the_same_address(rf: RequestFactory) -> None:
    request = rf.get("/", REMOTE_ADDR=ELSEWHERE, HTTP_X_FORWARDED_FOR=CLIENT)
    assert get_client_ip_address(request) == ELSEWHERE
