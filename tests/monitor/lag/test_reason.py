import pytest

from monitor.lag.reason import Facts, sentence
from monitor.values import Status

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
    (Facts(Status.OK, 3, 3, 0, 10, grew=False), "Caught up."),
    (Facts(Status.OK, 3, 3, 1, 10, grew=False), "Lag falls at times, now 1 record."),
    (Facts(Status.UNKNOWN, 0, 0, 0, 0, grew=False), "It has committed nothing."),
    (
        Facts(Status.UNKNOWN, 0, 0, 0, 0, grew=False, problem="access is denied"),
        "Access is denied.",
    ),
]


@pytest.mark.parametrize(("facts", "expected"), CASES)
def test_a_reason_is_a_sentence_with_its_numbers(facts: Facts, expected: str) -> None:
    assert sentence(facts) == expected
