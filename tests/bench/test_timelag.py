"""The benchmark of time lags, short: each method is compared to what records are stamped with."""

import pytest

from bench.timelag import TRAFFICS, measure


@pytest.mark.apache_kafka
@pytest.mark.timeout(60)
def test_every_method_is_measured_on_every_traffic(bootstrap_servers: str) -> None:
    found = measure(bootstrap_servers, seconds=16, interval=0.5)
    assert found["errors"].keys() == set(TRAFFICS)
    for traffic, methods in found["errors"].items():
        assert methods.keys() == {"timeline", "broker", "two_samples", "consumer_rate"}
        assert methods["timeline"]["samples"] >= 10
        # What was watched is known to within the time between two samples, and a slow machine.
        assert methods["timeline"]["p95"] < 3, traffic
    # Nobody can say anything by the produce rate once nothing is produced.
    assert found["errors"]["stopping"]["two_samples"]["unknown"] > 0
    assert found["errors"]["stopping"]["timeline"]["unknown"] <= 1
