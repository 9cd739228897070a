"""The plugin that skips what cannot run, and in CI fails it instead."""

import pytest

from tests.requirements import WORDS, insists, why_missing

APACHE = {"HIGHWATER_KAFKA": "127.0.0.1:1", "HIGHWATER_BROKER_KIND": "apache"}
TANSU = APACHE | {"HIGHWATER_BROKER_KIND": "tansu"}


@pytest.mark.parametrize(
    ("marker", "environ", "browser", "reason"),
    [
        ("browser", {}, None, "no Chromium"),
        ("browser", {}, "/usr/bin/chromium", None),
        ("kafka_jars", {"PATH": ""}, None, "no Java"),
        ("kafka", {}, None, "no broker"),
        ("kafka", TANSU, None, None),
        ("apache_kafka", {}, None, "no broker"),
        ("apache_kafka", TANSU, None, "tansu does not tell"),
        ("apache_kafka", APACHE, None, None),
        # A given cluster that does not answer in plain text is taken for Apache Kafka.
        ("apache_kafka", APACHE | {"HIGHWATER_BROKER_KIND": "given"}, None, None),
    ],
)
def test_what_is_missing_is_told(
    marker: str, environ: dict[str, str], browser: str | None, reason: str | None
) -> None:
    found = why_missing(marker, environ, browser=browser)
    assert found is None if reason is None else found and reason in found


@pytest.mark.parametrize("word", ["kafka", "kafka,browser"])
def test_kafka_in_ci_means_apache_kafka(word: str) -> None:
    assert insists("apache_kafka", {"HIGHWATER_REQUIRE": word})


def test_nothing_is_insisted_on_by_itself() -> None:
    assert not any(insists(marker, {}) for marker in WORDS)


def test_a_word_that_it_does_not_know_is_an_error() -> None:
    with pytest.raises(ValueError, match="knows kafka and browser, not kakfa"):
        insists("kafka", {"HIGHWATER_REQUIRE": "kakfa"})
