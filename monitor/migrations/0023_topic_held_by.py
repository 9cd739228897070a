from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitor", "0022_shards"),
    ]

    operations = [
        migrations.AddField(
            model_name="topic",
            name="held_by",
            field=models.JSONField(default=dict),
        ),
    ]
