"""Creates the topics and writes the shop's past."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from demo.shop.seeding import seed
from highwater_events import conf
from highwater_events.broker.confluent import ConfluentBroker
from highwater_events.errors import BrokerError


class Command(BaseCommand):
    help = "Create the shop's topics and write orders of the last hours. Repeating changes nothing."
    requires_migrations_checks = True

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            written = seed(ConfluentBroker(conf.load().broker_properties()), timezone.now())
        except BrokerError as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{written} past orders written." if written else "Seeded already.")
