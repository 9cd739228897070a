"""One active replay per group and per topic; no state that nothing reaches."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitor", "0003_audit_is_append_only"),
    ]

    operations = [
        migrations.AlterField(
            model_name="replay",
            name="state",
            field=models.CharField(
                choices=[
                    ("PLANNED", "Planned"),
                    ("RUNNING", "Running"),
                    ("PAUSED", "Paused"),
                    ("SUCCEEDED", "Succeeded"),
                    ("FAILED", "Failed"),
                    ("CANCELLED", "Cancelled"),
                    ("EXPIRED", "Expired"),
                ],
                default="PLANNED",
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="replay",
            index=models.Index(
                condition=models.Q(("state", "PLANNED")),
                fields=["expires_at"],
                name="replay_expiring",
            ),
        ),
        migrations.AddConstraint(
            model_name="replay",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["RUNNING", "PAUSED"]), ("verb", "rewind")),
                fields=("cluster", "group_name"),
                name="replay_one_per_group",
            ),
        ),
        migrations.AddConstraint(
            model_name="replay",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["RUNNING", "PAUSED"]), ("verb", "republish")),
                fields=("cluster", "topic_name"),
                name="replay_one_per_topic",
            ),
        ),
        migrations.AddConstraint(
            model_name="replay",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["RUNNING", "PAUSED"]), ("verb", "republish")),
                fields=("cluster", "target_topic_name"),
                name="replay_one_per_target",
            ),
        ),
    ]
