"""The ASGI application: Django for HTTP, Channels for the websocket."""

import os

from channels.routing import ProtocolTypeRouter
from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
django_application = get_asgi_application()

from dashboard.body_limit import BodyLimit  # noqa: E402 - it comes after Django's set-up, as below
from dashboard.live.routing import websockets  # noqa: E402 - models load only after Django's set-up

bounded_application = BodyLimit(django_application, max_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
application = ProtocolTypeRouter({"http": bounded_application, "websocket": websockets()})
