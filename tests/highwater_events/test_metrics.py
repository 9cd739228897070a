import urllib.request

from prometheus_client import generate_latest

from highwater_events import metrics


def test_every_metric_is_declared_once_with_a_sentence() -> None:
    names = [declared.name for declared in metrics.DECLARED]
    assert len(names) == len(set(names))
    assert all(declared.help.endswith(".") for declared in metrics.DECLARED)


def test_the_declared_metrics_are_those_of_the_registry() -> None:
    kinds = {declared.name.removesuffix("_total"): declared.kind for declared in metrics.DECLARED}
    assert kinds == {family.name: family.type for family in metrics.REGISTRY.collect()}


def test_counters_follow_the_naming_of_prometheus() -> None:
    for declared in metrics.DECLARED:
        assert declared.name.endswith("_total") == (declared.kind == "counter")


def test_reasons_of_failure_are_there_before_the_first_failure() -> None:
    shown = generate_latest(metrics.REGISTRY).decode()
    assert 'highwater_events_relay_failed_total{reason="unreachable"}' in shown


def test_what_is_not_known_is_not_shown() -> None:
    metrics.CONSUMER_LAG.clear()
    shown = generate_latest(metrics.REGISTRY).decode()
    assert "highwater_events_consumer_lag{" not in shown


def test_the_registry_is_served_on_a_port(free_port: int) -> None:
    metrics.serve_metrics(free_port)
    with urllib.request.urlopen(f"http://127.0.0.1:{free_port}/metrics") as answer:
        assert b"highwater_events_relay_lease_conflicts_total" in answer.read()


def test_port_zero_serves_nothing() -> None:
    metrics.serve_metrics(0)
