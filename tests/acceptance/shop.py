"""A demo shop of real processes, with a database, topics and groups of its own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from confluent_kafka.admin import AdminClient

from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 10.0
TOPICS = ("orders", "payments", "customers", "orders.dlq", "payments.dlq", "customers.dlq")

EXACTLY_ONE_INVOICE = """
    SELECT NOT EXISTS (
        SELECT FROM shop_order o LEFT JOIN shop_invoice i ON i.order_id = o.id
        GROUP BY o.id HAVING count(i.id) <> 1
    )
"""
INVOICES = "SELECT count(*) FROM shop_invoice"
SOME_INVOICES = "SELECT count(*) >= %s FROM shop_invoice"
ALL_PUBLISHED = "SELECT NOT EXISTS (SELECT FROM highwater_events_outbox WHERE published_at IS NULL)"


class Process:
    """One of the shop's processes; what it says goes to a file."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self._process = process
        self._log = log

    def says(self, words: str) -> bool:
        """Whether it comes to say that."""
        return eventually(lambda: words in self._log.read_text(), within_seconds=30)

    def is_running(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.wait()

    def stops_cleanly(self) -> bool:
        """Whether it exits with 0 in time after SIGTERM."""
        self._process.terminate()
        return self._process.wait(STOP_SECONDS) == 0


class Shop:
    """Starts the shop's commands and asks its database; `close` ends what is left."""

    def __init__(self, name: str, logs: Path, **environ: str) -> None:
        self.prefix = f"runner-{name}-"
        self._server = os.environ["DATABASE_URL"]
        self._database = f"shop_{name}"
        self._logs = logs
        self._processes: list[Process] = []
        with psycopg.connect(self._server, autocommit=True) as server:
            server.execute(f'CREATE DATABASE "{self._database}"')
        self.url = self._server.rpartition("/")[0] + f"/{self._database}"
        self.environ = {
            **os.environ,
            "DEMO_DATABASE_URL": self.url,
            "HIGHWATER_DEMO_PREFIX": self.prefix,
            "HIGHWATER_DEMO_RATE": "100",
            "DJANGO_SETTINGS_MODULE": "demo.settings",
            **environ,
        }

    def call(self, *command: str, **environ: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        return subprocess.run(
            _words(command),
            env={**self.environ, **environ},
            cwd=ROOT,
            text=True,
            capture_output=True,
            timeout=60,
            check=False,
        )

    def start(self, *command: str, **environ: str) -> Process:
        log = self._logs / f"{len(self._processes)}-{'-'.join(command)}.log"
        with log.open("wb") as stderr:
            process = subprocess.Popen(
                _words(command), env={**self.environ, **environ}, cwd=ROOT, stderr=stderr
            )
        self._processes.append(Process(process, log))
        return self._processes[-1]

    def ask(self, query: LiteralString, *values: object) -> Any:
        """The one value that a query gives."""
        with psycopg.connect(self.url) as connection:
            row = connection.execute(query, values).fetchone()
            assert row is not None
            return row[0]

    def waits_for(
        self, query: LiteralString, *values: object, within_seconds: float = 90.0
    ) -> bool:
        """Whether the query gives true in time."""
        return eventually(lambda: bool(self.ask(query, *values)), within_seconds=within_seconds)

    def close(self) -> None:
        for process in self._processes:
            process.kill()
        admin = AdminClient({"bootstrap.servers": self.environ["HIGHWATER_KAFKA"]})
        admin.delete_topics([f"{self.prefix}{topic}" for topic in TOPICS])
        with psycopg.connect(self._server, autocommit=True) as server:
            server.execute(f'DROP DATABASE "{self._database}" WITH (FORCE)')


def _words(command: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "demo", *command]
