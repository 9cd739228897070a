"""A request that kafka-python's connection carries without knowing what it asks."""

import struct
from dataclasses import dataclass
from typing import Any

from kafka.errors import KafkaProtocolError

from monitor.errors import MalformedAnswerError
from monitor.kafka.bulk.wire import Cursor


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer's body as it lies. All that are asked for begin with the throttle time."""

    body: bytes

    @property
    def throttle_time_ms(self) -> int:
        return int.from_bytes(self.body[:4], "big", signed=True)


class _Header:
    """What the connection remembers of a request until its answer comes."""

    def __init__(self, request: "RawRequest", correlation_id: int) -> None:
        self.api_key = request.API_KEY
        self.api_version = request.API_VERSION
        self.correlation_id = correlation_id

    def get_response_class(self) -> "type[_Answer]":
        return _Answer


class _Answer:
    """How the connection takes an answer in: header version 1, the body untouched."""

    @staticmethod
    def parse_header(received: Any) -> "_AnswerHeader":
        cursor = Cursor(received.read())
        try:
            header = _AnswerHeader(cursor.signed(4))
            cursor.tagged_fields()
        except MalformedAnswerError as problem:
            # Any other exception would leave the request waiting for its time-out.
            raise KafkaProtocolError(str(problem)) from problem
        received.seek(cursor.at)
        return header

    @staticmethod
    def decode(received: Any) -> RawAnswer:
        return RawAnswer(received.read())


@dataclass(frozen=True, slots=True)
class _AnswerHeader:
    correlation_id: int


class RawRequest:
    """One request in flexible encoding (header version 2), its body encoded by the caller.

    It has the methods that kafka-python's connection uses of its own requests.
    """

    def __init__(self, api_key: int, version: int, body: bytes) -> None:
        self.API_KEY = api_key
        self.API_VERSION = version
        self.header: _Header | None = None
        self._body = body
        self._client_id = b""

    def with_header(self, correlation_id: int = 0, client_id: str = "") -> None:
        self.header = _Header(self, correlation_id)
        self._client_id = client_id.encode()

    def encode(self, *, framed: bool, header: bool) -> bytes:
        """Only ever asked for with both."""
        if self.header is None or not (framed and header):
            raise ValueError("A request travels with its length and its header.")
        head = struct.pack(
            f">hhih{len(self._client_id)}sB",
            self.API_KEY,
            self.API_VERSION,
            self.header.correlation_id,
            len(self._client_id),
            self._client_id,
            0,
        )
        return struct.pack(">i", len(head) + len(self._body)) + head + self._body

    def expect_response(self) -> bool:
        return True
