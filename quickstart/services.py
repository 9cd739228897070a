"""Starts the broker, which takes longest, Postgres and Valkey, and says where they are."""

from collections.abc import Mapping

from quickstart import broker, databases, place, postgres, probes, valkey
from quickstart.broker import Broker
from quickstart.progress import Progress
from quickstart.state import State
from quickstart.supervisor import Supervisor


class Services:
    """What runs, as the environment of who uses it."""

    def __init__(
        self, state: State, broker: Broker | None, *, postgres_port: int, valkey_port: int
    ) -> None:
        self._state = state
        self._broker = broker
        self._postgres_port = postgres_port
        self._valkey_port = valkey_port

    def wait_for_broker(self) -> None:
        """Blocks until it answers; raises ProgramFailed where it never does."""
        if self._broker:
            self._broker.wait()

    def environment(self) -> dict[str, str]:
        """The settings of Highwater and of the demo shop. Holds passwords: never print it."""
        return {
            "DATABASE_URL": self._dsn(databases.PRODUCT, databases.PRODUCT),
            "REDIS_URL": f"redis://:{self._state.secret('valkey')}@127.0.0.1:{self._valkey_port}/0",
            "SECRET_KEY": self._state.secret("secret-key"),
            "DEMO_DATABASE_URL": self._dsn(databases.SHOP, databases.SHOP),
            **self._broker_environment(),
        }

    def shop_reader_dsn(self) -> str:
        """The shop's database as Highwater reads it: without the right to write."""
        return self._dsn(databases.SHOP_READER, databases.SHOP)

    def _broker_environment(self) -> dict[str, str]:
        if self._broker is None:
            return {}
        return {
            "HIGHWATER_KAFKA": self._broker.bootstrap_servers,
            "HIGHWATER_BROKER_KIND": self._broker.kind.value,
        }

    def _dsn(self, role: str, database: str) -> str:
        return databases.conninfo(
            self._state, port=self._postgres_port, role=role, database=database
        )


def start(
    supervisor: Supervisor,
    state: State,
    progress: Progress,
    *,
    environ: Mapping[str, str],
    for_tests: bool = False,
    with_broker: bool = True,
) -> Services:
    """Start what is asked for; raises a QuickstartError where one of them cannot be had.

    All but the broker answer afterwards: `wait_for_broker` before it is used.
    """
    return Services(
        state,
        broker.start(supervisor, state, progress, environ) if with_broker else None,
        postgres_port=_start_postgres(supervisor, state, progress, for_tests=for_tests),
        valkey_port=_start_valkey(supervisor, state, progress),
    )


def _start_postgres(
    supervisor: Supervisor, state: State, progress: Progress, *, for_tests: bool
) -> int:
    port = state.port("postgres")
    with progress.step(f"PostgreSQL on 127.0.0.1:{port}"):
        where = place.choose(state)
        postgres.initialise(supervisor, state, where)
        conninfo = databases.conninfo(state, port=port, role=place.SUPERUSER, database="postgres")
        supervisor.start(
            postgres.program(where, port=port, lasting=not for_tests),
            is_ready=lambda: probes.postgres_answers(conninfo),
        )
        databases.prepare(state, port=port, for_tests=for_tests)
    return port


def _start_valkey(supervisor: Supervisor, state: State, progress: Progress) -> int:
    port, password = state.port("valkey"), state.secret("valkey")
    with progress.step(f"Valkey on 127.0.0.1:{port}"):
        supervisor.start(
            valkey.program(state, port=port),
            is_ready=lambda: probes.valkey_answers(port, password=password),
        )
    return port
