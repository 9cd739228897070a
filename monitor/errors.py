"""Errors of the monitor; each message says what to do.

MonitorError
+-- ConfigurationError          a cluster, source or setting is wrong: fix it and try again
|   +-- SecretNotFoundError     a reference points to nothing, or outside what may be read
+-- ClusterUnreachableError     no broker answers; recovers by itself
+-- NotToldError                this broker does not tell what was asked
+-- SourceUnreachableError      an outbox database does not answer; recovers by itself
+-- NotFoundError               no such cluster, group, topic, outbox or replay
+-- NotHonouredError            a client cannot do what a cluster's properties or brokers need
+-- MalformedAnswerError        a broker's answer ends too early, or is against the protocol
+-- BlockError                  a sealed block cannot be read: damaged, or of a newer version
+-- SealError                   an hour of samples cannot be sealed; its open rows stay
+-- AcknowledgementError        a loss cannot be acknowledged as asked
+-- ReplayError                 a replay cannot be planned or run as asked
    +-- PlanRefusedError        the plan would be unsafe or impossible; says why
    +-- StalePlanError          the world moved since the plan; plan again
    +-- MoveNotAllowedError     the replay's state does not allow this step
    +-- FencedError             another worker took this run over; stop quietly
    +-- RecordsGoneError        records of the range were deleted before they could be read
    +-- RecordRefusedError      the target refuses a record; sending it again would not help
"""

from collections.abc import Sequence


class MonitorError(Exception):
    """Base of all errors that the monitor raises on purpose."""


class ConfigurationError(MonitorError):
    """A cluster, source or setting is wrong."""


class SecretNotFoundError(ConfigurationError):
    """A secret's reference points to nothing, or outside what may be read."""


class ClusterUnreachableError(MonitorError):
    """No broker answers in time, or none that coordinates the group."""


class NotToldError(MonitorError):
    """This broker does not tell what was asked."""


class SourceUnreachableError(MonitorError):
    """An outbox database does not answer in time."""


class NotFoundError(MonitorError):
    """No such cluster, group, topic, outbox or replay."""


class NotHonouredError(MonitorError):
    """This client, or this broker, cannot be read in bulk; the message says why."""


class MalformedAnswerError(MonitorError):
    """A broker's answer ends too early, or holds what the protocol does not allow."""


class BlockError(MonitorError):
    """A sealed block is damaged, or was written by a newer version."""


class SealError(MonitorError):
    """An hour of samples cannot be sealed; its open rows stay and are read as before."""


class AcknowledgementError(MonitorError):
    """There is no such loss to acknowledge, or the request is not complete.

    `field` names what of the request has to change, where it is one thing.
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class ReplayError(MonitorError):
    """A replay cannot be planned or run as asked."""


class PlanRefusedError(ReplayError):
    """The plan would be unsafe or impossible.

    `field` names what of the request has to change, where it is one thing.
    """

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class StalePlanError(ReplayError):
    """Offsets, members or log bounds moved since the plan was made.

    `differences` says what moved, a sentence each; they are part of the message too.
    """

    def __init__(self, headline: str, differences: Sequence[str] = ()) -> None:
        super().__init__(" ".join((headline, *differences)))
        self.headline = headline
        self.differences = tuple(differences)


class MoveNotAllowedError(ReplayError):
    """The replay's state does not allow this step."""


class FencedError(ReplayError):
    """Another worker took this run over."""


class RecordsGoneError(ReplayError):
    """Records of the range were deleted before they could be read."""


class RecordRefusedError(ReplayError):
    """The target refuses a record for good."""
