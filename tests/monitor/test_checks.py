import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import CheckMessage, run_checks
from pytest_django import Settings

from monitor import checks


def _ids(messages: list[CheckMessage]) -> list[str | None]:
    return [message.id for message in messages]


def test_each_id_is_declared_once_with_a_sentence_and_a_hint() -> None:
    ids = [check.id for check in checks.DECLARED]
    assert len(set(ids)) == len(ids)
    for check in checks.DECLARED:
        assert re.fullmatch(r"highwater\.[EW]\d{3}", check.id)
        assert check.sentence.endswith(".")
        assert len(check.hint) > 20


def test_the_settings_under_test_are_right() -> None:
    assert [found for found in run_checks() if found.id and found.id.startswith("highwater.")] == []


@pytest.mark.parametrize("key", ["", "short", "a" * 60])
def test_a_weak_secret_key_is_an_error(settings: Settings, key: str) -> None:
    settings.SECRET_KEY = key
    assert _ids(checks.secret_key_is_strong()) == ["highwater.E002"]


def test_a_secrets_folder_that_is_missing_is_an_error(settings: Settings, tmp_path: Path) -> None:
    settings.HIGHWATER_SECRETS_DIR = str(tmp_path / "nowhere")
    assert _ids(checks.secrets_folder_is_closed()) == ["highwater.E004"]


def test_a_secrets_folder_open_to_all_is_a_warning(settings: Settings, tmp_path: Path) -> None:
    settings.HIGHWATER_SECRETS_DIR = str(tmp_path)
    tmp_path.chmod(0o755)
    assert _ids(checks.secrets_folder_is_closed()) == ["highwater.W001"]
    tmp_path.chmod(0o750)
    assert checks.secrets_folder_is_closed() == []


def test_malformed_first_rows_are_errors(settings: Settings) -> None:
    settings.HIGHWATER_KAFKA = "nonsense"
    settings.HIGHWATER_DEMO_OUTBOX = "postgresql://shop:hunter2@db/shop"
    found = checks.first_rows_can_be_made()
    assert _ids(found) == ["highwater.E005", "highwater.E006"]
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    ("bind", "base_url", "ids"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000", []),
        ("::1", "http://localhost:8000", []),
        ("localhost", "http://localhost:8000", []),
        ("0.0.0.0", "https://highwater.example", []),  # noqa: S104
        ("0.0.0.0", "http://highwater.example", ["highwater.W002"]),  # noqa: S104
    ],
)
def test_plain_http_beyond_this_machine_is_a_warning(
    settings: Settings, bind: str, base_url: str, ids: list[str]
) -> None:
    settings.HIGHWATER_BIND, settings.HIGHWATER_BASE_URL = bind, base_url
    assert _ids(checks.others_reach_it_by_https_only()) == ids


@pytest.mark.django_db
def test_an_old_postgres_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.postgres_is_new_enough(databases=["default"]) == []
    monkeypatch.setattr(checks, "POSTGRES_MIN_VERSION", 99)
    assert _ids(checks.postgres_is_new_enough(databases=["default"])) == ["highwater.E003"]
    assert checks.postgres_is_new_enough() == []


@pytest.mark.django_db
def test_an_error_stops_the_start_with_its_id_and_hint(settings: Settings) -> None:
    settings.SECRET_KEY = "short"
    with pytest.raises(SystemExit) as stopped:
        checks.stop_on_errors()
    assert "(highwater.E002) SECRET_KEY is missing" in str(stopped.value)
    assert "HINT: Set SECRET_KEY" in str(stopped.value)


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)


def test_a_command_without_a_secret_key_ends_with_the_check_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_KEY", "")
    ended = _run("manage.py", "check")
    assert ended.returncode == 1
    assert "highwater.E002" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_absent_postgres_stops_no_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    start = "import django; django.setup(); from monitor import checks; checks.stop_on_errors()"
    assert _run("-c", start).returncode == 0
