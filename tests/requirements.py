"""What tests need and this machine may lack: a broker, Apache Kafka, a browser.

A test whose marker names something that is missing is skipped, with the reason printed at the end.
`HIGHWATER_REQUIRE=kafka,browser` turns that into failure: CI must not pass by skipping.
"""

import functools
import os
import shutil
from collections.abc import Mapping

import pytest

from quickstart.java import find_java, jars_folder
from quickstart.probes import tells_all

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# The word in HIGHWATER_REQUIRE that insists on each marker.
WORDS = {
    "kafka": "kafka",
    "apache_kafka": "kafka",
    "kafka_jars": "kafka",
    "browser": "browser",
}


def chromium() -> str | None:
    """The path of the browser that tests drive."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def why_missing(marker: str, environ: Mapping[str, str], *, browser: str | None) -> str | None:
    """Why a test with this marker cannot run here; None where it can."""
    if marker == "browser":
        return None if browser else "there is no Chromium: apt-get install chromium"
    if marker == "kafka_jars":
        has_jars = find_java(environ) and jars_folder(environ).is_dir()
        return None if has_jars else "there is no Java, or `make demo` has not brought Kafka's jars"
    if not environ.get("HIGHWATER_KAFKA"):
        return "no broker is named by HIGHWATER_KAFKA: run it by `make test`"
    if marker == "kafka":
        return None
    return _why_not_apache(environ["HIGHWATER_KAFKA"], environ.get("HIGHWATER_BROKER_KIND"))


def insists(marker: str, environ: Mapping[str, str]) -> bool:
    """Whether a missing requirement is a failure. Raises ValueError for a word it does not know."""
    words = {word for word in environ.get("HIGHWATER_REQUIRE", "").split(",") if word}
    if unknown := words - set(WORDS.values()):
        raise ValueError(f"HIGHWATER_REQUIRE knows kafka and browser, not {', '.join(unknown)}")
    return WORDS[marker] in words


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in WORDS:
        if item.get_closest_marker(marker) and (reason := _missing_here(marker)):
            if insists(marker, os.environ):
                pytest.fail(f"HIGHWATER_REQUIRE insists, but {reason}", pytrace=False)
            pytest.skip(reason)


@functools.cache
def _missing_here(marker: str) -> str | None:
    return why_missing(marker, os.environ, browser=chromium())


def _why_not_apache(bootstrap_servers: str, kind: str | None) -> str | None:
    if kind == "tansu":
        return "tansu does not tell what this test needs; Java and Maven bring Apache Kafka"
    if kind != "apache" and not tells_all(bootstrap_servers):
        return "the given broker does not answer all that Apache Kafka answers"
    return None
