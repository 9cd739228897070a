"""`manage.py replay`: plan, run and follow replays from a shell."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from monitor.errors import MonitorError
from monitor.management import replay_arguments, replay_output
from monitor.management.shell import actor_of, cluster_id_of
from monitor.models import Replay
from monitor.replay import actions
from monitor.replay.command_line import range_csv, reset_csv
from monitor.replay.rows import stored_rows

HASH_CHARACTERS = 8


class Command(BaseCommand):
    """Each step is a method named after it; what goes wrong is a sentence on stderr, exit 1."""

    help = "Plan, run and follow replays: rewind a consumer group, or republish records."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        replay_arguments.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        steps = {
            "plan": self._plan,
            "list": self._list,
            "show": self._show,
            "run": self._run,
            "pause": self._move,
            "resume": self._resume,
            "cancel": self._move,
            "export": self._export,
        }
        try:
            steps[options["step"]](options)
        except MonitorError as problem:
            raise CommandError(str(problem)) from None
        except OperationalError:
            raise CommandError("The database does not answer; see DATABASE_URL.") from None

    def _plan(self, options: dict[str, Any]) -> None:
        reason, cluster_id = options["reason"], cluster_id_of(options["cluster"])
        if options["verb"] == Replay.Verb.REWIND:
            rewind = replay_arguments.rewind_request(options)
            actor = actor_of(options["user"], actions.plan_permissions(rewind))
            replay = actions.plan_rewind(actor, cluster_id, rewind, reason=reason)
        else:
            republish = replay_arguments.republish_request(options)
            actor = actor_of(options["user"], actions.plan_permissions(republish))
            replay = actions.plan_republish(actor, cluster_id, republish, reason=reason)
        self._print(replay, options)

    def _list(self, options: dict[str, Any]) -> None:
        replays = Replay.objects.select_related("cluster")
        if options["state"]:
            replays = replays.filter(state=options["state"])
        newest = list(replays[: options["limit"]])
        if options["json"]:
            fields = [replay_output.replay_fields(replay) for replay in newest]
            self.stdout.write(replay_output.as_json(fields))
        else:
            self.stdout.write("\n".join(replay_output.list_lines(newest)))

    def _show(self, options: dict[str, Any]) -> None:
        replay = _replay(options["replay"])
        self._print(replay, options)
        if not options["json"]:
            self.stdout.write("\n" + "\n".join(replay_output.trail_lines(replay)))

    def _run(self, options: dict[str, Any]) -> None:
        replay = _replay(options["replay"])
        given = options["plan_hash"]
        is_seen = len(given) >= HASH_CHARACTERS and replay.plan_hash.startswith(given)
        actor = actor_of(options["user"], actions.run_permissions(replay))
        plan_hash = replay.plan_hash if is_seen else given
        self._tell(actions.run(actor, replay.pk, plan_hash=plan_hash), options)

    def _resume(self, options: dict[str, Any]) -> None:
        replay = _replay(options["replay"])
        actor = actor_of(options["user"], actions.run_permissions(replay))
        self._tell(actions.resume(actor, replay.pk), options)

    def _move(self, options: dict[str, Any]) -> None:
        step = {"pause": actions.pause, "cancel": actions.cancel}
        actor = actor_of(options["user"], (actions.RUN_PERMISSION,))
        self._tell(step[options["step"]](actor, options["replay"]), options)

    def _export(self, options: dict[str, Any]) -> None:
        replay = _replay(options["replay"])
        is_rewind = replay.verb == Replay.Verb.REWIND
        rows = stored_rows(replay)
        self.stdout.write(reset_csv(rows) if is_rewind else range_csv(rows), ending="")

    def _print(self, replay: Replay, options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(replay_output.as_json(replay_output.replay_fields(replay)))
        else:
            self.stdout.write("\n".join(replay_output.show_lines(replay)))

    def _tell(self, replay: Replay, options: dict[str, Any]) -> None:
        if options["json"]:
            self.stdout.write(replay_output.as_json(replay_output.replay_fields(replay)))
        else:
            self.stdout.write(f"Replay {replay.pk} is {replay.state}.")


def _replay(replay_id: int) -> Replay:
    try:
        return Replay.objects.select_related("cluster").get(pk=replay_id)
    except Replay.DoesNotExist:
        raise CommandError(f"There is no replay {replay_id}.") from None
