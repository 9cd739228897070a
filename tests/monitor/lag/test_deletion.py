"""A cluster that somebody deletes while a tick of it runs."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from monitor.kafka.memory import MemoryReader
from monitor.models import Cluster, IntervalChange, Tick
from monitor.series import interval
from monitor.series.partitions import ensure_partitions
from tests.monitor.lag.worlds import Sampled
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


def deleting(call: str) -> type[MemoryReader]:
    """A reader in whose midst the cluster is deleted."""

    def delete_and_read(self: MemoryReader, *args: Any) -> Any:
        Cluster.objects.all().delete()
        return getattr(MemoryReader, call)(self, *args)

    return type("DeletingReader", (MemoryReader,), {call: delete_and_read})


@pytest.mark.parametrize("call", ["cluster", "groups", "commits", "offsets"])
def test_a_tick_ends_quietly_when_its_cluster_is_deleted(sampled: Sampled, call: str) -> None:
    assert sampled.tick(by=deleting(call)) is Tick.State.LOST
    assert not Tick.objects.exists()


@contextmanager
def storing_held_up() -> Iterator[None]:
    """A tick that comes to store its samples waits there until the block ends."""
    with psycopg.connect(**connection.get_connection_params()) as holder:
        holder.execute("LOCK TABLE monitor_head_sample IN SHARE MODE")
        yield


def waiting() -> int:
    """How many of this database's connections wait for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


def in_thread(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connection.close()


def test_deleting_waits_for_a_tick_that_stores_and_neither_fails(
    sampled: Sampled, admin_user: User
) -> None:
    def delete() -> int:
        client = Client()
        client.force_login(admin_user)
        page = f"/admin/monitor/cluster/{sampled.row.pk}/delete/"
        return client.post(page, {"post": "yes"}).status_code

    sampled.tick()
    # Made by the tick, a new hour's tables would wait for the lock instead of the samples.
    ensure_partitions(sampled.now + sampled.interval)
    with ThreadPoolExecutor(2) as pool:
        with storing_held_up():
            tick = pool.submit(in_thread, sampled.tick)
            assert eventually(lambda: waiting() == 1)
            page = pool.submit(in_thread, delete)
            assert eventually(lambda: waiting() == 2)
        assert (tick.result(20), page.result(20)) == (Tick.State.DONE, 302)
    assert not Cluster.objects.exists()


def test_a_change_of_the_interval_waits_for_whoever_deletes_and_neither_fails(
    sampled: Sampled,
) -> None:
    sampled.tick()
    Cluster.objects.update(sample_interval_seconds=60)
    cluster = Cluster.objects.select_related("state").get()
    with ThreadPoolExecutor(1) as pool:
        with psycopg.connect(**connection.get_connection_params()) as deleting:
            deleting.execute("SELECT FROM monitor_cluster FOR UPDATE")
            noting = pool.submit(in_thread, lambda: interval.note(cluster, sampled.now))
            assert eventually(lambda: waiting() == 1)
            deleting.execute("DELETE FROM monitor_clusterstate")
        noting.result(20)
    assert not IntervalChange.objects.exists()
