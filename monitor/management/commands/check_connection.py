"""`manage.py check_connection`: what works on the way to a cluster, and what does not."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from monitor.kafka.probe.connection import connection_steps
from monitor.models import Cluster

_WORDS = {True: "ok", False: "FAILED", None: "unknown"}


class Command(BaseCommand):
    help = (
        "Test the connection to a cluster step by step: names, ports, certificates, log-in, and "
        "what its account may read. Exits with 1 if a step fails."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="The cluster's name.")

    def handle(self, *_: Any, **options: Any) -> None:
        cluster = Cluster.objects.filter(name=options["name"]).first()
        if cluster is None:
            raise CommandError(f"There is no cluster {options['name']}.")
        steps = connection_steps(cluster.bootstrap_servers, cluster.properties)
        for step in steps:
            self.stdout.write(f"{_WORDS[step.is_right]:<8} {step.name}: {step.said}")
        if any(step.is_right is False for step in steps):
            raise CommandError("A step failed; see above.")
