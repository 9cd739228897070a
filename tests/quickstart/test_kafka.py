import base64
from pathlib import Path

from quickstart.kafka import new_cluster_id, render_properties


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


def test_a_cluster_id_is_sixteen_bytes_and_no_option() -> None:
    identifier = new_cluster_id()
    assert len(base64.urlsafe_b64decode(f"{identifier}==")) == 16
    assert not identifier.startswith("-")
