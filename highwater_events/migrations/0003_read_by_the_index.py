"""The relay sorts by `position + 0`, so that Postgres cannot walk the primary key instead."""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    dependencies = [("highwater_events", "0002_outbox_autovacuum")]

    operations = [
        migrations.RemoveIndex(model_name="outboxrow", name="outbox_pending"),
        migrations.AddIndex(
            model_name="outboxrow",
            index=models.Index(
                F("shard"),
                F("position") + 0,
                name="outbox_pending",
                condition=Q(published_at=None, failed_at=None),
            ),
        ),
    ]
