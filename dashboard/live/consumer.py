"""One browser's websocket: subscriptions in, messages out."""

import asyncio
import contextlib
import json
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth.models import AbstractUser
from django.db import OperationalError

from dashboard.live.hub import hub
from dashboard.live.latest import Latest
from dashboard.live.people import Listening, refusals, session_digest, user_of

MAX_TOPICS = 32
MAX_MESSAGE_CHARACTERS = 4096
SESSION_OVER = 4401
TRY_LATER = 1013
REQUEST_FORM = 'Send {"subscribe": [topics]} or {"unsubscribe": [topics]}.'


class LiveConsumer(AsyncWebsocketConsumer):
    """Accepts people who are logged in; forwards what they may hear, newest only.

    Answers a subscription with `{"subscribed": [all topics heard now]}`, and before it with an
    `{"error": ..., "topic": ...}` for each refused one. Sends `{"live": "reconnecting"}` when
    Valkey falls silent and `{"live": "on"}` when it is back, whereupon the browser refetches.
    Closes with 4401 when the session is over.
    """

    # The hub listens for all sockets; none has a channel of its own.
    channel_layer_alias = "none"

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._latest = Latest()
        self._tasks: set[asyncio.Task[None]] = set()
        try:
            await super().__call__(scope, receive, send)
        finally:
            for task in self._tasks:
                task.cancel()
            await hub().remove(self)

    async def connect(self) -> None:
        session_key = self.scope["session"].session_key
        try:
            user = await database_sync_to_async(user_of)(session_key)
        except OperationalError:
            user = None
        if user is None:
            await self.close()
            return
        self.user_id = user.pk
        self.listening = Listening(session_key, frozenset())
        await self.accept()
        self._begin(self._latest.drain(self._send_text))
        await hub().add(self)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        try:
            subscribe, unsubscribe = _read_request(text_data)
        except ValueError as problem:
            self._tell({"error": str(problem)})
            return
        for topic in unsubscribe:
            await self._unfollow(topic)
        if subscribe:
            await self._subscribe(subscribe)

    def hear(self, topic: str, key: str, text: str) -> None:
        self._latest.put((topic, key), text)

    def tell_live(self, is_up: bool) -> None:
        self._latest.put("live", json.dumps({"live": "on" if is_up else "reconnecting"}))

    def end_session(self, digest: str | None) -> None:
        """Close if the ended session is this socket's; None means that it is."""
        if digest in (None, session_digest(self.listening.session_key)):
            self._begin(self.close(code=SESSION_OVER))

    async def refuse(self, topic: str, reason: str) -> None:
        await self._unfollow(topic)
        self._tell({"error": reason, "topic": topic})

    async def _subscribe(self, topics: list[str]) -> None:
        new = [topic for topic in topics if topic not in self.listening.topics]
        if len(self.listening.topics) + len(new) > MAX_TOPICS:
            self._tell({"error": f"One socket hears at most {MAX_TOPICS} topics."})
            return
        try:
            user, refused = await database_sync_to_async(_judge)(self.listening.session_key, new)
        except OperationalError:
            await self.close(code=TRY_LATER)
            return
        if user is None:
            await self.close(code=SESSION_OVER)
            return
        for topic in new:
            if topic in refused:
                self._tell({"error": refused[topic], "topic": topic})
            else:
                await self._follow(topic)
        self._tell({"subscribed": sorted(self.listening.topics)})

    async def _follow(self, topic: str) -> None:
        self.listening = Listening(self.listening.session_key, self.listening.topics | {topic})
        await hub().follow(topic, self)

    async def _unfollow(self, topic: str) -> None:
        if topic in self.listening.topics:
            self.listening = Listening(self.listening.session_key, self.listening.topics - {topic})
            await hub().unfollow(topic, self)

    def _tell(self, body: dict[str, Any]) -> None:
        text = json.dumps(body)
        self._latest.put(text, text)

    def _begin(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send_text(self, text: str) -> None:
        # A browser that has just gone is no error: its disconnect is on the way.
        with contextlib.suppress(OSError):
            await self.send(text_data=text)


def _judge(session_key: str, topics: list[str]) -> tuple[AbstractUser | None, dict[str, str]]:
    user = user_of(session_key)
    return user, {} if user is None else refusals(user, topics)


def _read_request(text: str | None) -> tuple[list[str], list[str]]:
    """The topics to subscribe and to unsubscribe; raises ValueError saying what is wrong."""
    if text is None or len(text) > MAX_MESSAGE_CHARACTERS:
        raise ValueError(f"A message is text of at most {MAX_MESSAGE_CHARACTERS} characters.")
    try:
        request = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError(f"That is not JSON. {REQUEST_FORM}") from None
    if not isinstance(request, dict) or not request or set(request) - {"subscribe", "unsubscribe"}:
        raise ValueError(REQUEST_FORM)
    for topics in request.values():
        if not isinstance(topics, list) or not all(isinstance(topic, str) for topic in topics):
            raise ValueError(REQUEST_FORM)
    return list(dict.fromkeys(request.get("subscribe", []))), request.get("unsubscribe", [])
