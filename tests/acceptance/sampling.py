"""Real workers and beat over the tests' database, on services that a test can take away."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection

from quickstart.tansu import program
from tests.acceptance.proxy import Proxy

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 10.0
SAMPLING = "sampling,backlog,upkeep"


class Fleet:
    """Starts processes; what is left of them ends with the block."""

    def __init__(self, logs: Path, database: str) -> None:
        self._logs, self._database = logs, database
        self._started: list[subprocess.Popen[bytes]] = []
        self.redis = proxy_to(os.environ["REDIS_URL"])
        self.postgres = proxy_to(os.environ["DATABASE_URL"])

    def worker(self, queues: str = SAMPLING) -> "subprocess.Popen[bytes]":
        name = f"t{len(self._started)}-{os.getpid()}@%h"
        pool = ("threads", "8") if queues == SAMPLING else ("prefork", "1")
        words = ("-Q", queues, "-n", name, "--pool", pool[0], "--concurrency", pool[1])
        return self._celery("worker", *words)

    def beat(self) -> "subprocess.Popen[bytes]":
        return self._celery("beat")

    def broker(self, port: int) -> "subprocess.Popen[bytes]":
        """A small broker of the test's own, to be taken away."""
        return self._start(list(program(port).argv), {})

    def said(self) -> str:
        return "\n".join(log.read_text(errors="replace") for log in self._logs.iterdir())

    def _celery(self, *command: str) -> "subprocess.Popen[bytes]":
        environ = {
            "DATABASE_URL": through(self.postgres, os.environ["DATABASE_URL"], self._database),
            "REDIS_URL": through(self.redis, os.environ["REDIS_URL"]),
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
            "HIGHWATER_LOG_FORMAT": "text",
        }
        words = [sys.executable, "-m", "celery", "-A", "dashboard", *command]
        return self._start(words, {**os.environ, **environ})

    def _start(self, words: list[str], environ: dict[str, str]) -> "subprocess.Popen[bytes]":
        log = self._logs / f"{len(self._started)}.log"
        with log.open("wb") as output:
            # A session of its own, so that the children of a killed parent can be ended too.
            process = subprocess.Popen(
                words,
                env=environ,
                cwd=ROOT,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._started.append(process)
        return process

    def end(self) -> None:
        for process in self._started:
            kill(process)
        self.redis.cut()
        self.postgres.cut()


@contextmanager
def fleet(logs: Path, database: str | None = None) -> Iterator[Fleet]:
    """On the tests' own database, or that one of the server of DATABASE_URL."""
    started = Fleet(logs, database or connection.settings_dict["NAME"])
    try:
        yield started
    finally:
        started.end()


def kill(process: "subprocess.Popen[bytes]") -> None:
    """SIGKILL to the process and its children."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


def stops_cleanly(process: "subprocess.Popen[bytes]") -> bool:
    """Whether it exits with 0 in time after SIGTERM."""
    process.terminate()
    return process.wait(STOP_SECONDS) == 0


def proxy_to(url: str) -> Proxy:
    parts = urlsplit(url)
    return Proxy(parts.hostname or "127.0.0.1", parts.port or 0)


def through(proxy: Proxy, url: str, database: str = "") -> str:
    """The same URL by way of the proxy."""
    parts = urlsplit(url)
    login, _, _ = parts.netloc.rpartition("@")
    path = f"/{database}" if database else parts.path
    return parts._replace(netloc=f"{login}@127.0.0.1:{proxy.port}", path=path).geturl()
