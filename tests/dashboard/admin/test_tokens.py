import re

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from dashboard.access.tokens import BadTokenError, check_token
from monitor.models import ApiToken
from tests.factories import make_token

pytestmark = pytest.mark.django_db
LIST = "/admin/monitor/apitoken/"


@pytest.fixture
def root(client: Client) -> User:
    root = User.objects.create_superuser("root")
    client.force_login(root)
    return root


def allow(user: User, *verbs: str) -> None:
    codenames = [f"{verb}_apitoken" for verb in verbs]
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))


def make(client: Client, **fields: str) -> str:
    """Fill in the form; return the token that the answer shows."""
    form = {"name": "grafana", "scope": "read", "expires_at_0": "", "expires_at_1": ""} | fields
    page = client.post(f"{LIST}add/", form).content.decode()
    shown = re.search(r'<code id="token">(hw_[\w-]+)</code>', page)
    return shown.group(1) if shown else ""


def test_a_new_token_is_shown_once_and_works(client: Client, root: User) -> None:
    secret = make(client, owner=str(root.pk))
    assert check_token(secret, address="10.0.0.1").owner == root
    token = ApiToken.objects.get()
    assert secret not in client.get(f"{LIST}{token.pk}/change/").content.decode()
    assert secret not in client.get(LIST).content.decode()


def test_the_form_proposes_oneself_as_owner(client: Client, root: User) -> None:
    page = client.get(f"{LIST}add/").content.decode()
    assert f'<option value="{root.pk}" selected>root</option>' in page


def test_a_superuser_makes_tokens_for_others(client: Client, root: User, viewer: User) -> None:
    make(client, owner=str(viewer.pk))
    assert ApiToken.objects.get().owner == viewer


def test_others_make_tokens_for_themselves_only(
    client: Client, operator: User, viewer: User
) -> None:
    allow(viewer, "add", "view")
    client.force_login(viewer)
    make(client, owner=str(operator.pk), scope="operate")
    assert ApiToken.objects.get().owner == viewer


def test_others_see_their_own_tokens_only(client: Client, operator: User, viewer: User) -> None:
    make_token(operator)
    allow(viewer, "view")
    client.force_login(viewer)
    theirs = ApiToken.objects.get()
    assert client.get(f"{LIST}{theirs.pk}/change/").status_code == 302
    assert "0 API tokens" in client.get(LIST).content.decode()


def test_an_operator_without_the_permission_makes_none(client: Client, operator: User) -> None:
    client.force_login(operator)
    assert client.get(f"{LIST}add/").status_code == 403


def test_a_stranger_is_asked_to_log_in(client: Client) -> None:
    assert client.get(f"{LIST}add/").status_code == 302


def test_a_stored_token_cannot_be_edited(client: Client, root: User) -> None:
    make_token(root)
    token = ApiToken.objects.get()
    client.post(f"{LIST}{token.pk}/change/", {"name": "x", "scope": "operate"})
    assert ApiToken.objects.get().scope == "read"


def test_a_revoked_token_opens_nothing(client: Client, root: User) -> None:
    secret = make_token(root)
    token = ApiToken.objects.get()
    client.post(LIST, {"action": "revoke", "_selected_action": [token.pk]})
    with pytest.raises(BadTokenError):
        check_token(secret, address="10.0.0.1")


def test_revoking_needs_the_permission(client: Client, viewer: User) -> None:
    make_token(viewer)
    allow(viewer, "view")
    client.force_login(viewer)
    client.post(LIST, {"action": "revoke", "_selected_action": [ApiToken.objects.get().pk]})
    assert ApiToken.objects.get().revoked_at is None
