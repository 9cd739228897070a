"""A log-out closes the session's sockets at once, in every web process."""

import asyncio
import logging
from typing import Any

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest
from redis.exceptions import RedisError

from dashboard.live.hub import LOGGED_OUT_TYPE
from dashboard.live.people import people_group, session_digest

log = logging.getLogger(__name__)


def announce(*, request: HttpRequest, user: AbstractUser | None, **_signal: Any) -> None:
    """Receiver of `user_logged_out`: a signal, for the admin logs out by a view of its own.

    Where Valkey does not answer, the look at all sessions once a minute closes them.
    """
    if user is None or not request.session.session_key:
        return
    try:
        async_to_sync(_announce)(user.pk, session_digest(request.session.session_key))
    except (OSError, RedisError, TimeoutError) as problem:
        log.warning("log-out was not announced", extra={"problem": repr(problem)})


async def _announce(user_id: int, digest: str) -> None:
    topic = people_group(user_id)
    async with asyncio.timeout(1):
        await get_channel_layer().group_send(
            topic, {"type": LOGGED_OUT_TYPE, "topic": topic, "session": digest}
        )
