"""Every outbox row is updated and deleted once, so its table needs vacuuming far sooner than most."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("highwater_events", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE highwater_events_outbox SET (autovacuum_vacuum_scale_factor = 0.02)",
            "ALTER TABLE highwater_events_outbox RESET (autovacuum_vacuum_scale_factor)",
        ),
    ]
