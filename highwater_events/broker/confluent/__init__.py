"""The adapter to a real broker, by librdkafka. The only place of the toolkit that imports it.

It may not decide anything about events: it maps calls, callbacks and errors to the port.
"""

from highwater_events.broker.confluent.broker import ConfluentBroker

__all__ = ["ConfluentBroker"]
