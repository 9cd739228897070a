"""What a person, or a token in a person's name, may do."""

from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import PermissionDenied

from monitor.models import ApiToken
from monitor.values import Actor

Caller = User | AnonymousUser | ApiToken

VIEWING = "monitor.view_"


def may(caller: Caller, permission: str) -> bool:
    """Whether the caller holds the permission.

    A token acts as its owner, limited by its scope: with `read` it may only view, whatever its
    owner may.
    """
    if not isinstance(caller, ApiToken):
        return caller.has_perm(permission)
    if caller.scope != ApiToken.Scope.OPERATE and not permission.startswith(VIEWING):
        return False
    return caller.owner.has_perm(permission)


def actor_of(user: Caller, via: str) -> Actor:
    """Somebody with an account, as what he does and the audit trail name him.

    Raises PermissionDenied for anybody else.
    """
    who = person(user)
    if not isinstance(who, User):
        raise PermissionDenied
    return Actor(who.get_username(), who.pk, via)


def person(caller: Caller) -> User | AnonymousUser:
    """Who acts: a token's owner, or the caller."""
    return caller.owner if isinstance(caller, ApiToken) else caller
