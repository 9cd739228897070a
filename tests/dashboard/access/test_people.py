import pytest
from django.contrib.auth.models import AnonymousUser, User

from dashboard.access.people import may, person
from dashboard.access.roles import RUN_REPLAY, VIEW_GROUP
from monitor.models import ApiToken
from tests.factories import make_token

pytestmark = pytest.mark.django_db


def token_of(owner: User, scope: str) -> ApiToken:
    make_token(owner, scope)
    return ApiToken.objects.get()


def test_each_person_may_what_the_role_says(
    operator: User, viewer: User, stranger: AnonymousUser
) -> None:
    assert [may(caller, VIEW_GROUP) for caller in (operator, viewer, stranger)] == [
        True,
        True,
        False,
    ]
    assert [may(caller, RUN_REPLAY) for caller in (operator, viewer, stranger)] == [
        True,
        False,
        False,
    ]


def test_a_read_token_only_views_whoever_owns_it(operator: User) -> None:
    token = token_of(operator, ApiToken.Scope.READ)
    assert may(token, VIEW_GROUP) and not may(token, RUN_REPLAY)


def test_a_superusers_read_token_only_views_too() -> None:
    token = token_of(User.objects.create_superuser("root"), ApiToken.Scope.READ)
    assert may(token, VIEW_GROUP) and not may(token, RUN_REPLAY)


def test_an_operate_token_may_what_its_owner_may_and_no_more(operator: User) -> None:
    token = token_of(operator, ApiToken.Scope.OPERATE)
    assert may(token, RUN_REPLAY) and not may(token, "monitor.browse_records")


def test_an_operate_token_of_a_viewer_operates_nothing(viewer: User) -> None:
    assert not may(token_of(viewer, ApiToken.Scope.OPERATE), RUN_REPLAY)


def test_a_token_acts_as_its_owner(operator: User) -> None:
    assert person(token_of(operator, ApiToken.Scope.READ)) == operator
    assert person(operator) == operator
