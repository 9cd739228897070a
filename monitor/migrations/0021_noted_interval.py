from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitor", "0020_loss_by"),
    ]

    operations = [
        migrations.AddField(
            model_name="clusterstate",
            name="noted_interval_seconds",
            field=models.PositiveIntegerField(null=True),
        ),
    ]
