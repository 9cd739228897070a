"""Errors of the toolkit.

HighwaterEventsError
+-- OutboxError               a row could not be written or claimed
|   +-- NotInTransactionError publish() was called outside a transaction
|   +-- PayloadError          the event can never become a record
+-- EnvelopeError             a record does not carry the event it should
+-- BrokerError               the broker, or the way to it
|   +-- BrokerUnreachableError   nobody answers; costs no attempt
|   +-- DeliveryError            one record was refused
|   +-- FencedError              another producer or member took over
+-- RouterError               no handler, or two for the same event type
"""


class HighwaterEventsError(Exception):
    """Base of all errors that the toolkit raises on purpose."""


class OutboxError(HighwaterEventsError):
    """A row could not be written or claimed."""


class NotInTransactionError(OutboxError):
    """publish() was called outside a transaction, so row and state could part."""


class PayloadError(OutboxError):
    """The event can never become a record: not JSON, too large, or badly named."""


class EnvelopeError(HighwaterEventsError):
    """A record does not carry the event it should."""


class BrokerError(HighwaterEventsError):
    """The broker, or the way to it, failed."""


class BrokerUnreachableError(BrokerError):
    """Nobody answers. Waiting is the only cure, so it costs no attempt."""


class DeliveryError(BrokerError):
    """One record was refused for good; sending it again would not help."""


class FencedError(BrokerError):
    """Another producer or member took this one's place."""


class RouterError(HighwaterEventsError):
    """An event type has no handler, or two."""
