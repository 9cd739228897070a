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


def test_moves_are_measured_from_the_first_sample_in_the_span() -> None:
    windows = Windows()
    for tick, (commit, end) in enumerate([(0, 100), (10, 200), (30, 260)]):
        push(windows, 1000 * tick, (1, commit, end - commit, end))
    consumed, produced, span = windows.moves(since_ms=1000)
    assert (consumed.tolist(), produced.tolist(), span.tolist()) == ([20], [60], [1000])


def test_a_rewind_consumes_nothing() -> None:
    windows = Windows()
    push(windows, 0, (1, 50, 0, 50))
    push(windows, 1000, (1, 10, 40, 50))
    consumed, produced, _ = windows.moves(since_ms=0)
    assert (consumed.tolist(), produced.tolist()) == ([0], [0])


def test_one_sample_has_no_span() -> None:
    windows = Windows()
    push(windows, 500, (1, 50, 0, 50))
    assert windows.moves(since_ms=0)[2].tolist() == [0]


def test_growing_differs_from_not_falling() -> None:
    windows = Windows()
    push(windows, 0, (1, 0, 5, 5), (2, 0, 5, 5))
    push(windows, 1, (1, 0, 6, 6), (2, 0, 5, 5))
    assert windows.grew_each_time().tolist() == [True, False]


def test_without_partitions_there_is_nothing_to_judge() -> None:
    nothing = np.empty(0, dtype=np.int64)
    windows = Windows()
    windows.push(Samples(nothing, nothing, nothing, nothing), 0)
    assert windows.statuses(nothing, nothing).tolist() == []
