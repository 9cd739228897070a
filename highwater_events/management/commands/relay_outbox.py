from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DEFAULT_DB_ALIAS, connections

from highwater_events import conf
from highwater_events.broker.confluent import ConfluentBroker
from highwater_events.commands import serve_own_metrics
from highwater_events.errors import HighwaterEventsError
from highwater_events.outbox.relay import Relay
from highwater_events.shutdown import stop_on_signals


class Command(BaseCommand):
    help = "Publishes the outbox until SIGTERM. Several may run at once; they share out the work."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--database", default=DEFAULT_DB_ALIAS, help="alias of the database")
        parser.add_argument("--name", default="", help="name in the leases; made up by default")

    def handle(self, *args: Any, database: str, name: str, **options: Any) -> None:
        stop = stop_on_signals()
        if database not in connections:
            raise CommandError(f"There is no database {database!r} in DATABASES.")
        try:
            settings = conf.load()
            serve_own_metrics()
            broker = ConfluentBroker(settings.broker_properties())
            relay = Relay(broker, settings, stop, using=database, name=name)
        except (ImproperlyConfigured, HighwaterEventsError) as problem:
            raise CommandError(str(problem)) from problem
        relay.run()
