import socket
from collections.abc import Iterator

import pytest

from quickstart import ports
from quickstart.errors import PortOccupied


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_remembered_port_is_kept_while_it_is_free() -> None:
    assert ports.choose({"postgres": 20_001}, "postgres", free=lambda _: True) == 20_001


def test_a_remembered_port_that_was_taken_is_replaced() -> None:
    chosen = ports.choose({"postgres": 20_001}, "postgres", free=lambda port: port != 20_001)
    assert chosen != 20_001
    assert ports.LOWEST <= chosen < ports.HIGHEST


def test_two_services_never_get_one_port() -> None:
    all_but_one = {str(port): port for port in range(ports.LOWEST, ports.HIGHEST) if port != 25_000}
    with pytest.raises(PortOccupied):
        ports.choose(all_but_one, "new", free=lambda port: port != 25_000)


def test_no_free_port_is_an_error_that_says_so() -> None:
    with pytest.raises(PortOccupied, match="20000 to 32000 is free for valkey"):
        ports.choose({}, "valkey", free=lambda _: False)


def test_a_port_with_a_listener_is_not_free(taken: int) -> None:
    assert not ports.is_free(taken)


def test_a_port_that_was_just_given_back_is_free(taken: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()
    assert ports.is_free(port)


def test_a_port_that_ordinary_accounts_cannot_have_is_not_proposed() -> None:
    with (
        socket.create_server(("127.0.0.1", 65_535)),
        pytest.raises(PortOccupied, match="HIGHWATER_PORT=8000 make demo"),
    ):
        ports.require_web_port(65_535, address="127.0.0.1")


def test_an_occupied_web_port_is_named_with_the_way_out(taken: int) -> None:
    with pytest.raises(PortOccupied, match=rf"Port {taken} .*HIGHWATER_PORT={taken + 1} make demo"):
        ports.require_web_port(taken, address="127.0.0.1")
