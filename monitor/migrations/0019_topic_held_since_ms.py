import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitor", "0018_quarter_rates"),
    ]

    operations = [
        migrations.AddField(
            model_name="topic",
            name="held_since_ms",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(null=True), default=list, size=None
            ),
        ),
    ]
