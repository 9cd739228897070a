from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitor", "0016_interval_in_force"),
    ]

    operations = [
        migrations.AddField(
            model_name="topic",
            name="recreated_at",
            field=models.DateTimeField(null=True),
        ),
    ]
