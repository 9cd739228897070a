"""Processes that are told to stop before they have begun: an orchestrator changes its mind.

The first moment, until Python has read its first lines, no process can cover.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.waiting import eventually

pytestmark = pytest.mark.acceptance

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = {
    "HIGHWATER_KAFKA": "127.0.0.1:1",
    "DATABASE_URL": "postgresql://nobody:nothing@127.0.0.1:1/nothing",
    "DEMO_DATABASE_URL": "postgresql://nobody:nothing@127.0.0.1:1/nothing",
}
SHOP = [["-m", "demo", *words] for words in (["orders"], ["relay"], ["consumer", "billing"])]
COMMANDS = [*SHOP, ["manage.py", "relay_outbox"]]


@contextmanager
def running(words: list[str]) -> "Iterator[subprocess.Popen[bytes]]":
    module = "tests.service.settings" if words[0] == "manage.py" else "demo.settings"
    environ = {**os.environ, **NOWHERE, "DJANGO_SETTINGS_MODULE": module}
    with subprocess.Popen([sys.executable, *words], env=environ, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.kill()


def catches_sigterm(process: "subprocess.Popen[bytes]") -> bool:
    """As the kernel tells it: the process does not, since it is not to be disturbed."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    [caught] = [line.split()[1] for line in status.splitlines() if line.startswith("SigCgt")]
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


def has_loaded(process: "subprocess.Popen[bytes]", *libraries: str) -> bool:
    loaded = Path(f"/proc/{process.pid}/maps").read_text()
    return any(library in loaded for library in libraries)


@pytest.mark.parametrize("after_seconds", [0.0, 0.2, 0.5])
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_process_that_has_hardly_begun_exits_with_0(
    words: list[str], after_seconds: float
) -> None:
    with running(words) as process:
        assert eventually(lambda: catches_sigterm(process))
        time.sleep(after_seconds)
        process.terminate()
        assert process.wait(10) == 0


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_process_can_be_stopped_before_it_loads_what_takes_long(words: list[str]) -> None:
    with running(words) as process:
        is_late = False
        while not catches_sigterm(process):
            assert not is_late
            is_late = has_loaded(process, "psycopg_binary", "confluent_kafka")
