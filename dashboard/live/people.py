"""Who stands behind a socket, now: sessions end and accounts are closed while sockets stay open."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from typing import cast

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AbstractUser
from django.http import HttpRequest

from dashboard.live.topics import refusal


@dataclass(frozen=True, slots=True)
class Listening:
    """One socket's session and what it hears."""

    session_key: str
    topics: frozenset[str]


def user_of(session_key: str | None) -> AbstractUser | None:
    """The active user of a session as the database holds it now, or None."""
    if not session_key:
        return None
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    return cast(AbstractUser, user) if user.is_authenticated and user.is_active else None


def refusals(user: AbstractUser, topics: Iterable[str]) -> dict[str, str]:
    """Why each refused topic is refused."""
    reasons = {topic: refusal(user, topic) for topic in topics}
    return {topic: reason for topic, reason in reasons.items() if reason is not None}


def recheck(listening: Sequence[Listening]) -> list[dict[str, str] | None]:
    """For each socket the topics it may no longer hear, or None where its session is over."""
    users = {key: user_of(key) for key in {one.session_key for one in listening}}
    return [
        None if (user := users[one.session_key]) is None else refusals(user, one.topics)
        for one in listening
    ]


def session_digest(session_key: str) -> str:
    """Names a session in messages, where its key must not appear."""
    return sha256(session_key.encode()).hexdigest()


def people_group(user_id: int) -> str:
    """The Channels group of a user's sockets, in every web process."""
    return f"user.{user_id}"
