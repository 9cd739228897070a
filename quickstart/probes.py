"""Whether a service answers, asked in its own protocol: an open port alone tells too little."""

import socket
import struct
from urllib.parse import urlsplit

import psycopg

from quickstart.errors import BrokerUnavailable

_TIMEOUT_SECONDS = 2.0
_API_VERSIONS = 18
# Calls that Apache Kafka 4 answers and small brokers lack: OffsetDelete, ConsumerGroupHeartbeat.
_APACHE_ONLY = frozenset({47, 68})


def postgres_answers(conninfo: str) -> bool:
    try:
        psycopg.connect(conninfo, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def valkey_answers(port: int, *, password: str) -> bool:
    """Whether our Valkey listens there: a stranger's would not take the password."""
    try:
        with socket.create_connection(("127.0.0.1", port), _TIMEOUT_SECONDS) as connection:
            connection.sendall(f"AUTH {password}\r\n".encode())
            return connection.recv(64).startswith(b"+OK")
    except OSError:
        return False


def kafka_api_keys(host: str, port: int) -> frozenset[int]:
    """The protocol's calls that a broker answers. Raises OSError where none answers in plain text.

    One ApiVersions request of version 0, which every broker knows; so no client library is needed.
    """
    with socket.create_connection((host, port), _TIMEOUT_SECONDS) as connection:
        client = b"highwater-quickstart"
        request = struct.pack(">hhih", _API_VERSIONS, 0, 1, len(client)) + client
        connection.sendall(struct.pack(">i", len(request)) + request)
        with connection.makefile("rb") as answer:
            (length,) = struct.unpack(">i", _exactly(answer.read(4), 4))
            body = _exactly(answer.read(length), max(length, 10))
    _, error, count = struct.unpack_from(">ihi", body)
    if error or len(body) < 10 + 6 * count:
        raise OSError(f"the broker refused to name its versions (error {error})")
    return frozenset(struct.unpack_from(">h", body, 10 + 6 * entry)[0] for entry in range(count))


def addresses(bootstrap_servers: str) -> list[tuple[str, int]]:
    """Hosts and ports of a `host:port,host:port` list; 9092 where a port is missing."""
    split = (urlsplit(f"//{server.strip()}") for server in bootstrap_servers.split(","))
    try:
        return [(server.hostname or "", server.port or 9092) for server in split]
    except ValueError:
        raise BrokerUnavailable(
            f"{bootstrap_servers!r} is no list of brokers; write host:port,host:port."
        ) from None


def listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), _TIMEOUT_SECONDS).close()
    except OSError:
        return False
    return True


def kafka_answers(port: int) -> bool:
    try:
        return bool(kafka_api_keys("127.0.0.1", port))
    except OSError:
        return False


def tells_all(bootstrap_servers: str) -> bool:
    """Whether a given cluster tells what Apache Kafka tells; one that will not say counts as it."""
    try:
        return kafka_api_keys(*addresses(bootstrap_servers)[0]) >= _APACHE_ONLY
    except OSError:
        return True


def _exactly(answer: bytes, length: int) -> bytes:
    if len(answer) < length:
        raise OSError("the connection was closed in the middle of an answer")
    return answer
