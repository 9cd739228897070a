from django.apps import AppConfig
from django.db.models.signals import post_migrate


class MonitorConfig(AppConfig):
    name = "monitor"
    verbose_name = "Highwater"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Make the first cluster and outbox once their tables stand, and register the checks."""
        from monitor import checks  # noqa: F401 - registers itself
        from monitor.configure import configure_after_migrate

        post_migrate.connect(
            configure_after_migrate, sender=self, dispatch_uid="highwater-configure"
        )
