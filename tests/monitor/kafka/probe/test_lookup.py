import socket
import time

import pytest

from monitor.kafka.probe.lookup import addresses


def test_a_name_has_its_addresses() -> None:
    assert "127.0.0.1" in addresses("localhost", 1, timeout_seconds=5)


@pytest.mark.parametrize("name", ["nobody.invalid", "a..b", "x" * 64 + ".example"])
def test_a_name_that_cannot_be_looked_up_has_none(name: str) -> None:
    assert addresses(name, 1, timeout_seconds=5) == []


def test_a_resolver_that_hangs_is_waited_for_no_longer_than_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def hang(*_: object, **__: object) -> list[object]:
        time.sleep(5)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    began = time.monotonic()
    assert addresses("slow.example", 1, timeout_seconds=0.2) == []
    assert time.monotonic() - began < 2
