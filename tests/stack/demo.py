"""A running demo, its processes by name, and ways to hurt them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import psycopg

from bench.start import without_settings
from quickstart.environment import ROOT
from quickstart.ports import choose
from quickstart.reset import reset
from tests.processes import command_line
from tests.waiting import eventually

READY = "Ctrl-C stops everything."
SAMPLE_SECONDS = 2
TIMELY_TICKS = """
SELECT count(*) FROM monitor_tick WHERE state = 'DONE'
AND slot_at > now() - interval '6 s' AND done_at < slot_at + interval '2 s'
"""
# What each service's command line holds, and no other process's.
SERVICES = {"kafka": "kafka.Kafka", "valkey": "valkey-server", "postgres": "bin/postgres"}
NEW_PEOPLE = """
from django.contrib.auth.models import Group, User
for name, role in (("olga", "operators"), ("viktor", "viewers")):
    user, _ = User.objects.get_or_create(username=name, is_staff=True)
    user.set_password(name * 3)
    user.save()
    user.groups.add(Group.objects.get(name=role))
"""


class Demo:
    """`python -m quickstart demo` on a state folder and a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self.log = folder / "demo.log"
        self.port = choose({}, "web")
        self.url = f"http://127.0.0.1:{self.port}"
        environ = {
            **without_settings(os.environ),
            "HIGHWATER_PORT": str(self.port),
            "HIGHWATER_SAMPLE_INTERVAL": str(SAMPLE_SECONDS),
            "HIGHWATER_DEMO_SEARCH": "stopped",
            "HIGHWATER_QUICKSTART_BROKER": "apache",
        }
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "quickstart", "demo", "--state", str(self.state)],
                env=environ,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        assert eventually(self._is_ready, within_seconds=120), self.log.read_text()

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return READY in self.log.read_text()

    def answers(self) -> bool:
        """Whether the web process serves."""
        try:
            return httpx.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def samples_in_time(self) -> bool:
        """Whether two of the last three samples were there within a second or two of their time."""
        return self.highwater(TIMELY_TICKS) >= 2

    def find(self, words: str) -> psutil.Process:
        """The child whose command line holds these words, once it is there."""
        found: list[psutil.Process] = []

        def is_there() -> bool:
            children = psutil.Process(self.process.pid).children()
            found[:] = [child for child in children if words in command_line(child)]
            return len(found) == 1

        assert eventually(is_there, within_seconds=30), f"no process {words}"
        return found[0]

    def manage(self, code: str) -> None:
        """Run code in Highwater's own shell."""
        environ = self.find("dashboard.serve").environ()
        command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", code]
        subprocess.run(command, cwd=ROOT, env=environ, check=True, timeout=60)

    def shop(self, query: str) -> int:
        """The number that a query of the shop's database answers."""
        return _number(self.find("demo relay").environ()["DEMO_DATABASE_URL"], query)

    def highwater(self, query: str) -> int:
        """The number that a query of Highwater's database answers."""
        return _number(self.find("dashboard.serve").environ()["DATABASE_URL"], query)

    def search_is_away(self) -> bool:
        """Whether it comes to be: after each of its starts it stays for ten seconds."""
        starts = 1 + self.log.read_text().count("shop-search was started again.")
        said = self.state / "logs" / "shop-search.log"
        return eventually(
            lambda: said.read_text().count("Search leaves") == starts, within_seconds=60
        )

    @contextmanager
    def frozen(self, service: str, seconds: float) -> Iterator[float]:
        """The service stands still, its sockets open; gives when that began. Thaws by itself."""
        process = self.find(SERVICES[service])
        process.suspend()  # first, or it could have another child by the time we know them
        members = [process, *process.children(recursive=True)]
        _signal(members, signal.SIGSTOP)
        began = time.time()
        try:
            yield began
            time.sleep(max(0.0, seconds - (time.time() - began)))
        finally:
            _signal(members, signal.SIGCONT)

    def stop(self) -> int:
        """SIGTERM to the whole; its exit code."""
        self.process.terminate()
        code = self.process.wait(timeout=60)
        reset(self.state)
        return code


def _number(address: str, query: str) -> int:
    with psycopg.connect(address) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return int(row[0])


def _signal(processes: list[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        if process.is_running():
            process.send_signal(number)
