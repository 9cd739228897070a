"""The processes that sample and show, as an installation runs them."""

import os
import secrets
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from bench.machine import tree_cpu_seconds
from quickstart import ports, processes
from quickstart.demonstration import lives, read_web
from quickstart.environment import with_our_python
from quickstart.processes import Owner, Process
from quickstart.progress import Progress
from quickstart.supervisor import Supervisor

STARTS_WITHIN_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Installation:
    """What runs: where its page is, and the processes of which memory is asked."""

    url: str
    web_pid: int
    worker_pids: tuple[int, ...]
    _supervisor: Supervisor

    def worker_cpu_seconds(self) -> float:
        return sum(map(tree_cpu_seconds, self.worker_pids))

    def require_all(self) -> None:
        """Raises SystemExit with the last words of what ended by itself."""
        if ended := self._supervisor.ended():
            raise SystemExit("\n".join(ended))


@contextmanager
def installed(settings: Mapping[str, str], *, workers: int = 1) -> Iterator[Installation]:
    """Web, beat and sampling workers by the commands of `make demo`, until the block ends.

    They get our environment and `settings`; all that they started ends with them.
    """
    port = str(ports.choose({}, "web"))
    url = f"http://127.0.0.1:{port}"
    place = {"HIGHWATER_BIND": "127.0.0.1", "HIGHWATER_PORT": port, "HIGHWATER_BASE_URL": url}
    environ = {**with_our_python(os.environ), **place, **settings}
    web_at = read_web(environ)
    with tempfile.TemporaryDirectory() as folder:
        supervisor = Supervisor(Path(folder), Progress(sys.stderr).say)
        try:
            web, _, *sampling = (
                supervisor.start(process.program({Owner.PRODUCT: environ}))
                for process in (processes.WEB, processes.BEAT, *map(_worker, range(workers)))
            )
            supervisor.wait_until_ready(web, lambda: lives(web_at), STARTS_WITHIN_SECONDS)
            pids = tuple(worker.pid for worker in sampling)
            yield Installation(url, web.pid, pids, supervisor)
        finally:
            supervisor.stop()


def _worker(number: int) -> Process:
    """One of several: as on other hosts, each has a name of its own."""
    worker = processes.SAMPLING_WORKER
    name = f"{worker.name}-{number}"
    return replace(worker, name=name, command=worker.command.replace("%h", f"{number}.%h"))


def log_in(url: str) -> str:
    """Make a user who may see everything, log in as a browser does; return the session's key."""
    from django.contrib.auth.models import User

    password = secrets.token_urlsafe()
    User.objects.create_superuser("bench", password=password)
    with httpx.Client(base_url=url, trust_env=False) as browser:
        browser.get("/login").raise_for_status()
        form = {
            "username": "bench",
            "password": password,
            "csrfmiddlewaretoken": browser.cookies["csrftoken"],
        }
        browser.post("/login", data=form)
        return browser.cookies["sessionid"]
