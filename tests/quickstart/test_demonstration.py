import pytest

from quickstart.demonstration import read_web
from quickstart.errors import QuickstartError


def test_the_page_is_at_port_8000_of_this_machine_unless_told_otherwise() -> None:
    web = read_web({})
    assert (web.bind, web.port, web.base_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")


def test_another_port_is_in_the_address_that_is_printed() -> None:
    assert read_web({"HIGHWATER_PORT": "8080"}).base_url == "http://127.0.0.1:8080"


def test_an_address_of_ones_own_is_printed_as_it_is() -> None:
    assert read_web({"HIGHWATER_BASE_URL": "https://hw.example"}).base_url == "https://hw.example"


@pytest.mark.parametrize(
    ("bind", "asked_at"),
    [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("10.0.0.7", "10.0.0.7")],  # noqa: S104
)
def test_a_page_for_all_addresses_is_asked_at_the_local_one(bind: str, asked_at: str) -> None:
    assert read_web({"HIGHWATER_BIND": bind}).asked_at == asked_at


@pytest.mark.parametrize("port", ["eighty", "0", "65536", "-1", "8000.5"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(QuickstartError, match="must be a number from 1 to 65535"):
        read_web({"HIGHWATER_PORT": port})
