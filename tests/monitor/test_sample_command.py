import json
import os
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from highwater_events.broker.base import TopicPartition
from monitor.models import Cluster
from tests.contracts.replay_worlds import KafkaWorld

pytestmark = pytest.mark.django_db


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("sample", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def silent() -> Cluster:
    return Cluster.objects.create(
        name="silent", bootstrap_servers="127.0.0.1:1", sample_interval_seconds=1
    )


@pytest.fixture
def real() -> Cluster:
    return Cluster.objects.create(name="real", bootstrap_servers=os.environ["HIGHWATER_KAFKA"])


@pytest.fixture
def group(bootstrap_servers: str, unique: str) -> Iterator[str]:
    """One that has committed something."""
    world = KafkaWorld(bootstrap_servers)
    world.create_topic(unique, 1)
    assert not world.offsets.alter(unique, {TopicPartition(unique, 0): 0})
    yield unique
    world.close()


def test_without_such_a_cluster_it_says_what_to_do() -> None:
    with pytest.raises(CommandError, match="add one in the admin"):
        run("--cluster", "nobody")


def test_a_cluster_that_does_not_answer_is_shown_and_fails_the_command(silent: Cluster) -> None:
    out = StringIO()
    with pytest.raises(CommandError, match="does not answer"):
        call_command("sample", stdout=out)
    assert "No broker of 127.0.0.1:1 answers" in out.getvalue()


@pytest.mark.kafka
def test_json_holds_what_was_found(real: Cluster, group: str) -> None:
    found = json.loads(run("--json"))
    assert (found["cluster"], found["pass"], found["last_error"]) == ("real", "DONE", "")
    [shown] = [each for each in found["groups"] if each["name"] == group]
    assert {"name", "status", "lag", "unknown_partitions"} <= set(shown)


@pytest.mark.kafka
def test_a_second_pass_in_the_same_slot_samples_nothing_and_says_so(real: Cluster) -> None:
    Cluster.objects.update(sample_interval_seconds=86_400)
    run()
    assert "nothing sampled" in run("--cluster", "real")
