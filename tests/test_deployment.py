"""docker-compose.yml and Dockerfile name only what exists, and hold no secret.

No Docker engine is needed: commands are looked up, settings compared with their declarations, and
each path that a healthcheck asks is asked of the application.
"""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands
from django.test import Client

from dashboard.env import SETTINGS

ROOT = Path(__file__).parent.parent
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("build")}
DEMO_SETTINGS = {"DEMO_DATABASE_URL", "HIGHWATER_DEMO_RATE"}
DEMO_ADDRESSES = {
    "DEMO_DATABASE_URL": "postgresql://shop@127.0.0.1/shop",
    "HIGHWATER_KAFKA": "127.0.0.1:9092",
}
SECRET_WORDS = re.compile(r"PASSWORD|SECRET|TOKEN")


def celery_help(*words: str) -> str:
    return subprocess.run(
        [Path(sys.executable).with_name("celery"), *words, "--help"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_all_processes_of_the_product_are_there() -> None:
    assert {"postgres", "valkey", "kafka", "web", "worker", "worker-replay", "beat"} <= set(
        SERVICES
    )
    assert all(s.get("profiles") == ["demo"] for n, s in SERVICES.items() if n.startswith("demo-"))


@pytest.mark.parametrize("name", sorted(OURS))
def test_the_command_of_each_service_exists(name: str) -> None:
    command = OURS[name]["command"]
    if command[:2] == ["python", "manage.py"]:
        assert command[2] in get_commands()
    elif command[:2] == ["python", "-m"]:
        assert importlib.util.find_spec(command[2]) is not None
    else:
        program, _app_flag, app, what, *options = command
        assert (program, app) == ("celery", "dashboard")
        known = celery_help(what)
        assert all(option in known for option in options if option.startswith("-"))


@pytest.mark.parametrize("name", sorted(n for n in OURS if n.startswith("demo-")))
def test_the_demo_knows_the_commands_that_compose_gives_it(name: str) -> None:
    words = OURS[name]["command"][3:]
    done = subprocess.run(
        [sys.executable, "-m", "demo", words[0], "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "", **DEMO_ADDRESSES},
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_variable_is_a_declared_setting(name: str) -> None:
    declared = {setting.name for setting in SETTINGS}
    if name.startswith("demo-"):
        declared |= DEMO_SETTINGS
    given = set(OURS[name]["environment"])
    assert {v for v in given - declared if not v.startswith("HIGHWATER_SECRET_")} == set()


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_path_that_a_healthcheck_asks_answers(name: str) -> None:
    check = SERVICES[name].get("healthcheck")
    if check is None:
        assert name == "migrate" or name.startswith("demo-"), f"{name} has no healthcheck"
        return
    for path in re.findall(r"http://[^/']+(/[\w/]*)", " ".join(check["test"])):
        assert Client().get(path).status_code == 200


def test_the_queues_of_the_workers_are_the_ones_that_celery_declares() -> None:
    from dashboard.celery import app

    commands = [s["command"] for s in OURS.values() if "worker" in s.get("command", [])]
    served = {queue for c in commands for queue in c[c.index("-Q") + 1].split(",")}
    assert served == {queue.name for queue in app.conf.task_queues}


def test_the_address_of_the_page_has_the_port_that_it_is_published_at() -> None:
    [published] = SERVICES["web"]["ports"]
    port = published.removeprefix("127.0.0.1:").removesuffix(":8000")
    assert f"http://127.0.0.1:{port}}}" in SERVICES["web"]["environment"]["HIGHWATER_BASE_URL"]


def test_no_secret_stands_in_the_compose_file() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if SECRET_WORDS.search(variable):
                assert re.search(r"\$\{\w+:?[?-]", value), f"{name} sets {variable} in the clear"


def test_the_image_runs_as_nobody_in_particular_and_copies_only_what_exists() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "USER highwater" in lines
    assert sum(line.startswith("FROM ") for line in lines) >= 3
    copied = [line.split()[1:-1] for line in lines if re.match(r"COPY (?!--from)", line)]
    for path in (p for paths in copied for p in paths):
        assert (ROOT / path).exists(), f"{path} is copied but does not exist"
