import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitor", "0025_old_workers_defaults"),
    ]

    operations = [
        migrations.CreateModel(
            name="LossAcknowledgement",
            fields=[
                (
                    "group_topic",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="acknowledgement",
                        serialize=False,
                        to="monitor.grouptopic",
                    ),
                ),
                (
                    "offsets",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(null=True), size=None
                    ),
                ),
                ("kafka_topic_id", models.CharField(blank=True, default="", max_length=50)),
                ("lost_records", models.BigIntegerField()),
                ("acknowledged_at", models.DateTimeField()),
                ("acknowledged_by", models.CharField(max_length=150)),
                ("reason", models.TextField()),
            ],
        ),
        migrations.AlterModelOptions(
            name="group",
            options={
                "ordering": ["name"],
                "permissions": [
                    ("plan_replay", "Can plan a replay"),
                    ("run_replay", "Can run, pause, resume and cancel a replay"),
                    ("browse_records", "Can see the payloads of records"),
                    ("acknowledge_loss", "Can acknowledge lost records"),
                ],
            },
        ),
        migrations.AddField(
            model_name="group",
            name="lost_records",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AlterField(
            model_name="topic",
            name="held_since_ms",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(null=True),
                db_default=[],
                default=list,
                size=None,
            ),
        ),
    ]
