import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from monitor.models import Cluster
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def cluster() -> Cluster:
    return Cluster.objects.create(name="prod", bootstrap_servers="127.0.0.1:1")


def address(cluster: Cluster, page: str = "test") -> str:
    return reverse(f"admin:monitor_cluster_{page}", args=[cluster.pk])


def log_in(client: Client, role: str, *, may_edit: bool = False) -> None:
    user = make_user("someone", role, is_staff=True)
    if may_edit:
        user.user_permissions.add(Permission.objects.get(codename="edit_connections"))
    client.force_login(user)


def test_an_editor_sees_which_step_fails(client: Client, cluster: Cluster) -> None:
    log_in(client, "operators", may_edit=True)
    assert address(cluster) in client.get(address(cluster, "change")).content.decode()
    answer = client.post(address(cluster)).content.decode()
    assert "127.0.0.1:1 does not accept" in answer
    assert "A step failed." in answer


def test_a_look_tests_nothing(client: Client, cluster: Cluster) -> None:
    log_in(client, "operators", may_edit=True)
    assert client.get(address(cluster)).status_code == 405


@pytest.mark.parametrize("role", ["operators", "viewers"])
def test_who_may_not_edit_connections_is_refused(
    client: Client, cluster: Cluster, role: str
) -> None:
    log_in(client, role)
    assert client.post(address(cluster)).status_code == 403
    assert "Test connection" not in client.get(address(cluster, "change")).content.decode()


def test_a_stranger_is_sent_to_log_in(client: Client, cluster: Cluster) -> None:
    answer = client.post(address(cluster))
    assert answer.status_code == 302
    assert "login" in answer["Location"]


def test_a_cluster_that_is_not_there_is_not_found(client: Client) -> None:
    log_in(client, "operators", may_edit=True)
    assert client.post("/admin/monitor/cluster/77/test/").status_code == 404
