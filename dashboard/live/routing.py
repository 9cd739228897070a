"""The websocket's door: right origin, then a session."""

from typing import Any

from channels.routing import URLRouter
from channels.security.websocket import OriginValidator
from channels.sessions import SessionMiddlewareStack
from django.conf import settings
from django.urls import path

from dashboard.live.consumer import LiveConsumer


def websockets() -> Any:
    """The ASGI application of all websockets; an origin other than the base URL's is refused."""
    routes = URLRouter([path("ws/live", LiveConsumer.as_asgi())])
    return OriginValidator(SessionMiddlewareStack(routes), [settings.ORIGIN])
