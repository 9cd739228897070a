from io import StringIO

import pytest
from django.core.management import call_command
from pytest_django import Settings

from monitor.configure import configure
from monitor.models import AuditEntry, Cluster, OutboxSource

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _environment(settings: Settings) -> None:
    settings.HIGHWATER_KAFKA = "127.0.0.1:9092"
    settings.HIGHWATER_DEMO_OUTBOX = "env:HIGHWATER_SECRET_SHOP_DSN"


def test_a_migration_makes_the_first_cluster_and_outbox() -> None:
    call_command("migrate", stdout=StringIO())
    cluster, source = Cluster.objects.get(), OutboxSource.objects.get()
    assert (cluster.name, cluster.bootstrap_servers) == ("local", "127.0.0.1:9092")
    assert cluster.environment == "development"
    assert (source.name, source.dsn_reference) == ("shop", "env:HIGHWATER_SECRET_SHOP_DSN")
    assert source.table_name == "highwater_events_outbox"


def test_a_second_run_changes_nothing() -> None:
    configure()
    configure()
    assert Cluster.objects.count() == OutboxSource.objects.count() == 1
    assert AuditEntry.objects.filter(via="setup").count() == 2


def test_an_empty_environment_makes_nothing(settings: Settings) -> None:
    settings.HIGHWATER_KAFKA = settings.HIGHWATER_DEMO_OUTBOX = ""
    configure()
    assert not Cluster.objects.exists()
    assert not OutboxSource.objects.exists()


def test_a_new_address_in_the_environment_is_followed(settings: Settings) -> None:
    configure()
    for address in ("127.0.0.1:9093", "127.0.0.1:9094"):
        settings.HIGHWATER_KAFKA = address
        configure()
    assert Cluster.objects.get().bootstrap_servers == "127.0.0.1:9094"


def test_what_an_administrator_changed_is_not_overwritten(settings: Settings) -> None:
    configure()
    Cluster.objects.update(name="mine", bootstrap_servers="kafka:9092", environment="production")
    settings.HIGHWATER_KAFKA = "127.0.0.1:9093"
    configure()
    cluster = Cluster.objects.get()
    assert (cluster.name, cluster.bootstrap_servers) == ("mine", "kafka:9092")
    assert cluster.environment == "production"


def test_a_renamed_row_still_follows_the_environment(settings: Settings) -> None:
    configure()
    OutboxSource.objects.update(name="mine")
    settings.HIGHWATER_DEMO_OUTBOX = "file:shop-dsn"
    configure()
    source = OutboxSource.objects.get()
    assert (source.name, source.dsn_reference) == ("mine", "file:shop-dsn")


def test_what_an_administrator_deleted_never_comes_back(settings: Settings) -> None:
    configure()
    Cluster.objects.all().delete()
    OutboxSource.objects.all().delete()
    settings.HIGHWATER_KAFKA = "127.0.0.1:9093"
    configure()
    assert not Cluster.objects.exists()
    assert not OutboxSource.objects.exists()


def test_a_row_of_that_name_that_somebody_else_made_stays_as_it_is() -> None:
    Cluster.objects.create(name="local", bootstrap_servers="kafka:9092")
    configure()
    assert Cluster.objects.get().bootstrap_servers == "kafka:9092"


def test_malformed_servers_make_no_cluster(settings: Settings) -> None:
    settings.HIGHWATER_KAFKA = "nonsense"
    configure()
    assert not Cluster.objects.exists()
