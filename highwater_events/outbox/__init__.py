"""The outbox: events written in the transaction that made them true, and the relay that sends them.

A service calls `publish.publish`. Nothing here knows a handler or a consumer group, and only the
relay talks to a broker, through the port.
"""
