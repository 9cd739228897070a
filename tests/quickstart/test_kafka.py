import base64
import os
import resource
from pathlib import Path

import pytest

from quickstart import java, kafka
from quickstart.kafka import new_cluster_id, program, render_properties
from quickstart.state import State
from quickstart.supervisor import Supervisor


def properties() -> dict[str, str]:
    text = render_properties(port=20_001, controller_port=20_002, data=Path("/somewhere"))
    return dict(line.split("=", 1) for line in text.splitlines())


def test_the_broker_listens_on_this_machine_only() -> None:
    assert properties()["listeners"] == "PLAINTEXT://127.0.0.1:20001,CONTROLLER://127.0.0.1:20002"
    assert properties()["advertised.listeners"] == "PLAINTEXT://127.0.0.1:20001"


def test_a_mistyped_topic_is_not_created() -> None:
    assert properties()["auto.create.topics.enable"] == "false"


def test_one_broker_is_enough_for_every_internal_topic() -> None:
    factors = [value for key, value in properties().items() if key.endswith("replication.factor")]
    assert factors == ["1", "1", "1"]


def test_a_folder_of_any_name_is_written_as_java_reads_it() -> None:
    text = render_properties(port=1, controller_port=2, data=Path("/home/josé/\U0001f600\\x"))
    assert r"log.dirs=/home/jos\u00e9/\ud83d\ude00\\x" in text.splitlines()


def test_where_the_kernel_refuses_many_open_files_it_starts_with_fewer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As on macOS: no hard limit is named, and one that is too high is an error."""
    given: list[int] = []

    def set_limit(_which: int, limits: tuple[int, int]) -> None:
        if limits[0] > 61_440:
            raise ValueError("current limit exceeds maximum limit")
        given.append(limits[0])

    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", set_limit)
    program(Path("/state/server.properties"), java=Path("/java"), jars=Path("/jars"))
    assert given == [10_240]


@pytest.mark.kafka_jars
def test_apache_kafka_keeps_its_records_in_a_folder_with_a_name_beyond_ascii(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    java_program = java.find_java(os.environ)
    assert java_program is not None
    state = State(tmp_path / "josé 😀")
    properties = kafka.prepare(state, port=20_001, controller_port=20_002)
    jars = java.jars_folder(os.environ)
    kafka.format_storage(supervisor, properties, java=java_program, jars=jars)
    state.release()
    assert (state.folder / "kafka" / "records" / "meta.properties").exists()


def test_a_cluster_id_is_sixteen_bytes_and_no_option() -> None:
    identifier = new_cluster_id()
    assert len(base64.urlsafe_b64decode(f"{identifier}==")) == 16
    assert not identifier.startswith("-")
