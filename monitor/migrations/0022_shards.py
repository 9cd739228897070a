import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitor", "0021_noted_interval"),
    ]

    operations = [
        migrations.AddField(
            model_name="cluster",
            name="shards",
            field=models.PositiveSmallIntegerField(
                db_default=1,
                default=1,
                help_text=(
                    "Into how many parts to cut each tick, by a hash of the groups' names. "
                    "Workers sample them side by side, each with its own connections and memory. "
                    "1 suffices for about a million group-partitions."
                ),
                validators=[
                    django.core.validators.MinValueValidator(1),
                    django.core.validators.MaxValueValidator(64),
                ],
            ),
        ),
        migrations.AddField(
            model_name="tick",
            name="shards",
            field=models.SmallIntegerField(db_default=1, default=1),
        ),
        migrations.AddField(
            model_name="tick",
            name="worker",
            field=models.CharField(blank=True, db_default="", default="", max_length=100),
        ),
    ]
