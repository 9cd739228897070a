import os
import subprocess
import sys
from collections.abc import Sequence

import pytest


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SECRET_KEY", "short", "(highwater.E002) SECRET_KEY is missing"),
        ("HIGHWATER_KAFKA", "nonsense", "(highwater.E005) HIGHWATER_KAFKA is no list"),
        ("FORWARDED_ALLOW_IPS", "*", "(highwater.E001) FORWARDED_ALLOW_IPS"),
        ("FORWARDED_ALLOW_IPS", "10.0.0.1,proxy", "(highwater.E001) FORWARDED_ALLOW_IPS"),
        ("HIGHWATER_BASE_URL", "http://*", "HIGHWATER_BASE_URL: 'http://*' must name one host"),
        ("HIGHWATER_PORT", "70000", "(highwater.E001) HIGHWATER_PORT"),
        ("DATABASE_URL", "postgresql://u:p/hunter2@h/db", "(highwater.E001) DATABASE_URL"),
        ("REDIS_URL", "redis://u:p℀hunter2@h/0", "(highwater.E001) REDIS_URL"),
    ],
)
def test_the_web_process_does_not_start_with_wrong_settings(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    ended = start("dashboard.serve")
    assert ended.returncode == 1
    assert said in ended.stderr
    assert "HINT: " in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "hunter2" not in ended.stderr


@pytest.mark.parametrize("command", [("worker", "-Q", "sampling", "-c", "1"), ("beat",)])
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SECRET_KEY", "short", "(highwater.E002) SECRET_KEY is missing"),
        ("HIGHWATER_PORT", "70000", "(highwater.E001) HIGHWATER_PORT"),
    ],
)
def test_neither_a_worker_nor_beat_starts_with_wrong_settings(
    monkeypatch: pytest.MonkeyPatch, command: Sequence[str], name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    ended = start("celery", "-A", "dashboard", *command)
    assert ended.returncode == 1
    assert said in ended.stderr
    assert "HINT: " in ended.stderr
    assert "Traceback" not in ended.stderr


def start(*words: str) -> "subprocess.CompletedProcess[str]":
    """`python -m` and these words, until it ends."""
    return subprocess.run(
        [sys.executable, "-m", *words],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "dashboard.settings"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
