"""Processes of the product itself, on the test's own database."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.db import connection

from tests.database import database_url
from tests.waiting import eventually

SESSIONS_NAME = "highwater-under-test"


class Highwater:
    """Starts Python programs, each in a process group of its own; `close` kills what is left."""

    def __init__(self, log: Path, **environ: str) -> None:
        self.log = log
        self._environ = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
            "PGAPPNAME": SESSIONS_NAME,
            "DATABASE_URL": database_url(),
            **environ,
        }
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self, *words: str) -> "subprocess.Popen[bytes]":
        """`python -m` and these words."""
        with self.log.open("ab") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", *words],
                env=self._environ,
                cwd=settings.BASE_DIR,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._started.append(process)
        return process

    def start_beat(self) -> "subprocess.Popen[bytes]":
        return self.start("celery", "-A", "dashboard", "beat")

    def start_worker(self, queues: str) -> "subprocess.Popen[bytes]":
        return self.start("celery", "-A", "dashboard", "worker", "-Q", queues, "-c", "1")

    def close(self) -> None:
        for process in self._started:
            kill(process)
        # Postgres notices a dead client a moment later, and drops no database before.
        assert eventually(_are_gone)


def _are_gone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = %s",
            [SESSIONS_NAME],
        )
        return bool(cursor.fetchone() == (0,))


def kill(process: "subprocess.Popen[bytes]") -> None:
    """The whole group: a worker's child would else end its work in peace."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
