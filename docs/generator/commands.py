"""`docs/commands.md`: the management commands and their arguments."""

import argparse
from importlib import import_module
from pathlib import Path

from django.core.management import find_commands
from django.core.management.base import BaseCommand

from docs.generator.markdown import document, section, table

OWNERS = ("monitor", "highwater_events")
COMMON = set(vars(BaseCommand().create_parser("", "").parse_args([]))) | {"help", "version"}


def page() -> str:
    return document(
        "Commands",
        "Run as `python manage.py NAME`; Django's own are there too. All exit with 0 when done, "
        "else with another code and a sentence.",
        *(_command(owner, name) for owner, name in names()),
    )


def names() -> list[tuple[str, str]]:
    """Each command with the app that it comes from."""
    return [(owner, name) for owner in OWNERS for name in sorted(find_commands(_folder(owner)))]


def _folder(owner: str) -> str:
    return str(Path(str(import_module(owner).__file__)).parent / "management")


def _command(owner: str, name: str) -> str:
    command = import_module(f"{owner}.management.commands.{name}").Command()
    parser = command.create_parser("manage.py", name)
    verbs = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    blocks = [str(command.help), _arguments(parser)]
    for verb in verbs:
        blocks += _verbs(name, verb)
    return section(f"manage.py {name}", *blocks)


def _verbs(name: str, verb: "argparse._SubParsersAction[argparse.ArgumentParser]") -> list[str]:
    helps = {choice.dest: choice.help or "" for choice in verb._choices_actions}
    return [
        section(f"manage.py {name} {choice}", helps.get(choice, ""), *_deeper(name, choice, parser))
        for choice, parser in verb.choices.items()
    ]


def _deeper(name: str, choice: str, parser: argparse.ArgumentParser) -> list[str]:
    blocks = [_arguments(parser)]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            blocks += _verbs(f"{name} {choice}", action)
    return blocks


def _arguments(parser: argparse.ArgumentParser) -> str:
    rows = [
        (f"`{_written(action)}`", action.help or "")
        for action in parser._actions
        if action.dest not in COMMON and not isinstance(action, argparse._SubParsersAction)
    ]
    return table(("argument", "what"), rows)


def _written(action: argparse.Action) -> str:
    value = action.metavar or (action.dest.upper() if action.nargs != 0 else "")
    if action.choices:
        value = "|".join(map(str, action.choices))
    if isinstance(value, tuple):
        value = " ".join(value)
    return " ".join(part for part in (", ".join(action.option_strings), value) if part)
