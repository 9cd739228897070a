"""Live messages: what a worker says once, and every subscribed browser hears.

A message's `topic` is the Channels group and the subscription's name: `overview.<cluster id>`,
`group.<id>`, `outbox.<id>` or `replay.<id>`. `key` names the thing that changed, so that a socket
that falls behind keeps only the newest message of each thing.
"""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

MESSAGE_TYPE = "live.message"
ANSWER_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class LiveMessage:
    """One changed thing. A browser that did not see `previous_at` refetches over HTTP."""

    topic: str
    key: str
    at: datetime
    previous_at: datetime | None
    body: Mapping[str, Any]

    def text(self) -> str:
        """The message as the socket forwards it, unread."""
        return json.dumps(
            {
                "topic": self.topic,
                "key": self.key,
                "at": self.at,
                "previous_at": self.previous_at,
                "body": self.body,
            },
            cls=DjangoJSONEncoder,
        )


def send(messages: Sequence[LiveMessage]) -> int:
    """Send all messages in one coroutine; return how many went out.

    Never raises for an absent Valkey: rows are the truth, and browsers refetch when they notice.
    """
    if not messages:
        return 0
    try:
        async_to_sync(_send_all)(messages)
    except (OSError, RedisError) as problem:
        log.warning("live messages were not sent", extra={"problem": str(problem)})
        return 0
    return len(messages)


def heard(kind: str) -> frozenset[int] | None:
    """Ids of the things of a kind, such as `group`, that some browser listens to; None: unknown.

    Of a big cluster's groups a handful are on a screen; nothing is made for the others. Who begins
    to listen meanwhile finds by the next message that one is missing, and refetches.
    """
    config: Any = settings.CHANNEL_LAYERS["default"]["CONFIG"]
    start = f"{config['prefix']}__group__{kind}."
    try:
        with redis.Redis.from_url(config["hosts"][0], socket_timeout=ANSWER_SECONDS) as server:
            channels = server.pubsub_channels(f"{start}*")
    except (OSError, RedisError) as problem:
        log.warning("who listens is not known", extra={"problem": str(problem)})
        return None
    ids = (channel.decode()[len(start) :] for channel in channels)
    return frozenset(int(pk) for pk in ids if pk.isdecimal())


async def _send_all(messages: Sequence[LiveMessage]) -> None:
    layer = get_channel_layer()
    for message in messages:
        await layer.group_send(
            message.topic,
            {
                "type": MESSAGE_TYPE,
                "topic": message.topic,
                "key": message.key,
                "text": message.text(),
            },
        )
