"""Latest readings as one record a partition, and each topic's log once, at the topic.

Both tables are written at every tick: room on their pages lets Postgres put the new row beside the
old one, without new index entries.
"""

import django.contrib.postgres.fields
from django.db import migrations, models


def _offsets() -> django.contrib.postgres.fields.ArrayField:
    return django.contrib.postgres.fields.ArrayField(
        base_field=models.BigIntegerField(null=True), default=list, size=None
    )


_ARRAYS = (
    "committed",
    "log_start",
    "log_end",
    "stable_end",
    "flags",
    "time_lag_seconds",
    "time_lag_methods",
    "statuses",
)


class Migration(migrations.Migration):
    dependencies = [("monitor", "0012_allowed_lags")]
    operations = [
        *(migrations.RemoveField("grouptopic", name) for name in _ARRAYS),
        migrations.AddField("grouptopic", "partitions", models.BinaryField(default=b"")),
        migrations.AddField("topic", "sampled_at", models.DateTimeField(null=True)),
        migrations.AddField("topic", "log_start", _offsets()),
        migrations.AddField("topic", "log_end", _offsets()),
        migrations.AddField("topic", "stable_end", _offsets()),
        migrations.RunSQL(
            "ALTER TABLE monitor_grouptopic SET (fillfactor = 45);"
            "ALTER TABLE monitor_group SET (fillfactor = 45);",
            "ALTER TABLE monitor_grouptopic RESET (fillfactor);"
            "ALTER TABLE monitor_group RESET (fillfactor);",
        ),
    ]
