import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from quickstart import probes
from quickstart.errors import BrokerUnavailable


@contextlib.contextmanager
def server(answer: bytes) -> Iterator[int]:
    """Gives one answer to its first caller, then hangs up."""

    def serve() -> None:
        with contextlib.suppress(OSError), listener.accept()[0] as connection:
            connection.recv(1024)
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.kafka
def test_a_broker_names_the_calls_that_it_answers(bootstrap_servers: str) -> None:
    produce, fetch, api_versions = 0, 1, 18
    address = probes.addresses(bootstrap_servers)[0]
    assert {produce, fetch, api_versions} <= probes.kafka_api_keys(*address)


@pytest.mark.apache_kafka
def test_apache_kafka_tells_all(bootstrap_servers: str) -> None:
    assert probes.tells_all(bootstrap_servers)


def test_a_cluster_that_answers_nothing_in_plain_text_counts_as_one_that_tells_all() -> None:
    with server(b"") as port:
        assert probes.tells_all(f"127.0.0.1:{port}")


@pytest.mark.parametrize(
    "answer",
    [b"", b"\0\0\0\xff\0", b"\0\0\0\x0a\0\0\0\1\0\x23\0\0\0\0", b"HTTP/1.1 400 Bad Request"],
)
def test_what_is_no_broker_does_not_answer_as_one(answer: bytes) -> None:
    with server(answer) as port:
        assert not probes.kafka_answers(port)


@pytest.mark.parametrize(("answer", "ours"), [(b"+OK\r\n", True), (b"-WRONGPASS\r\n", False)])
def test_a_valkey_that_does_not_take_our_password_is_not_ours(answer: bytes, ours: bool) -> None:
    with server(answer) as port:
        assert probes.valkey_answers(port, password="secret") is ours


@pytest.mark.parametrize(
    ("servers", "addresses"),
    [
        ("a:1, b:2", [("a", 1), ("b", 2)]),
        ("a", [("a", 9092)]),
        ("[::1]:9", [("::1", 9)]),
    ],
)
def test_a_list_of_brokers_is_read(servers: str, addresses: list[tuple[str, int]]) -> None:
    assert probes.addresses(servers) == addresses


def test_what_is_no_list_of_brokers_is_an_error() -> None:
    with pytest.raises(BrokerUnavailable, match="'a:b' is no list of brokers"):
        probes.addresses("a:b")


def test_nobody_there_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert not probes.valkey_answers(port, password="secret")
    assert not probes.kafka_answers(port)
    assert not probes.postgres_answers(f"postgresql://a:b@127.0.0.1:{port}/c")
