"""Series tables are unknown to the ORM, so no test runner empties them."""

from datetime import timedelta

from django.db import connection
from django.utils import timezone

from monitor.series.retention import Keep, drop_old


def drop_everything() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM monitor_sealed_hour")
    nothing = Keep(open_hours=1, after_sealing=timedelta(0), block_days=1, summary_days=1)
    drop_old(timezone.now() + timedelta(days=3650), nothing)
