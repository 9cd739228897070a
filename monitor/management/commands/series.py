"""`manage.py series verify`: whether what is sealed is whole."""

from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from monitor.series.verify import verify
from monitor.ticks import database_time

_FIRST = datetime(2000, 1, 1, tzinfo=UTC)


class Command(BaseCommand):
    help = (
        "Check stored series. `verify` decodes every sealed block and compares it with its "
        "summary, and with the open rows while both exist. Exits with 1 if anything differs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        check = actions.add_parser("verify", help="decode and compare sealed hours")
        check.add_argument("--hours", type=int, metavar="N", help="only the last N hours")

    def handle(self, *_: Any, **options: Any) -> None:
        now, hours = database_time(), options["hours"]
        if hours is not None and hours < 1:
            raise CommandError("--hours must be 1 or more.")
        found = verify(now - timedelta(hours=hours) if hours else _FIRST, now)
        for problem in found.problems:
            self.stderr.write(problem)
        self.stdout.write(
            f"{found.hours} sealed hours, {found.blocks} blocks, {found.samples} samples; "
            f"{found.open_samples} of them compared with open rows: "
            f"{len(found.problems) or 'no'} problem{'' if len(found.problems) == 1 else 's'}"
        )
        if found.problems:
            raise CommandError("Sealed series are not whole; see above.")
