from monitor.kafka.memory import MemoryCluster, MemoryReader
from monitor.kafka.probe.permissions import kafka_steps


def test_an_empty_cluster_leaves_open_what_could_not_be_asked() -> None:
    steps = list(kafka_steps(MemoryReader(MemoryCluster())))
    assert [(step.name, step.is_right) for step in steps] == [
        ("Log-in", True),
        ("Topics", None),
        ("Groups", None),
    ]


def test_one_topic_and_one_group_are_asked_about() -> None:
    kafka = MemoryCluster()
    kafka.create_topic("t", 1)
    kafka.append("t", 0, 3)
    kafka.commit("g", {("t", 0): 1})
    names = [step.name for step in kafka_steps(MemoryReader(kafka))]
    assert names[:3] == ["Log-in", "Topics", "End offsets"]
    assert names[-3:] == ["Groups", "Members", "Committed offsets"]
