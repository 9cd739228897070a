import pytest
from django.apps.registry import Apps
from django.contrib.auth.models import Group as Role
from django.contrib.auth.models import Permission, User

from dashboard.access import roles

pytestmark = pytest.mark.django_db


def test_an_operator_plans_and_runs_but_sees_no_payloads(operator: User) -> None:
    assert operator.has_perms([roles.PLAN_REPLAY, roles.RUN_REPLAY, roles.VIEW_GROUP])
    assert not operator.has_perm(roles.BROWSE_RECORDS)


def test_a_viewer_sees_everything_and_changes_nothing(viewer: User) -> None:
    held = viewer.get_all_permissions()
    assert held == {f"monitor.{codename}" for codename in roles.VIEWER_CODENAMES}


def test_a_viewer_does_not_see_others_tokens(viewer: User) -> None:
    assert not viewer.has_perm("monitor.view_apitoken")


def test_what_an_administrator_added_survives_the_next_migration() -> None:
    browse = Permission.objects.get(codename="browse_records")
    role = Role.objects.get(name=roles.OPERATORS)
    role.permissions.add(browse)
    roles.make_roles(using="default")
    assert browse in role.permissions.all()


def test_roles_are_made_once() -> None:
    roles.make_roles(using="default")
    assert Role.objects.filter(name__in=[roles.VIEWERS, roles.OPERATORS]).count() == 2


def test_without_accounts_there_is_nothing_to_make() -> None:
    roles.make_roles(using="default", apps=Apps())


@pytest.mark.django_db(transaction=True)
def test_tables_can_be_truncated_between_tests_and_roles_come_back() -> None:
    assert Role.objects.count() == 2
