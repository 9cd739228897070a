"""What to do after a handler failed: try again, set the record aside, or pass it over.

Pure: the attempt and the error come in, a decision goes out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from highwater_events.errors import BrokerUnreachableError, EnvelopeError, RouterError


class Verdict(Enum):
    """What happens next with the record."""

    RETRY = "retry"
    DEAD_LETTER = "dead_letter"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waiting times that grow by `factor` up to a bound."""

    first_seconds: float = 0.5
    factor: float = 2.0
    longest_seconds: float = 30.0

    def delay_seconds(self, failures: int) -> float:
        """How long to wait after the `failures`th failure in a row, counted from 1."""
        # The exponent is bounded: an outage of days must not overflow the float.
        grown = self.first_seconds * self.factor ** min(failures - 1, 64)
        return min(grown, self.longest_seconds)


@dataclass(frozen=True, slots=True)
class Rule:
    """How one kind of error is met: so many attempts, then `then`."""

    max_attempts: int = 5
    backoff: Backoff = field(default_factory=Backoff)
    then: Verdict = Verdict.DEAD_LETTER


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens next, after how long, and whether the failure counts as an attempt."""

    verdict: Verdict
    delay_seconds: float = 0.0
    is_outage: bool = False


def is_broker_outage(error: Exception) -> bool:
    return isinstance(error, BrokerUnreachableError)


# Reading the same bytes again finds the same fault, so these are not retried.
HOPELESS: Mapping[type[Exception], Rule] = {
    EnvelopeError: Rule(max_attempts=1),
    RouterError: Rule(max_attempts=1),
}


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Rules by exception class; the most specific class wins, `default` takes the rest.

    An outage (`is_outage`) is waited out for as long as it takes and costs no attempt: the record
    is not to blame.
    """

    rules: Mapping[type[Exception], Rule] = field(default_factory=dict)
    default: Rule = field(default_factory=Rule)
    is_outage: Callable[[Exception], bool] = is_broker_outage
    outage_backoff: Backoff = field(default_factory=lambda: Backoff(0.2, 2.0, 5.0))

    def decide(self, error: Exception, *, attempt: int, outages: int) -> Decision:
        """Decide after the `attempt`th attempt failed, and `outages` in a row before it."""
        if self.is_outage(error):
            delay = self.outage_backoff.delay_seconds(outages + 1)
            return Decision(Verdict.RETRY, delay, is_outage=True)
        rule = self._rule(type(error))
        if attempt >= rule.max_attempts:
            return Decision(rule.then)
        return Decision(Verdict.RETRY, rule.backoff.delay_seconds(attempt))

    def _rule(self, error_class: type[Exception]) -> Rule:
        for ancestor in error_class.__mro__:
            for rules in (self.rules, HOPELESS):
                if ancestor in rules:
                    return rules[ancestor]
        return self.default
