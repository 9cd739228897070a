import pytest

from monitor.lag.reason import Facts, duration, sentence
from monitor.values import LossBy, Status

CASES = [
    (
        Facts(Status.WARN, 1, 1, 1204, 10, grew=True),
        "Lag grew in each of the last 10 samples, now 1,204 records.",
    ),
    (
        Facts(Status.WARN, 12, 3, 1204, 4, grew=False),
        "3 of 12 partitions: lag has not fallen in the last 4 samples, now 1,204 records.",
    ),
    (
        Facts(Status.STALL, 12, 2, 1204, 10, grew=False),
        "2 of 12 partitions: the committed offset has not moved in the last 10 samples, "
        "lag 1,204 records.",
    ),
    (
        Facts(Status.STALL, 1, 1, 1, 2, grew=False),
        "The committed offset has not moved in the last 2 samples, lag 1 record.",
    ),
    (
        Facts(Status.STOP, 1, 1, 1204, 10, grew=True),
        "Nobody has committed in the last 10 samples, lag 1,204 records.",
    ),
    (
        Facts(Status.REWIND, 3, 1, 90, 10, grew=False),
        "1 of 3 partitions: the committed offset went back and has not reached again where it "
        "was, lag 90 records.",
    ),
    (
        Facts(Status.UNKNOWN, 2, 2, 0, 0, grew=False, unreadable=2, problem="access is denied"),
        "2 of 2 partitions: lag is unknown, access is denied.",
    ),
    (
        Facts(Status.UNKNOWN, 1, 1, 0, 0, grew=False, unreadable=1),
        "1 of 1 partition: lag is unknown, the partition cannot be read.",
    ),
    (
        Facts(Status.UNKNOWN, 3, 1, 0, 0, grew=False, without_commit=1),
        "1 of 3 partitions: lag is unknown, nothing is committed.",
    ),
    (
        Facts(Status.UNKNOWN, 3, 3, 9, 1, grew=False),
        "3 of 3 partitions: lag cannot be judged yet, there are too few samples.",
    ),
    (
        Facts(Status.WARN, 2, 1, 90, 10, grew=False, held_back=1, usual_gap_ms=189_287),
        "1 of 2 partitions: the committed offset has not moved in the last 10 samples, "
        "lag 90 records; held back: it usually commits within 3 min.",
    ),
    (
        Facts(Status.WARN, 2, 2, 90, 10, grew=False, held_back=1, usual_gap_ms=189_287),
        "2 of 2 partitions: lag has not fallen in the last 10 samples, now 90 records.",
    ),
    (
        Facts(Status.TRUNCATED, 1, 1, 0, 10, grew=False),
        "The committed offset lies beyond the log end: the topic was made anew or cut.",
    ),
    (
        Facts(Status.LOSING, 1, 1, 9, 10, grew=False, lost=12_345),
        "12,345 records were deleted before they were read, lag 9 records.",
    ),
    (
        Facts(Status.LOSING, 3, 1, 9, 10, grew=False, lost=1, loss_seconds=60),
        "1 of 3 partitions: 1 record was deleted before it was read, lag 9 records.",
    ),
    (
        Facts(Status.LOSING, 1, 1, 9, 10, grew=False, loss_seconds=2400),
        "Retention may delete unread records in 40 min at the earliest, lag 9 records.",
    ),
    (
        Facts(Status.LOSING, 1, 1, 9, 10, grew=False, loss_seconds=2400, loss_by=LossBy.TIME),
        "Retention by time may delete unread records in 40 min at the earliest, lag 9 records.",
    ),
    (
        Facts(Status.LOSING, 1, 1, 9, 10, grew=False, loss_seconds=2400, loss_by=LossBy.SIZE),
        "Retention by size may delete unread records in 40 min at the earliest, lag 9 records.",
    ),
    (
        Facts(Status.LOSING, 1, 1, 9, 10, grew=False, loss_seconds=2400, loss_by=LossBy.ABOUT_SIZE),
        "Retention by size may delete unread records in about 40 min at the earliest, "
        "lag 9 records.",
    ),
    (
        Facts(Status.ABANDONED, 3, 3, 9, 10, grew=False, unused_ms=26 * 3_600_000),
        "No member is there, and no commit has moved for 26 h.",
    ),
    (
        Facts(Status.ABANDONED, 0, 0, 0, 0, grew=False, unused_ms=9 * 86_400_000),
        "No member is there, and no commit has moved for 9 days.",
    ),
    (Facts(Status.OK, 3, 3, 0, 10, grew=False), "Caught up."),
    (
        Facts(Status.OK, 3, 3, 1, 10, grew=False, behind=1),
        "Lag falls at times, now 1 record.",
    ),
    (Facts(Status.OK, 3, 3, 1, 10, grew=False), "Caught up: a lag of 1 record is allowed."),
    (Facts(Status.UNKNOWN, 0, 0, 0, 0, grew=False), "It has committed nothing."),
    (
        Facts(Status.UNKNOWN, 0, 0, 0, 0, grew=False, problem="access is denied"),
        "Access is denied.",
    ),
]


@pytest.mark.parametrize(("facts", "expected"), CASES)
def test_a_reason_is_a_sentence_with_its_numbers(facts: Facts, expected: str) -> None:
    assert sentence(facts) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0 s"),
        (95, "95 s"),
        (179, "179 s"),
        (180, "3 min"),
        (900, "15 min"),
        (10_799, "180 min"),
        (10_800, "3 h"),
        (259_200, "3 days"),
        (86_400_000, "1,000 days"),
    ],
)
def test_a_duration_has_three_or_more_of_its_unit(seconds: int, expected: str) -> None:
    assert duration(seconds * 1000) == expected
