from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitor", "0023_topic_held_by"),
    ]

    operations = [
        migrations.AddField(
            model_name="clusterstate",
            name="left_out_groups",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="clusterstate",
            name="left_out_topics",
            field=models.PositiveIntegerField(null=True),
        ),
    ]
