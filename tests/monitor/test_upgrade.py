"""Workers of the version before go on for a while once the database is migrated."""

import pytest
from django.db import connection
from django.utils import timezone

from monitor.models import Cluster, Group, Topic

pytestmark = pytest.mark.django_db


def test_a_worker_that_knows_no_newer_columns_still_stores_groups_and_topics() -> None:
    cluster = Cluster.objects.create(name="c", bootstrap_servers="127.0.0.1:1")
    now = timezone.now()
    Group.objects.create(cluster=cluster, name="g", status_since=now, first_seen_at=now)
    Topic.objects.create(cluster=cluster, name="t", first_seen_at=now)
    for table, newer in (("group", ["loss_by"]), ("topic", ["is_tiered", "held_by"])):
        _store_another(f"monitor_{table}", [*newer, "id"])
    assert Group.objects.get(name="another").loss_by == ""
    topic = Topic.objects.get(name="another")
    assert (topic.is_tiered, topic.held_by) == (False, {})


def _store_another(table: str, left_out: list[str]) -> None:
    with connection.cursor() as cursor:
        columns = [
            one.name
            for one in connection.introspection.get_table_description(cursor, table)
            if one.name not in left_out
        ]
        values = ["'another'" if name == "name" else name for name in columns]
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(columns)})"  # noqa: S608 # our own names
            f" SELECT {', '.join(values)} FROM {table}"
        )
