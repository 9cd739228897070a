"""A republish whose worker is killed three times: each record once, in order, none missing.

`SOAK=1` waits for every lease to run out; else only the first does, and the others are made to.
Its number of records is the argument: `REPUBLISH_RECORDS=1000000`.
"""

import os
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models.functions import Now

from highwater_events.broker.base import OutgoingRecord
from highwater_events.provenance import ORIGINAL_OFFSET, header
from monitor.models import Cluster, Replay
from monitor.replay import actions
from monitor.replay.requests import RepublishRequest
from monitor.values import Actor
from tests.acceptance.highwater import Highwater, kill
from tests.contracts.replay_worlds import KafkaWorld
from tests.waiting import eventually

pytestmark = [
    pytest.mark.acceptance,
    pytest.mark.apache_kafka,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(1800),
]

PARTITIONS = 4
QUEUES = "replay,upkeep"
KILLS_AT = (0.2, 0.45, 0.7)
RESUME_SECONDS = 60.0  # from the kill, with the dead worker's lease in between
RECORDS = int(os.environ.get("REPUBLISH_RECORDS", "100000"))
WAITS_FOR_ALL_LEASES = os.environ.get("SOAK") == "1"


@pytest.fixture
def highwater(transactional_db: None, tmp_path: Path) -> Iterator[Highwater]:
    started = Highwater(tmp_path / "processes.log")
    yield started
    started.close()


@pytest.fixture
def world(bootstrap_servers: str) -> Iterator[KafkaWorld]:
    opened = KafkaWorld(bootstrap_servers)
    yield opened
    opened.close()


@pytest.fixture
def running(world: KafkaWorld, bootstrap_servers: str, unique: str) -> Replay:
    """A run over RECORDS records that takes ten seconds of copying, at the least."""
    source, target = f"replay-{unique}", f"replay-{unique}-copies"
    for topic in (source, target):
        world.create_topic(topic, PARTITIONS)
    world.write(
        [
            OutgoingRecord(source, b"k%d" % number, b"v%d" % number, partition=number % PARTITIONS)
            for number in range(RECORDS)
        ]
    )
    cluster = Cluster.objects.create(
        name="prod-eu", bootstrap_servers=bootstrap_servers, is_enabled=False
    )
    request = RepublishRequest(source, target, rate_limit_per_second=max(1, RECORDS // 10))
    anna = Actor("anna", None, "api")
    planned = actions.plan_republish(anna, cluster.pk, request, reason="a soak")
    return actions.run(anna, planned.pk, plan_hash=planned.plan_hash)


def records_done(replay: Replay) -> int:
    replay.refresh_from_db()
    return replay.records_done


def copies_beyond(replay: Replay, records: int, *, within_seconds: float) -> bool:
    return eventually(lambda: records_done(replay) > records, within_seconds=within_seconds)


def end_the_lease(replay: Replay) -> None:
    """As if the dead worker's lease had run out."""
    Replay.objects.filter(pk=replay.pk).update(leased_until=Now() - timedelta(seconds=1))


def test_a_worker_killed_three_times_copies_each_record_exactly_once(
    running: Replay, highwater: Highwater, world: KafkaWorld
) -> None:
    highwater.start_beat()
    process = highwater.start_worker(QUEUES)
    for number, share in enumerate(KILLS_AT):
        assert copies_beyond(running, int(share * RECORDS), within_seconds=120)
        kill(process)
        resumes_until = time.monotonic() + RESUME_SECONDS
        done = records_done(running)
        assert done < RECORDS, "it was over before it was killed"
        process = highwater.start_worker(QUEUES)
        if number > 0 and not WAITS_FOR_ALL_LEASES:
            end_the_lease(running)
        left_seconds = resumes_until - time.monotonic()
        assert copies_beyond(running, done, within_seconds=left_seconds)
    assert eventually(
        lambda: records_done(running) == RECORDS and running.state == Replay.State.SUCCEEDED,
        within_seconds=120,
    ), running.error
    copies = world.read(running.target_topic_name)
    originals = [(copy.partition, header(copy.headers, ORIGINAL_OFFSET)) for copy in copies]
    expected = RECORDS // PARTITIONS
    assert originals == [(p, str(offset)) for p in range(PARTITIONS) for offset in range(expected)]


def test_a_worker_that_is_asked_to_end_does_so_in_time_and_hands_the_run_back(
    running: Replay, highwater: Highwater
) -> None:
    highwater.start_beat()
    process = highwater.start_worker(QUEUES)
    assert eventually(lambda: records_done(running) > 0, within_seconds=60)
    process.terminate()
    assert process.wait(10) == 0
    running.refresh_from_db()
    assert (running.state, running.lease_token) == (Replay.State.RUNNING, None)
