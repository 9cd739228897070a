from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitor", "0006_tick_readings"),
    ]

    operations = [
        migrations.AddField(
            model_name="group",
            name="missing_since",
            field=models.DateTimeField(null=True),
        ),
    ]
