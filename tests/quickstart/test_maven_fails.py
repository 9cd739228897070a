"""A Maven that reaches nothing: the demo goes on with the small broker, and says why."""

import io
from pathlib import Path

import pytest

from quickstart import broker, java
from quickstart.broker import BrokerKind
from quickstart.errors import ProgramFailed
from quickstart.progress import Progress
from quickstart.state import State
from quickstart.supervisor import Supervisor


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in {
        "mvn": "echo 'could not resolve host' >&2; exit 1",
        "java": "echo 'openjdk version \"17.0.1\"' >&2",
    }.items():
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    return {"PATH": f"{programs}:/usr/bin:/bin", "XDG_CACHE_HOME": str(tmp_path / "cache")}


def test_the_small_broker_takes_over_and_the_reason_is_told(
    supervisor: Supervisor, state: State, environ: dict[str, str]
) -> None:
    screen = io.StringIO()
    started = broker.start(supervisor, state, Progress(screen), environ)
    assert started.kind is BrokerKind.TANSU
    assert "Apache Kafka is not used: maven ended with code 1" in screen.getvalue()
    assert "could not resolve host" in screen.getvalue()
    assert "members and states of consumer groups" in screen.getvalue()


def test_half_a_download_is_never_taken_for_a_whole_one(
    supervisor: Supervisor, state: State, environ: dict[str, str]
) -> None:
    with pytest.raises(ProgramFailed):
        java.resolve_jars(supervisor, environ)
    assert not list(java.jars_folder(environ).parent.iterdir())


def test_apache_kafka_asked_for_by_name_is_then_an_error(
    supervisor: Supervisor, state: State, environ: dict[str, str]
) -> None:
    environ["HIGHWATER_QUICKSTART_BROKER"] = "apache"
    with pytest.raises(ProgramFailed, match="could not resolve host"):
        broker.start(supervisor, state, Progress(io.StringIO()), environ)
