import numpy as np

from monitor.lag.windows import LENGTH, Samples, Windows


def push(windows: Windows, time_ms: int, *rows: tuple[int, int, int, int]) -> None:
    """Each row: key, committed, lag, log end."""
    windows.push(Samples(*np.array(rows, dtype=np.int64).T), time_ms)


def test_a_partition_keeps_its_window_while_others_come_and_go() -> None:
    windows = Windows()
    push(windows, 0, (5, 10, 1, 11))
    push(windows, 1, (3, 10, 1, 11), (5, 10, 2, 12), (9, 1, 1, 2))
    push(windows, 2, (5, 10, 3, 13))
    assert windows.keys.tolist() == [5]
    assert windows.counts.tolist() == [3]


def test_a_window_holds_no_more_than_its_length() -> None:
    windows = Windows()
    for tick in range(2 * LENGTH):
        push(windows, tick, (1, tick, 1, tick + 1))
    assert windows.counts.tolist() == [LENGTH]


def test_an_unknown_commit_does_not_enter() -> None:
    windows = Windows()
    push(windows, 0, (1, 5, 1, 6))
    push(windows, 1, (1, -1, -1, 7))
    assert windows.counts.tolist() == [1]


def rates(*samples: tuple[int, int], since_ms: int = 0) -> list[float]:
    """Consumed and produced per second of one partition, a sample of commit and end a second."""
    windows = Windows()
    for tick, (commit, end) in enumerate(samples):
        push(windows, 1000 * tick, (1, commit, end - commit, end))
    return [float(column[0]) for column in windows.rates(since_ms)]


def test_rates_are_measured_from_the_first_sample_in_the_span() -> None:
    assert rates((0, 100), (10, 200), (30, 260), since_ms=1000) == [20, 60]


def test_a_rewind_consumes_nothing_and_what_comes_after_it_counts() -> None:
    assert rates((50, 50), (10, 50)) == [0, 0]
    assert rates((50, 50), (10, 50), (30, 50)) == [10, 0]


def test_one_sample_tells_no_rate() -> None:
    assert np.isnan(rates((50, 50))).all()


def test_an_unknown_log_end_at_either_end_of_the_span_makes_the_rate_unknown_not_zero() -> None:
    for samples in ([(0, -1), (5, 9)], [(0, 9), (5, -1)]):
        assert np.isnan(rates(*samples)).tolist() == [False, True]


def test_the_step_over_an_unknown_log_end_is_not_lost() -> None:
    assert rates((0, 10), (0, -1), (0, 30)) == [0, 10]


def test_rates_of_the_largest_offsets_do_not_wrap() -> None:
    most = 2**63 - 1
    assert rates((0, most), (most, most), (0, most), (most, most))[0] > 0


def test_growing_differs_from_not_falling() -> None:
    windows = Windows()
    push(windows, 0, (1, 0, 5, 5), (2, 0, 5, 5))
    push(windows, 1, (1, 0, 6, 6), (2, 0, 5, 5))
    assert windows.grew_each_time().tolist() == [True, False]


def test_without_partitions_there_is_nothing_to_judge() -> None:
    nothing = np.empty(0, dtype=np.int64)
    windows = Windows()
    windows.push(Samples(nothing, nothing, nothing, nothing), 0)
    assert windows.statuses(nothing, nothing, now_ms=0).tolist() == []
