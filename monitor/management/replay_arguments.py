"""The arguments of `manage.py replay`, and the requests that they make."""

import argparse
from typing import Any

from monitor.management.shell import add_actor
from monitor.replay.requests import (
    Partitioning,
    RepublishRequest,
    RewindRequest,
    RewindTo,
    Timestamps,
    parse_partitions,
    parse_topics,
)
from monitor.replay.state import State

MOST_LISTED = 1000

REWIND_HELP = """Plan to move the committed offsets of a group whose consumers are stopped.
Nothing moves until the plan is run."""
REPUBLISH_HELP = """Plan to copy a range of records to the same or another topic. No group's offsets
move. Nothing is written until the plan is run; what was written cannot be undone."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """All subcommands."""
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    _add_plan(steps.add_parser("plan", help="Store what a replay would do; nothing is done yet."))
    listing = steps.add_parser("list", help="List the newest replays.")
    listing.add_argument(
        "--state", type=str.upper, choices=[state.value for state in State], help="Only these."
    )
    listing.add_argument(
        "--limit",
        type=_how_many,
        default=20,
        metavar="N",
        help=f"How many, at most {MOST_LISTED} (default: 20).",
    )
    _add_common(listing)
    _add_step(steps, "show", "Show one replay with its partitions and audit trail.")
    run = _add_step(steps, "run", "Run a plan. A worker takes it within about a second.")
    run.add_argument(
        "--plan-hash",
        required=True,
        metavar="HASH",
        help="The hash that `plan` printed, or its first 8 characters: what you saw is what runs.",
    )
    _add_step(steps, "pause", "Pause a republish; what is copied stays copied.")
    _add_step(steps, "resume", "Go on where the pause stopped.")
    _add_step(steps, "cancel", "End a plan or run for good.")
    _add_step(
        steps,
        "export",
        "Print a plan as CSV: of a rewind topic,partition,offset, which kafka-consumer-groups "
        "reads with --from-file; of a republish topic,partition,from,to.",
    )


def rewind_request(options: dict[str, Any]) -> RewindRequest:
    return RewindRequest(
        group=options["group"],
        to=_rewind_to(options),
        topics=parse_topics(options["topic"]),
        offset=options["to_offset"],
        at=options["to_datetime"] or "",
        shift_by=options["shift_by"],
        confirm_stopped=options["confirm_stopped"],
    )


def republish_request(options: dict[str, Any]) -> RepublishRequest:
    return RepublishRequest(
        topic=options["topic"],
        target=options["to"],
        partitions=parse_partitions(options["partitions"]) if options["partitions"] else (),
        from_offset=options["from_offset"],
        to_offset=options["to_offset"],
        from_time=options["from_time"],
        to_time=options["to_time"],
        rate_limit_per_second=options["rate"],
        partitioning=Partitioning.KEY if options["by_key"] else Partitioning.KEEP,
        timestamps=Timestamps.RENEW if options["renew_timestamps"] else Timestamps.KEEP,
    )


def _how_many(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_LISTED:
        raise argparse.ArgumentTypeError(f"give a number from 1 to {MOST_LISTED}")
    return int(text)


def _rewind_to(options: dict[str, Any]) -> RewindTo:
    """The scenario; argparse has seen to it that exactly one is given."""
    if options["to_offset"] is not None:
        return RewindTo.OFFSET
    if options["to_datetime"] is not None:
        return RewindTo.DATETIME
    if options["shift_by"] is not None:
        return RewindTo.SHIFT_BY
    return RewindTo(options["to"])


def _add_plan(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    _add_rewind(verbs.add_parser("rewind", help=REWIND_HELP, description=REWIND_HELP))
    _add_republish(verbs.add_parser("republish", help=REPUBLISH_HELP, description=REPUBLISH_HELP))


def _add_rewind(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("group", help="The consumer group.")
    parser.add_argument(
        "--topic",
        action="append",
        default=[],
        metavar="TOPIC[:0,1]",
        help="Only this topic, or these of its partitions; repeatable. Without it: all partitions "
        "that the group has committed.",
    )
    to = parser.add_mutually_exclusive_group(required=True)
    to.add_argument("--to-earliest", dest="to", action="store_const", const="earliest")
    to.add_argument("--to-latest", dest="to", action="store_const", const="latest")
    to.add_argument("--to-offset", type=int, metavar="N", help="Clamped to what the log holds.")
    to.add_argument(
        "--to-datetime",
        metavar="TIME",
        help="First record at or after it: 2026-03-01T12:00:00Z; without a zone it is UTC.",
    )
    to.add_argument("--shift-by", type=int, metavar="N", help="Back with a number below zero.")
    parser.add_argument(
        "--confirm-stopped",
        default="",
        metavar="GROUP",
        help="The group's name again: its consumers are stopped, though the broker does not tell.",
    )
    _add_planning(parser)


def _add_republish(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("topic", help="The topic to copy from.")
    parser.add_argument("--to", default="", metavar="TOPIC", help="Default: the same topic.")
    parser.add_argument("--partitions", default="", metavar="0,1", help="Default: all of them.")
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--from-offset", type=int, metavar="N", help="Default: the log start.")
    start.add_argument("--from-time", default="", metavar="TIME")
    end = parser.add_mutually_exclusive_group()
    end.add_argument("--to-offset", type=int, metavar="N", help="Without it; default: the end now.")
    end.add_argument("--to-time", default="", metavar="TIME")
    parser.add_argument("--rate", type=int, metavar="N", help="At most so many records a second.")
    parser.add_argument(
        "--by-key",
        action="store_true",
        help="Choose partitions by key, for a target with fewer of them; default: keep numbers.",
    )
    parser.add_argument(
        "--renew-timestamps",
        action="store_true",
        help="Give copies the time of the copy; default: keep the records' times.",
    )
    _add_planning(parser)


def _add_planning(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cluster", metavar="NAME", help="Needed where there are several.")
    parser.add_argument("--reason", required=True, help="Why, for those who read of it later.")
    _add_common(parser)
    add_actor(parser)


def _add_step(steps: Any, name: str, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = steps.add_parser(name, help=text, description=text)
    parser.add_argument("replay", type=int, metavar="ID", help="The replay's number.")
    if name != "export":
        _add_common(parser)
    if name not in ("show", "export"):
        add_actor(parser)
    return parser


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="Print JSON.")
