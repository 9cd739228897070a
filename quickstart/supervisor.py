"""Starts children in order, watches them, and stops them in reverse order."""

import time
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import NoReturn

from quickstart.child import Child, Program, describe_exit
from quickstart.errors import ProgramFailed
from quickstart.leftovers import Roster
from quickstart.restarts import delay_before_restart

_POLL_SECONDS = 0.1


class Supervisor:
    """Owns all children. `say` gets one message for each thing that a person should know."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        """`folder` holds the logs, and the roster that the next start finds strays by."""
        self._logs = folder / "logs"
        self._logs.mkdir(mode=0o700, exist_ok=True)
        self._roster = Roster(folder / "roster")
        self._roster.end_strays()
        self._say = say
        self._children: list[Child] = []
        self._crashes: dict[Child, list[float]] = {}
        self._due: dict[Child, float] = {}

    def start(
        self,
        program: Program,
        *,
        is_ready: Callable[[], bool] = lambda: True,
        within_seconds: float = 60.0,
    ) -> Child:
        """Start and wait until ready. Raises ProgramFailed when it ends first or takes too long."""
        child = Child(program, self._logs)
        self._children.append(child)
        self._roster.add(child.pid)
        self.wait_until_ready(child, is_ready, within_seconds)
        return child

    def wait_until_ready(
        self, child: Child, is_ready: Callable[[], bool], within_seconds: float
    ) -> None:
        """Raises ProgramFailed when the child ends before it is ready, or takes too long."""
        deadline = time.monotonic() + within_seconds
        while not is_ready():
            if child.exit_code() is not None:
                raise ProgramFailed(self._obituary(child))
            if time.monotonic() > deadline:
                raise ProgramFailed(
                    f"{child.program.name} was not ready after {within_seconds:.0f} s. "
                    f"The end of {child.log}:\n{child.last_lines()}"
                )
            time.sleep(_POLL_SECONDS)

    def run(self, program: Program, *, within_seconds: float = 300.0) -> None:
        """Run one step to its end. Raises ProgramFailed unless it exits with 0 in time."""
        child = Child(program, self._logs)
        try:
            deadline = time.monotonic() + within_seconds
            while child.exit_code() is None and time.monotonic() < deadline:
                time.sleep(_POLL_SECONDS / 2)
            if child.exit_code() != 0:
                raise ProgramFailed(self._obituary(child))
        finally:
            child.kill()

    def watch(self) -> NoReturn:
        """Restart what crashes. Never returns; raises ProgramFailed when there is no going on."""
        while True:
            self.look_after_all()
            time.sleep(_POLL_SECONDS)

    def look_after_all(self) -> None:
        """One round of `watch`: blocks for nothing."""
        for child in self._children:
            self._tend(child, time.monotonic())

    def ended(self) -> list[str]:
        """A message for each child that is no longer there."""
        return [self._obituary(child) for child in self._children if child.exit_code() is not None]

    def stop(self) -> None:
        """Stop everything, the latest stage first; blocks until all are gone."""
        for _, members in groupby(reversed(self._children), key=lambda c: c.program.stage):
            stage = list(members)
            for child in stage:
                child.ask_to_stop()
            for child in stage:
                child.wait_or_kill()
        self._children.clear()
        self._roster.clear()

    def _tend(self, child: Child, now: float) -> None:
        if child in self._due:
            if now >= self._due[child]:
                del self._due[child]
                child.start_again()
                self._roster.add(child.pid)
                self._say(f"{child.program.name} was started again.")
        elif child.exit_code() is not None:
            self._plan_restart(child, now)

    def _plan_restart(self, child: Child, now: float) -> None:
        crashes = self._crashes.setdefault(child, [])
        crashes.append(now)
        delay_seconds = delay_before_restart(crashes, now=now)
        if not child.program.may_restart:
            raise ProgramFailed(
                f"{self._obituary(child)}\nWhat it kept is gone with it, so everything stops. "
                "Start again with: make demo"
            )
        if delay_seconds is None:
            raise ProgramFailed(
                f"{self._obituary(child)}\nIt ended {len(crashes)} times, so everything stops. "
                f"Its whole log: {child.log}"
            )
        self._due[child] = now + delay_seconds
        self._say(f"{self._obituary(child)}\nIt starts again in {delay_seconds:.0f} s.")

    @staticmethod
    def _obituary(child: Child) -> str:
        code = child.exit_code()
        how = "did not finish in time" if code is None else describe_exit(code)
        return f"{child.program.name} {how}. The end of {child.log}:\n{child.last_lines()}"
