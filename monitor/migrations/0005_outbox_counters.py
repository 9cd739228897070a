from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitor", "0004_one_active_replay"),
    ]

    operations = [
        migrations.AddField(
            model_name="outboxstate",
            name="counters",
            field=models.JSONField(default=dict),
        ),
    ]
