from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from highwater_events.errors import BrokerUnreachableError, EnvelopeError, RouterError
from highwater_events.retries import Backoff, Decision, RetryPolicy, Rule, Verdict

POLICY = RetryPolicy(
    rules={
        LookupError: Rule(max_attempts=2, then=Verdict.SKIP),
        KeyError: Rule(max_attempts=1),
    },
    default=Rule(max_attempts=3, backoff=Backoff(1.0, 3.0, 5.0)),
)


def decide(error: Exception, attempt: int = 1, outages: int = 0) -> Decision:
    return POLICY.decide(error, attempt=attempt, outages=outages)


CASES = [
    # 1 the default rule, its delays growing up to the bound
    (ValueError(), 1, Decision(Verdict.RETRY, 1.0)),
    (ValueError(), 2, Decision(Verdict.RETRY, 3.0)),
    # 2 and its end
    (ValueError(), 3, Decision(Verdict.DEAD_LETTER)),
    # 3 a rule holds for subclasses, and says how it ends
    (IndexError(), 1, Decision(Verdict.RETRY, 0.5)),
    (IndexError(), 2, Decision(Verdict.SKIP)),
    # 4 the most specific rule wins
    (KeyError(), 1, Decision(Verdict.DEAD_LETTER)),
    # 5 bytes that carry no event will carry none the next time
    (EnvelopeError(), 1, Decision(Verdict.DEAD_LETTER)),
    (RouterError(), 1, Decision(Verdict.DEAD_LETTER)),
    # 6 an outage is waited out, whatever the attempt
    (BrokerUnreachableError(), 99, Decision(Verdict.RETRY, 0.2, is_outage=True)),
]


@pytest.mark.parametrize(("error", "attempt", "expected"), CASES)
def test_the_policy_decides(error: Exception, attempt: int, expected: Decision) -> None:
    assert decide(error, attempt) == expected


def test_outages_are_asked_about_less_and_less_often() -> None:
    assert decide(BrokerUnreachableError(), outages=3).delay_seconds == pytest.approx(1.6)
    assert decide(BrokerUnreachableError(), outages=10_000).delay_seconds == 5.0


def test_a_service_may_retry_what_is_hopeless_by_default() -> None:
    policy = RetryPolicy(rules={EnvelopeError: Rule(max_attempts=2)})
    assert policy.decide(EnvelopeError(), attempt=1, outages=0).verdict is Verdict.RETRY


@given(
    st.builds(
        Backoff,
        first_seconds=st.floats(0.01, 10),
        factor=st.floats(1, 10),
        longest_seconds=st.floats(10, 100),
    )
)
def test_delays_never_shrink_and_never_pass_the_bound(backoff: Backoff) -> None:
    delays = [backoff.delay_seconds(failures) for failures in range(1, 200)]
    assert all(first <= second for first, second in pairwise(delays))
    assert delays[0] == backoff.first_seconds
    assert delays[-1] <= backoff.longest_seconds
