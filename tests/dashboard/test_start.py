import subprocess
import sys

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
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    monkeypatch.setenv(name, value)
    ended = subprocess.run(
        [sys.executable, "-m", "dashboard.serve"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 1
    assert said in ended.stderr
    assert "HINT: " in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "hunter2" not in ended.stderr
