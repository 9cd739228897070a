from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitor", "0019_topic_held_since_ms"),
    ]

    operations = [
        migrations.AddField(
            model_name="group",
            name="loss_by",
            field=models.CharField(
                blank=True,
                choices=[("time", "time"), ("size", "size"), ("about_size", "about_size")],
                default="",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="topic",
            name="is_tiered",
            field=models.BooleanField(default=False),
        ),
    ]
