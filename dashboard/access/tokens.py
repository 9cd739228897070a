"""Bearer tokens: made once, shown once, stored as a digest, checked on every request.

AccessError
+-- BadTokenError           no such token, or it is revoked, expired, or its owner is inactive
+-- TooManyFailuresError    this address sent too many bad tokens: wait
"""

import hashlib
import math
import re
import secrets
import time
from datetime import timedelta

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from dashboard.access.throttle import FailureWindow
from monitor.models import ApiToken

SHAPE = re.compile(r"hw_[A-Za-z0-9_-]{43}")
PREFIX_LENGTH = 8
LAST_USED_IS_EXACT_TO = timedelta(minutes=1)

FAILURES = FailureWindow(limit=20, window_seconds=60)


class AccessError(Exception):
    """Base of the errors of this package."""


class BadTokenError(AccessError):
    """The token opens nothing; the message does not say why, for it may be a guess."""

    def __init__(self) -> None:
        super().__init__("The token is unknown, revoked or expired, or its owner is inactive.")


class TooManyFailuresError(AccessError):
    """Every token of this address is refused unread for `wait_seconds`."""

    def __init__(self, wait_seconds: float) -> None:
        self.wait_seconds = math.ceil(wait_seconds)
        super().__init__(
            f"Too many bad tokens from this address; try again in {self.wait_seconds} s."
        )


def seal(token: ApiToken) -> str:
    """Give an unsaved token its secret and return it; nobody can read it again."""
    secret = f"hw_{secrets.token_urlsafe(32)}"
    token.prefix = secret[:PREFIX_LENGTH]
    token.digest = _digest(secret)
    return secret


def token_from_request(request: HttpRequest) -> ApiToken | None:
    """The good token of the Authorization header, with its owner, or null without such a header.

    Raises BadTokenError and TooManyFailuresError.
    """
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    return check_token(secret, address=address_of(request))


def check_token(secret: str, *, address: str) -> ApiToken:
    """The token with its owner. Raises BadTokenError and TooManyFailuresError."""
    wait_seconds = FAILURES.wait_seconds(address, time.monotonic())
    if wait_seconds:
        raise TooManyFailuresError(wait_seconds)
    token = _find(secret)
    if token is None:
        FAILURES.add(address, time.monotonic())
        raise BadTokenError
    _mark_used(token)
    return token


def address_of(request: HttpRequest) -> str:
    """The client's address; behind a trusted proxy the web server has put it here."""
    return str(request.META.get("REMOTE_ADDR", ""))


def _find(secret: str) -> ApiToken | None:
    if not SHAPE.fullmatch(secret):
        return None
    is_unexpired = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    usable = ApiToken.objects.filter(is_unexpired, revoked_at=None, owner__is_active=True)
    return usable.select_related("owner").filter(digest=_digest(secret)).first()


def _mark_used(token: ApiToken) -> None:
    """Once a minute at most, so that a busy client does not write on every request."""
    now = timezone.now()
    if token.last_used_at is None or token.last_used_at < now - LAST_USED_IS_EXACT_TO:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
