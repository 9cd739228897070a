"""What the toolkit's commands share: the declared consumer, its connections, its metrics port."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from django.core.exceptions import ImproperlyConfigured
from django.db import close_old_connections, connections
from django.utils.module_loading import import_string

from highwater_events import conf
from highwater_events.inbox import is_database_outage
from highwater_events.metrics import serve_metrics
from highwater_events.spec import ConsumerSpec, Scopes

BIND = "HIGHWATER_BIND"
METRICS_PORT = "HIGHWATER_METRICS_PORT"


def declared_consumer(name: str) -> ConsumerSpec:
    """The spec that settings declare as `name`, waiting out outages of the database as well.

    Raises ImproperlyConfigured, saying what is known or what the path leads to.
    """
    paths = conf.load().CONSUMERS
    if name not in paths:
        known = ", ".join(sorted(paths)) or "none"
        raise ImproperlyConfigured(
            f"There is no consumer {name!r}; {conf.SETTING}['CONSUMERS'] declares: {known}."
        )
    try:
        spec = import_string(paths[name])
    except ImportError as error:
        raise ImproperlyConfigured(f"Consumer {name!r} cannot be imported: {error}.") from error
    if not isinstance(spec, ConsumerSpec):
        raise ImproperlyConfigured(f"{paths[name]} is no ConsumerSpec but a {type(spec).__name__}.")
    return _waiting_for_the_database(spec)


def database_scopes() -> Scopes:
    """Each attempt starts with connections that work; each thread closes its own in the end."""
    return Scopes(thread=_closing_connections, attempt=_working_connections)


def metrics_port() -> int:
    """The port to serve metrics on, 0 for none. Raises ImproperlyConfigured for anything else."""
    text = os.environ.get(METRICS_PORT) or "0"
    if not text.isdecimal() or int(text) > 65_535:
        raise ImproperlyConfigured(f"{METRICS_PORT} is {text!r}; it must be a port, or 0 for none.")
    return int(text)


def serve_own_metrics() -> None:
    """Serve metrics where HIGHWATER_BIND and HIGHWATER_METRICS_PORT say.

    Raises ImproperlyConfigured where that cannot be.
    """
    address, port = os.environ.get(BIND) or "127.0.0.1", metrics_port()
    try:
        serve_metrics(port, address=address)
    except OSError as problem:
        raise ImproperlyConfigured(
            f"Metrics cannot be served on {address} port {port}: {problem.strerror}. Stop what uses"
            f" it, or choose others by {BIND} and {METRICS_PORT}."
        ) from problem


def _waiting_for_the_database(spec: ConsumerSpec) -> ConsumerSpec:
    declared = spec.retries.is_outage

    def is_outage(error: Exception) -> bool:
        return declared(error) or is_database_outage(error)

    return replace(spec, retries=replace(spec.retries, is_outage=is_outage))


@contextmanager
def _working_connections() -> Iterator[None]:
    # Nothing else closes them: outside of a request Django keeps a broken connection for ever.
    close_old_connections()
    try:
        yield
    finally:
        close_old_connections()


@contextmanager
def _closing_connections() -> Iterator[None]:
    try:
        yield
    finally:
        connections.close_all()
