from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from dashboard import health
from dashboard.api import v1
from dashboard.metrics.view import metrics
from dashboard.pages import find, groups, losses, outboxes, overview, replays, series

handler400 = "dashboard.failures.bad_request"
handler403 = "dashboard.failures.forbidden"
handler404 = "dashboard.failures.not_found"
handler500 = "dashboard.failures.server_error"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("find", find.find, name="find"),
    path("groups", groups.groups, name="groups"),
    path("groups/<int:group_id>", groups.group, name="group"),
    path("groups/<int:group_id>/acknowledge", losses.acknowledge_losses, name="group-acknowledge"),
    path("groups/<int:group_id>/series", series.of_group, name="group-series"),
    path("outboxes", outboxes.outboxes, name="outboxes"),
    path("outboxes/<int:source_id>", outboxes.outbox, name="outbox"),
    path("outboxes/<int:source_id>/series", series.of_outbox, name="outbox-series"),
    path("replays", replays.replays, name="replays"),
    path("replays/new", replays.new, name="replay-new"),
    path("replays/<int:replay_id>", replays.replay, name="replay"),
    path("replays/<int:replay_id>/run", replays.run, name="replay-run"),
    path("replays/<int:replay_id>/csv", replays.csv, name="replay-csv"),
    path("replays/<int:replay_id>/<slug:name>", replays.step, name="replay-step"),
    path("login", LoginView.as_view(redirect_authenticated_user=True), name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics),
    path("api/v1/", v1.urls()),
    path("admin/", admin.site.urls),
]
