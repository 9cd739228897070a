"""Who calls, and whether the caller may."""

from django.contrib.auth.models import User
from django.http import HttpRequest
from ninja.errors import AuthorizationError
from ninja.security import HttpBearer

from dashboard.access import people
from dashboard.access.tokens import address_of, check_token
from monitor.models import ApiToken
from monitor.values import Actor


class TokenAuth(HttpBearer):
    """A bearer token. A bad one ends the request, even where a session would have been good."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken:
        return check_token(token, address=address_of(request))


def caller_of(request: HttpRequest) -> User | ApiToken:
    """Whoever django-ninja let in."""
    caller = getattr(request, "auth", None)
    if not isinstance(caller, User | ApiToken):
        raise TypeError("the operation lets strangers in")
    return caller


def require(request: HttpRequest, *permissions: str) -> None:
    """Raises AuthorizationError unless the caller holds all of them."""
    caller = caller_of(request)
    missing = [permission for permission in permissions if not people.may(caller, permission)]
    if missing:
        raise AuthorizationError(message=f"You need the permission {' and '.join(missing)}.")


def actor_of(request: HttpRequest) -> Actor:
    """The caller as replays and their audit trail name it."""
    return people.actor_of(caller_of(request), "api")
