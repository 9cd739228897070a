"""Postgres stopped and started anew while a tick copies its samples, with a worker in threads."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from bench.own_postgres import OwnPostgres, own_postgres
from quickstart import databases
from quickstart.environment import ROOT
from tests.acceptance.sampling import fleet
from tests.acceptance.storing import (
    a_tick_waits,
    count,
    doubled_samples,
    samples_without_tick,
    storing_held_up,
)
from tests.contracts.worlds import KafkaWorld
from tests.waiting import eventually

pytestmark = [pytest.mark.acceptance, pytest.mark.kafka, pytest.mark.timeout(150)]

SET_UP = """
import os, django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from monitor.models import Cluster
Cluster.objects.create(
    name="k", bootstrap_servers=os.environ["HIGHWATER_KAFKA"], sample_interval_seconds=2
)
"""
DONE = "SELECT count(*) FROM monitor_tick WHERE state = 'DONE'"
TOLD = (
    "SELECT count(*) FROM monitor_statuschange c JOIN monitor_group g ON g.id = c.group_id"
    " WHERE g.name = %s AND c.after = 'TRUNCATED'"
)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnPostgres]:
    """A Postgres that a test may stop, with a cluster to sample in Highwater's tables."""
    monkeypatch.setenv("DATABASE_URL", os.environ["DATABASE_URL"])  # put back at the end
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    monkeypatch.setenv("HIGHWATER_STATUS_TICKS", "1")
    with own_postgres(tmp_path / "state") as started:
        subprocess.run([sys.executable, "-c", SET_UP], cwd=ROOT, check=True, timeout=60)
        yield started


def test_postgres_restarted_in_mid_copy_costs_that_tick_alone(
    server: OwnPostgres, tmp_path: Path, unique: str
) -> None:
    world = KafkaWorld(os.environ["HIGHWATER_KAFKA"])
    world.create_topic(unique, 1)
    world.append(unique, 0, 5)
    world.commit(unique, {(unique, 0): 2})
    logs = tmp_path / "logs"
    logs.mkdir()
    with fleet(logs, databases.PRODUCT) as processes:
        processes.beat()
        worker = processes.worker()
        assert eventually(lambda: count(server.dsn, DONE) >= 2, within_seconds=40)
        with suppress(psycopg.OperationalError), storing_held_up(server.dsn):
            world.commit(unique, {(unique, 0): 9})  # beyond the log's end
            assert eventually(lambda: a_tick_waits(server.dsn), within_seconds=30)
            server.restart()
        assert count(server.dsn, TOLD, unique) == 0
        before = count(server.dsn, DONE)
        assert eventually(lambda: count(server.dsn, DONE) > before, within_seconds=40)
        assert count(server.dsn, TOLD, unique) == 1
        assert worker.poll() is None, processes.said()
    assert (doubled_samples(server.dsn), samples_without_tick(server.dsn)) == (0, 0)
