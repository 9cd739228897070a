import pytest

from demo import env

GOOD = {
    "DEMO_DATABASE_URL": "postgresql://shop@127.0.0.1/shop",
    "HIGHWATER_KAFKA": "127.0.0.1:9092",
}


def test_what_is_not_set_has_a_default() -> None:
    shop = env.read(GOOD)
    assert (shop.events_per_second, shop.search_stays_away, shop.prefix) == (50.0, False, "")


def test_what_is_set_is_read() -> None:
    shop = env.read(
        {
            **GOOD,
            "HIGHWATER_DEMO_RATE": "0.5",
            "HIGHWATER_DEMO_SEARCH": "stopped",
            "HIGHWATER_DEMO_PREFIX": "two-",
        }
    )
    assert (shop.events_per_second, shop.search_stays_away, shop.prefix) == (0.5, True, "two-")


@pytest.mark.parametrize("name", ["DEMO_DATABASE_URL", "HIGHWATER_KAFKA"])
def test_what_is_needed_and_missing_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is not set; it names"):
        env.read({**GOOD, name: " "})


@pytest.mark.parametrize("rate", ["-1", "many", "nan", "inf", "10001"])
def test_a_rate_that_is_none_is_named_with_what_it_may_be(rate: str) -> None:
    with pytest.raises(ValueError, match=f"HIGHWATER_DEMO_RATE is '{rate}'; .* from 0 to 10000"):
        env.read({**GOOD, "HIGHWATER_DEMO_RATE": rate})


def test_an_unknown_word_for_the_search_is_named() -> None:
    with pytest.raises(ValueError, match="must be visits or stopped"):
        env.read({**GOOD, "HIGHWATER_DEMO_SEARCH": "gone"})


def test_a_prefix_that_is_no_topic_name_is_refused() -> None:
    with pytest.raises(ValueError, match="HIGHWATER_DEMO_PREFIX"):
        env.read({**GOOD, "HIGHWATER_DEMO_PREFIX": "a b"})


def test_a_wrong_setting_ends_the_process_with_its_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {**GOOD, "HIGHWATER_DEMO_RATE": "-1"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match="The demo shop cannot start: HIGHWATER_DEMO_RATE"):
        env.load()
