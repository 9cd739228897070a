"""The process of one declared consumer."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError, CommandParser

from highwater_events import conf
from highwater_events.broker.confluent import ConfluentBroker
from highwater_events.commands import database_scopes, declared_consumer, serve_own_metrics
from highwater_events.consumer import ConsumerRunner
from highwater_events.errors import HighwaterEventsError
from highwater_events.inbox_upkeep import forget_in_background
from highwater_events.shutdown import stop_on_signals
from highwater_events.spec import ConsumerSpec, Stop


class Command(BaseCommand):
    help = "Run the consumer NAME until SIGTERM; then it drains, commits and leaves its group."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help=f"A key of {conf.SETTING}['CONSUMERS'].")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        stop = stop_on_signals()
        try:
            spec = declared_consumer(name)
            serve_own_metrics()
            forget_in_background(stop, timedelta(hours=conf.load().INBOX_RETENTION_HOURS))
            self.run(spec, stop)
        except (ImproperlyConfigured, HighwaterEventsError) as problem:
            raise CommandError(str(problem)) from problem

    def run(self, spec: ConsumerSpec, stop: Stop) -> None:
        """Work until `stop` is set."""
        broker = ConfluentBroker(conf.load().broker_properties())
        ConsumerRunner(spec, broker, scopes=database_scopes()).run(stop)
