from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitor", "0017_topic_recreated_at"),
    ]

    operations = [
        migrations.AddField(
            model_name="group",
            name="produced_per_second_15m",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="group",
            name="consumed_per_second_15m",
            field=models.FloatField(null=True),
        ),
    ]
