"""The relay, under the name that the demo gives it."""

from highwater_events.management.commands.relay_outbox import Command as RelayOutbox


class Command(RelayOutbox):
    pass
