from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitor", "0024_left_out"),
    ]

    operations = [
        migrations.AlterField(
            model_name="group",
            name="loss_by",
            field=models.CharField(
                blank=True,
                choices=[("time", "time"), ("size", "size"), ("about_size", "about_size")],
                db_default="",
                default="",
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="topic",
            name="held_by",
            field=models.JSONField(db_default={}, default=dict),
        ),
        migrations.AlterField(
            model_name="topic",
            name="is_tiered",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
