from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class DashboardConfig(AppConfig):
    name = "dashboard"

    def ready(self) -> None:
        """Connect the one signal of this project: permissions exist only after a migration.

        `monitor` is the sender, for Django sends nothing for an app without models; auth, which
        creates the permissions on the same signal, connected before us.
        """
        from dashboard.access.roles import make_roles

        post_migrate.connect(
            make_roles, sender=apps.get_app_config("monitor"), dispatch_uid="highwater-roles"
        )
