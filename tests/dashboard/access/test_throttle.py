from dashboard.access.throttle import FailureWindow


def window(**limits: int) -> FailureWindow:
    return FailureWindow(**{"limit": 2, "window_seconds": 60} | limits)


def test_nobody_waits_below_the_limit() -> None:
    failures = window()
    failures.add("10.0.0.1", 0)
    assert failures.wait_seconds("10.0.0.1", 1) == 0


def test_at_the_limit_one_waits_until_the_oldest_failure_is_old_enough() -> None:
    failures = window()
    failures.add("10.0.0.1", 0)
    failures.add("10.0.0.1", 10)
    assert failures.wait_seconds("10.0.0.1", 15) == 45
    assert failures.wait_seconds("10.0.0.1", 60) == 0


def test_addresses_do_not_wait_for_each_other() -> None:
    failures = window(limit=1)
    failures.add("10.0.0.1", 0)
    assert failures.wait_seconds("10.0.0.2", 1) == 0


def test_memory_is_bounded_and_keeps_those_who_failed_last() -> None:
    failures = window(limit=1, keys_max=2)
    for address in ("a", "b", "a", "c"):
        failures.add(address, 0)
    assert [failures.wait_seconds(address, 1) > 0 for address in "abc"] == [True, False, True]


def test_failures_can_be_forgotten() -> None:
    failures = window(limit=1)
    failures.add("10.0.0.1", 0)
    failures.clear()
    assert failures.wait_seconds("10.0.0.1", 0) == 0
