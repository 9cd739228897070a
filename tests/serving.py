"""The real web process over the tests' database."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from quickstart.ports import choose
from tests.database import database_url
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[1]
STARTS_WITHIN_SECONDS = 30.0


@dataclass(frozen=True)
class Web:
    url: str
    port: int
    process: "subprocess.Popen[str]"


def environment(port: int, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """What the process needs to serve the tests' rows at `port`."""
    return {
        **os.environ,
        "DATABASE_URL": database_url(),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "HIGHWATER_BASE_URL": f"http://127.0.0.1:{port}",
        "HIGHWATER_BIND": "127.0.0.1",
        "HIGHWATER_PORT": str(port),
        "HIGHWATER_LOG_LEVEL": "WARNING",
        **(more or {}),
    }


def start(port: int, more: Mapping[str, str] | None = None) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "dashboard.serve"],
        cwd=ROOT,
        env=environment(port, more),
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def serving(more: Mapping[str, str] | None = None) -> Iterator[Web]:
    """Serve on a free port until the block ends."""
    port = choose({}, "web")
    process = start(port, more)
    url = f"http://127.0.0.1:{port}"
    try:
        assert eventually(lambda: answers(url), within_seconds=STARTS_WITHIN_SECONDS)
        yield Web(url, port, process)
    finally:
        process.kill()
        process.communicate()


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/healthz", trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False
