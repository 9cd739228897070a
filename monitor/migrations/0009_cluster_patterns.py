from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("monitor", "0008_reader_adapter"),
    ]

    operations = [
        migrations.AddField(
            model_name="cluster",
            name="exclude_groups",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Globs of groups to leave out, whatever else includes them.",
            ),
        ),
        migrations.AddField(
            model_name="cluster",
            name="exclude_topics",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Globs of topics to leave out, whatever else includes them.",
            ),
        ),
        migrations.AddField(
            model_name="cluster",
            name="include_groups",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Globs of the groups to watch, as a JSON list; empty for all.",
            ),
        ),
        migrations.AddField(
            model_name="cluster",
            name="include_topics",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Globs of the topics to watch, as a JSON list; empty for all.",
            ),
        ),
    ]
