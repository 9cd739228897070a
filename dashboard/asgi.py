"""The ASGI application: Django for HTTP, Channels for the websocket."""

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")
django_application = get_asgi_application()

from dashboard.live.routing import websockets  # noqa: E402 - models load only after Django's set-up

application = ProtocolTypeRouter({"http": django_application, "websocket": websockets()})
