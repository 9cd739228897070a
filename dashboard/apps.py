from django.apps import AppConfig, apps
from django.contrib.auth.signals import user_logged_out
from django.db.models.signals import post_migrate


class DashboardConfig(AppConfig):
    name = "dashboard"

    def ready(self) -> None:
        """Connect the two signals of this project, each with its reason.

        Permissions exist only after a migration; `monitor` is the sender, for Django sends nothing
        for an app without models; auth, which creates the permissions on the same signal,
        connected before us. A log-out closes live sockets, by whichever view it happens.
        """
        from dashboard.access.roles import make_roles
        from dashboard.live.logout import announce

        post_migrate.connect(
            make_roles, sender=apps.get_app_config("monitor"), dispatch_uid="highwater-roles"
        )
        user_logged_out.connect(announce, dispatch_uid="highwater-live")
