import json
from collections.abc import Mapping
from typing import Any

from dashboard.body_limit import DROPPED_BYTES_MAX, BodyLimit


class Client:
    """Speaks ASGI to an application that reads the whole body and answers its length."""

    def __init__(self, *chunks: bytes, announced: bytes | None = None) -> None:
        self.chunks = list(chunks)
        self.sent: list[Mapping[str, Any]] = []
        self.scope = {"type": "http", "headers": [(b"content-length", announced)] * bool(announced)}

    async def receive(self) -> Mapping[str, Any]:
        body = self.chunks.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(self.chunks)}

    async def send(self, message: Mapping[str, Any]) -> None:
        self.sent.append(message)

    async def status(self) -> int:
        await BodyLimit(echo_length, max_bytes=10)(self.scope, self.receive, self.send)
        return int(self.sent[0]["status"])


async def echo_length(_scope: Any, receive: Any, send: Any) -> None:
    length, more = 0, True
    while more:
        message = await receive()
        length += len(message["body"])
        more = message["more_body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(length).encode()})


async def test_a_body_up_to_the_limit_gets_through() -> None:
    client = Client(b"12345", b"67890", announced=b"10")
    assert await client.status() == 200
    assert client.sent[1]["body"] == b"10"


async def test_an_announced_body_over_the_limit_is_dropped_and_refused() -> None:
    client = Client(b"x" * 6, b"x" * 5, announced=b"11")
    assert await client.status() == 413
    assert client.chunks == []


async def test_an_unannounced_body_is_refused_once_it_is_over_the_limit() -> None:
    client = Client(b"12345", b"678901", b"dropped")
    assert await client.status() == 413
    assert client.chunks == []


async def test_what_does_not_end_is_not_dropped_for_ever() -> None:
    client = Client(*[b"x" * (DROPPED_BYTES_MAX // 2)] * 5)
    assert await client.status() == 413
    assert len(client.chunks) == 2


async def test_a_lie_about_the_length_does_not_help() -> None:
    assert await Client(b"12345", b"678901", announced=b"2").status() == 413


async def test_a_length_that_is_no_number_is_ignored() -> None:
    assert await Client(b"12345", announced=b"-5").status() == 200


async def test_the_refusal_is_a_problem() -> None:
    client = Client(b"x" * 11, announced=b"11")
    await client.status()
    assert (b"content-type", b"application/problem+json") in client.sent[0]["headers"]
    assert json.loads(client.sent[1]["body"])["status"] == 413


async def test_an_answer_that_has_begun_is_not_answered_again() -> None:
    async def answer_early(_scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await receive()

    client = Client(b"x" * 11)
    await BodyLimit(answer_early, max_bytes=10)(client.scope, client.receive, client.send)
    assert [message["status"] for message in client.sent] == [200]
