"""Kafka's flexible encoding: what our own requests and their answers are made of. Pure.

https://kafka.apache.org/protocol: lengths of compact strings and arrays are unsigned varints, one
more than the length, 0 for null; every structure ends with tagged fields.
"""

from collections.abc import Sequence

from monitor.errors import MalformedAnswerError
from monitor.kafka.ports import Int64s


def uvarint(number: int) -> bytes:
    """`number` in groups of seven bits, the lowest first."""
    encoded = bytearray()
    while number > 0x7F:
        encoded.append(number & 0x7F | 0x80)
        number >>= 7
    encoded.append(number)
    return bytes(encoded)


def raw(name: str) -> bytes:
    """A name as it travels: what the monitor carries as surrogates was no UTF-8."""
    return name.encode("utf-8", "surrogateescape")


def compact_string(text: str) -> bytes:
    encoded = raw(text)
    return uvarint(len(encoded) + 1) + encoded


def partitions_by_topic(topics: Sequence[tuple[str, Int64s]]) -> bytes:
    """Topics, each with the numbers of some partitions: what several requests are made of."""
    asked = b"".join(
        compact_string(name) + uvarint(len(numbers) + 1) + numbers.astype(">i4").tobytes() + b"\0"
        for name, numbers in topics
    )
    return uvarint(len(topics) + 1) + asked


class Cursor:
    """Reads an answer from its start. Every method raises MalformedAnswerError past the end."""

    __slots__ = ("at", "body")

    def __init__(self, body: bytes, at: int = 0) -> None:
        self.body = body
        self.at = at

    def skip(self, count: int) -> int:
        """Move on; return where the skipped bytes began."""
        began = self.at
        self.at += count
        if count < 0 or self.at > len(self.body):
            raise MalformedAnswerError("The answer ends too early.")
        return began

    def signed(self, width: int) -> int:
        began = self.skip(width)
        return int.from_bytes(self.body[began : self.at], "big", signed=True)

    def uvarint(self) -> int:
        body, at, shift, number = self.body, self.at, 0, 0
        while True:
            if at >= len(body) or shift > 28:
                raise MalformedAnswerError("A length in the answer has no end.")
            byte = body[at]
            at += 1
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                self.at = at
                return number
            shift += 7

    def length(self) -> int:
        """Of a compact string or array; that of null is 0. Entries take a byte each at least."""
        count = max(self.uvarint() - 1, 0)
        if count > len(self.body) - self.at:
            raise MalformedAnswerError("The answer is shorter than it says.")
        return count

    def compact_bytes(self) -> bytes:
        count = self.length()
        began = self.skip(count)
        return self.body[began : self.at]

    def end(self) -> None:
        if self.at != len(self.body):
            raise MalformedAnswerError("The answer goes on after its end.")

    def tagged_fields(self) -> None:
        for _ in range(self.uvarint()):
            self.uvarint()
            self.skip(self.uvarint())
