"""A cluster that asks who is there, sampled by the product's own tick."""

import logging
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone

from monitor.lag.collect import collect
from monitor.models import Cluster, ClusterState, Group, Tick
from tests.monitor.kafka.own_broker import PASSWORD, SECRET, USER, SaslBroker, broker_with_lag

pytestmark = [pytest.mark.django_db, pytest.mark.kafka_jars, pytest.mark.timeout(120)]

MECHANISMS = ("PLAIN", "SCRAM-SHA-256")
WRONG_PASSWORD = "not-the-sesame-17"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SaslBroker]:
    with broker_with_lag(tmp_path_factory.mktemp("sasl")) as started:
        yield started


def make_cluster(broker: SaslBroker, **properties: str) -> Cluster:
    login = {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.username": USER,
        "sasl.password": f"env:{SECRET}",
    }
    return Cluster.objects.create(
        name="guarded",
        bootstrap_servers=broker.sasl_servers,
        properties=login | properties,
        sample_interval_seconds=10,
    )


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_lag_is_sampled_with_the_password_that_the_environment_holds(
    broker: SaslBroker, mechanism: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, PASSWORD)
    cluster = make_cluster(broker, **{"sasl.mechanism": mechanism})
    assert collect(cluster.pk) is Tick.State.DONE
    group = Group.objects.get(cluster=cluster, name="billing")
    assert (group.lag, group.partitions, group.unknown_partitions) == (4, 1, 0)


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_wrong_password_is_said_in_time_and_never_shown(
    broker: SaslBroker,
    mechanism: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv(SECRET, WRONG_PASSWORD)
    cluster = make_cluster(broker, **{"sasl.mechanism": mechanism})
    began = time.monotonic()
    with caplog.at_level(logging.DEBUG):
        assert collect(cluster.pk) is Tick.State.FAILED
    assert time.monotonic() - began < 10  # within one interval
    state = ClusterState.objects.get(cluster=cluster)
    assert state.unreachable_since is not None
    assert "authentication" in state.last_error.lower()
    assert WRONG_PASSWORD not in state.last_error + str([vars(line) for line in caplog.records])
    assert not Group.objects.filter(cluster=cluster).exists()


def test_a_corrected_password_brings_the_cluster_back(
    broker: SaslBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SECRET, WRONG_PASSWORD)
    cluster = make_cluster(broker, **{"sasl.mechanism": "PLAIN"})
    now = timezone.now()
    assert collect(cluster.pk, clock=lambda: now) is Tick.State.FAILED
    monkeypatch.setenv(SECRET, PASSWORD)
    next_slot = now + timedelta(seconds=10)
    assert collect(cluster.pk, clock=lambda: next_slot) is Tick.State.DONE
    assert ClusterState.objects.get(cluster=cluster).unreachable_since is None


def over_tls(broker: SaslBroker, monkeypatch: pytest.MonkeyPatch, **properties: str) -> Cluster:
    monkeypatch.setenv(SECRET, PASSWORD)
    guarded = {"security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-256"}
    cluster = make_cluster(broker, **guarded, **properties)
    cluster.bootstrap_servers = broker.sasl_ssl_servers
    cluster.save(update_fields=["bootstrap_servers"])
    return cluster


def test_lag_is_sampled_over_tls_with_the_authority_that_the_cluster_names(
    broker: SaslBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = over_tls(broker, monkeypatch, **{"ssl.ca.pem": broker.certificate})
    assert collect(cluster.pk) is Tick.State.DONE
    assert Group.objects.get(cluster=cluster, name="billing").lag == 4


def test_a_broker_whose_certificate_nobody_vouches_for_is_refused(
    broker: SaslBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = over_tls(broker, monkeypatch)
    assert collect(cluster.pk) is Tick.State.FAILED
    assert "certificate verify failed" in ClusterState.objects.get(cluster=cluster).last_error
