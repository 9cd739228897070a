"""`manage.py apply`: clusters and outboxes as `highwater.toml` declares them."""

import getpass
import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from monitor.declared.changes import Change, Outcome, apply, shown
from monitor.declared.read import read
from monitor.errors import ConfigurationError
from monitor.values import Actor

MOST_BYTES = 1_000_000
_SIGNS = {"add": "+", "change": "~", "delete": "-"}


class Command(BaseCommand):
    help = (
        "Make the clusters and outboxes what a file says: all of it, or nothing if it has an error."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", nargs="?", default="highwater.toml", help="Default: highwater.toml."
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Show what would change; change nothing."
        )
        parser.add_argument(
            "--prune",
            action="store_true",
            help="Delete the rows that the file does not name, with all that was sampled of them.",
        )

    def handle(self, *_: Any, **options: Any) -> None:
        is_dry_run = options["dry_run"]
        try:
            declared = read(_text(Path(options["file"])), file_name=options["file"])
            outcome = apply(
                declared,
                Actor(getpass.getuser(), None, "cli"),
                is_dry_run=is_dry_run,
                prunes=options["prune"],
            )
        except ConfigurationError as problem:
            raise CommandError(str(problem)) from None
        self.stdout.write("\n".join(_lines(outcome, is_dry_run=is_dry_run)))


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            found = file.read(MOST_BYTES + 1)
        if len(found) > MOST_BYTES:
            raise CommandError(f"{path} is longer than {MOST_BYTES} bytes.")
        return found.decode().replace("\r\n", "\n")
    except OSError as problem:
        raise CommandError(f"{path} cannot be read: {problem.strerror}.") from None
    except UnicodeDecodeError:
        raise CommandError(f"{path} is not UTF-8 text.") from None


def _lines(outcome: Outcome, *, is_dry_run: bool) -> Iterator[str]:
    for change in outcome.changes:
        yield f"{_SIGNS[change.action]} {change.kind.prefix} {change.name}"
        if change.action != "delete":
            yield from _differences(change)
    for kind, name in outcome.left_alone:
        yield f"  {kind.prefix} {name} is not in the file and left alone"
    count = len(outcome.changes)
    if not count:
        yield "Nothing to change."
    else:
        would = "would be changed" if is_dry_run else "changed"
        yield f"{count} {'row' if count == 1 else 'rows'} {would}."


def _differences(change: Change) -> Iterator[str]:
    before, after = shown(change.before), shown(change.after)
    for name, value in after.items():
        old = f"{json.dumps(before[name])} -> " if name in before else ""
        yield f"    {name}: {old}{json.dumps(value)}"
