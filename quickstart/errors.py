"""What ends a first run. Each message says what happened and what to do.

QuickstartError
    StateError           the state folder cannot be used
    PortOccupied         a port that has to be this one is taken
    ProgramFailed        a child ended, or never became ready
    BrokerUnavailable    the broker that was asked for cannot be had
"""


class QuickstartError(Exception):
    """Shown as one message, without a traceback; the process ends with code 1."""


class StateError(QuickstartError):
    """The state folder is in use, or is not one of ours."""


class PortOccupied(QuickstartError):
    """Another program listens where we have to."""


class ProgramFailed(QuickstartError):
    """A child that is needed has ended; the message shows the last lines of its log."""


class BrokerUnavailable(QuickstartError):
    """The broker that was asked for by name cannot be had on this machine."""
