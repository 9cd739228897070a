"""A Postgres of a benchmark's own, which it can start anew: what is cold has to be made cold."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quickstart import databases, place, postgres, probes
from quickstart.child import Child
from quickstart.progress import Progress
from quickstart.reset import reset
from quickstart.state import State
from quickstart.supervisor import Supervisor


class OwnPostgres:
    """A server as `make demo` has it, safe in a power cut, with an empty database."""

    def __init__(self, state: State, supervisor: Supervisor) -> None:
        where, self._supervisor = place.choose(state), supervisor
        port = state.port("postgres")
        postgres.initialise(supervisor, state, where)
        self._superuser = databases.conninfo(
            state, port=port, role=place.SUPERUSER, database="postgres"
        )
        program = postgres.program(where, port=port, lasting=True)
        self._child: Child = supervisor.start(program, is_ready=self._answers)
        databases.prepare(state, port=port, for_tests=False)
        self.dsn = databases.conninfo(
            state, port=port, role=databases.PRODUCT, database=databases.PRODUCT
        )

    def restart(self) -> None:
        """Stop it and start it again; its own cache is empty then."""
        self._child.ask_to_stop()
        self._child.wait_or_kill()
        self._child.start_again()
        self._supervisor.wait_until_ready(self._child, self._answers, 60.0)

    def _answers(self) -> bool:
        return probes.postgres_answers(self._superuser)


@contextmanager
def own_postgres(folder: Path) -> Iterator[OwnPostgres]:
    """Django's environment points to it. The folder is cleared before and after."""
    reset(folder)
    state = State(folder)
    supervisor = Supervisor(state.folder, Progress(sys.stderr).say)
    try:
        server = OwnPostgres(state, supervisor)
        os.environ["DATABASE_URL"] = server.dsn
        os.environ.setdefault("SECRET_KEY", state.secret("secret-key"))
        yield server
    finally:
        supervisor.stop()
        state.release()
        reset(folder)
