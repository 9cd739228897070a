"""The websocket's door: right origin, then a session."""

import re
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
    return OriginValidator(SessionMiddlewareStack(routes), _origins(settings.ORIGIN))


def _origins(base: str) -> list[str]:
    """A page on this machine is opened by either of its names, and ALLOWED_HOSTS lets in both."""
    here = re.fullmatch(r"http://(127\.0\.0\.1|localhost)(:\d+)?", base)
    if here is None:
        return [base]
    return [f"http://{name}{here[2] or ''}" for name in ("127.0.0.1", "localhost")]
