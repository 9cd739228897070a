"""The benchmark at a small size: that it measures what it says."""

from bench.judge import measure


def test_windows_are_full_and_of_every_kind() -> None:
    found = measure(6_000, 1)
    assert (found["group_partitions"], found["samples_a_window"]) == (6_000, 10)
    statuses = found["statuses"]
    assert isinstance(statuses, dict)
    assert sum(statuses.values()) == 6_000
    every = ("OK", "WARN", "STALL", "STOP", "REWIND", "LOSING")
    assert all(statuses[status] > 0 for status in every)
    assert found["held_back"]
