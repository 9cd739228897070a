"""Which handler an event goes to, and what a handler is told."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from highwater_events.broker.base import Record
from highwater_events.envelope import Event
from highwater_events.errors import RouterError


@dataclass(frozen=True, slots=True)
class Context:
    """One attempt at one event.

    `attempt` counts from 1 and leaves out the attempts that an outage cost. `is_replay` says that
    an operator had this record written again.
    """

    event: Event
    record: Record
    attempt: int = 1
    is_replay: bool = False


Handler = Callable[[Context], None]


class Unknown(Enum):
    """What becomes of an event whose type has no handler."""

    IGNORE = "ignore"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Route:
    """A handler and whether it wants replayed events."""

    handler: Handler
    accepts_replays: bool = True


class Router:
    """Handlers by event type."""

    def __init__(self, *, unknown: Unknown = Unknown.IGNORE) -> None:
        self._routes: dict[str, Route] = {}
        self._unknown = unknown

    def on(self, *types: str, accepts_replays: bool = True) -> Callable[[Handler], Handler]:
        """Register the decorated handler; RouterError where a type has one already."""

        def register(handler: Handler) -> Handler:
            if not types:
                raise RouterError("on() needs at least one event type.")
            for event_type in types:
                self._add(event_type, Route(handler, accepts_replays))
            return handler

        return register

    def types(self) -> Iterable[str]:
        return self._routes.keys()

    def route(self, context: Context) -> Route | None:
        """Where `context` goes; None where it is to be passed over.

        Raises RouterError for an unknown type under `Unknown.FAIL`.
        """
        route = self._routes.get(context.event.type)
        if route is None and self._unknown is Unknown.FAIL:
            known = ", ".join(sorted(self._routes)) or "none"
            raise RouterError(
                f"No handler for event type {context.event.type!r}; handled are: {known}."
            )
        if route is None or (context.is_replay and not route.accepts_replays):
            return None
        return route

    def _add(self, event_type: str, route: Route) -> None:
        if event_type in self._routes:
            raise RouterError(f"Event type {event_type!r} has a handler already; it can have one.")
        self._routes[event_type] = route
