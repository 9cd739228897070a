from django.apps import AppConfig


class HighwaterEventsConfig(AppConfig):
    name = "highwater_events"
    verbose_name = "Highwater events"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from highwater_events import checks  # noqa: F401 - registers itself
