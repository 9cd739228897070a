"""Every outbox row is updated once and deleted once: vacuum its table sooner than most."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("highwater_events", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE highwater_events_outbox SET (autovacuum_vacuum_scale_factor = 0.02)",
            "ALTER TABLE highwater_events_outbox RESET (autovacuum_vacuum_scale_factor)",
        ),
    ]
