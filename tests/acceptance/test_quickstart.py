"""`python -m quickstart` as a person or CI runs it: real services, real signals."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from bench.start import without_settings
from quickstart.environment import ROOT
from quickstart.leftovers import started_at
from quickstart.ports import choose
from quickstart.probes import valkey_answers
from quickstart.reset import reset
from tests.processes import command_line, name_of
from tests.waiting import eventually

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(180)]

READY = "Ctrl-C stops them."
ASK_ALL_SERVICES = """
import os, psycopg, redis, sys
from quickstart.probes import kafka_api_keys
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    print("postgres", connection.info.server_version // 10000)
print("valkey", redis.from_url(os.environ["REDIS_URL"]).info("server")["valkey_version"])
host, port = os.environ["HIGHWATER_KAFKA"].split(":")
print("broker", os.environ["HIGHWATER_BROKER_KIND"], len(kafka_api_keys(host, int(port))) > 20)
sys.exit(7)
"""
READ_AS_THE_PRODUCT_DOES = """
import os, psycopg, sys
from pathlib import Path
owner = os.environ["DEMO_DATABASE_URL"]
with psycopg.connect(owner) as shop:
    shop.execute("CREATE TABLE made_later (id int)")
password = (Path(sys.argv[1]) / "secrets" / "shop_reader").read_text()
address = owner.rpartition("@")[2]
with psycopg.connect(f"postgresql://shop_reader:{password}@{address}") as reader:
    print("rows", reader.execute("SELECT count(*) FROM made_later").fetchone()[0])
    try:
        reader.execute("SET default_transaction_read_only = off; COMMIT; DELETE FROM made_later")
    except psycopg.errors.InsufficientPrivilege:
        print("may not write")
"""

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "state"
    yield folder
    reset(folder)


@pytest.fixture
def environ() -> dict[str, str]:
    """As on a machine where nothing is set, with the broker that starts fastest."""
    return {**without_settings(os.environ), "HIGHWATER_QUICKSTART_BROKER": "tansu"}


@pytest.fixture
def start(state: Path, environ: dict[str, str]) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def run(*words: str, **variables: str) -> "subprocess.Popen[str]":
        name, *rest = words
        process = subprocess.Popen(
            [sys.executable, "-m", "quickstart", name, "--state", str(state), *rest],
            env={**environ, **variables},
            cwd=ROOT,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.terminate()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def read_until(process: "subprocess.Popen[str]", sentence: str) -> str:
    """What it printed up to this sentence."""
    printed = ""
    assert process.stdout is not None
    for line in process.stdout:
        printed += line
        if sentence in line:
            return printed
    raise AssertionError(
        f"ended with code {process.wait()} before it said {sentence!r}:\n{printed}"
    )


def offspring(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def all_gone(processes: list[psutil.Process], *, within_seconds: float) -> bool:
    """Zombies count as gone: who reaps those of a killed parent is not for us to say."""
    return eventually(
        lambda: all(started_at(process.pid) == "gone" for process in processes),
        within_seconds=within_seconds,
    )


@pytest.mark.parametrize("kind", [pytest.param("apache", marks=pytest.mark.apache_kafka), "tansu"])
def test_exec_surrounds_a_command_with_services_and_ends_as_it_ends(
    start: Start, kind: str
) -> None:
    process = start(
        "exec", "--", "python", "-c", ASK_ALL_SERVICES, HIGHWATER_QUICKSTART_BROKER=kind
    )
    printed, _ = process.communicate()
    assert process.returncode == 7, printed
    assert "postgres 18\nvalkey 9." in printed
    assert f"broker {kind} True" in printed


def test_exec_of_a_command_that_is_not_there_ends_as_a_shell_would(start: Start) -> None:
    process = start("exec", "--no-broker", "--", "no-such-command")
    assert "no-such-command: No such file" in process.communicate()[0]
    assert process.returncode == 127


def test_a_sigterm_during_exec_goes_to_the_command(start: Start) -> None:
    code = "import time; print('running', flush=True); time.sleep(60)"
    process = start("exec", "--no-broker", "--", "python", "-c", code)
    read_until(process, "running")
    children = offspring(process)
    process.terminate()
    assert process.wait(timeout=30) == 128 + signal.SIGTERM
    assert all_gone(children, within_seconds=1)


def test_the_reader_of_the_shop_sees_tables_made_later_and_may_not_write(
    start: Start, state: Path
) -> None:
    command = ("python", "-c", READ_AS_THE_PRODUCT_DOES, str(state))
    printed, _ = start("exec", "--no-broker", "--", *command).communicate()
    assert "rows 0\nmay not write" in printed


def test_no_secret_is_printed_or_among_the_arguments_of_a_process(
    start: Start, state: Path
) -> None:
    process = start("services")
    printed = read_until(process, READY)
    secrets = [path.read_text() for path in (state / "secrets").iterdir()]
    shown = printed + " ".join(command_line(child) for child in offspring(process))
    assert len(secrets) >= 5
    assert not [secret for secret in secrets if secret in shown]


def test_the_environment_is_in_a_file_for_its_owner_only(start: Start, state: Path) -> None:
    read_until(start("services"), READY)
    path = state / "environment"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    names = {line.partition("=")[0] for line in path.read_text().splitlines()}
    assert {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "HIGHWATER_KAFKA"} <= names


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_stops_all_that_it_started_when_asked(start: Start, number: signal.Signals) -> None:
    process = start("services")
    read_until(process, READY)
    children = offspring(process)
    process.send_signal(number)
    assert process.wait(timeout=30) == 0
    assert len(children) >= 3
    assert all_gone(children, within_seconds=1)


def test_it_can_be_stopped_while_it_sets_up(start: Start) -> None:
    process = start("services")
    assert eventually(
        lambda: "postgres" in [name_of(child) for child in offspring(process)],
        within_seconds=60,
    )
    children = offspring(process)
    process.terminate()
    assert process.wait(timeout=30) == 0
    assert all_gone(children, within_seconds=1)


def test_a_kill_leaves_no_orphan_and_the_next_start_works(start: Start) -> None:
    process = start("services")
    read_until(process, READY)
    children = offspring(process)
    process.kill()
    again = start("services")
    read_until(again, READY)
    assert all_gone(children, within_seconds=15)


def test_a_crashed_service_is_reported_and_started_again(start: Start, state: Path) -> None:
    process = start("services")
    read_until(process, READY)
    [valkey] = [child for child in offspring(process) if name_of(child) == "valkey-server"]
    port = int(valkey.net_connections()[0].laddr.port)
    valkey.kill()
    assert "valkey was ended by SIGKILL" in read_until(process, "valkey was started again.")
    password = (state / "secrets" / "valkey").read_text()
    assert eventually(lambda: valkey_answers(port, password=password))


def test_a_broker_that_kept_its_records_in_memory_stops_everything(start: Start) -> None:
    process = start("services")
    read_until(process, READY)
    children = offspring(process)
    next(child for child in children if name_of(child) == "tansu").kill()
    printed, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "What it kept is gone with it, so everything stops." in printed
    assert all_gone(children, within_seconds=1)


def test_a_second_one_on_the_same_state_is_refused(start: Start) -> None:
    first = start("services")
    read_until(first, READY)
    printed, _ = start("services").communicate()
    assert f"in use by another quickstart (process {first.pid})" in printed


@pytest.mark.apache_kafka
def test_records_and_port_outlast_a_restart(start: Start) -> None:
    code = """
import os, sys
from confluent_kafka.admin import AdminClient, NewTopic
admin = AdminClient({"bootstrap.servers": os.environ["HIGHWATER_KAFKA"]})
print(os.environ["HIGHWATER_KAFKA"], "kept" in admin.list_topics(timeout=10).topics)
if sys.argv[1] == "make":
    admin.create_topics([NewTopic("kept", 1)])["kept"].result(10)
"""
    answers = []
    for what in ("make", "look"):
        command = ("python", "-c", code, what)
        process = start("exec", "--", *command, HIGHWATER_QUICKSTART_BROKER="apache")
        printed, _ = process.communicate()
        answers += [line.split() for line in printed.splitlines() if line.startswith("127.")]
    [(first_address, there_first), (second_address, there_second)] = answers
    assert (there_first, there_second) == ("False", "True")
    assert first_address == second_address


def test_an_occupied_web_port_is_named_before_anything_starts(start: Start, state: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = start("demo", HIGHWATER_PORT=str(port))
        printed, _ = process.communicate()
    assert process.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken" in printed
    assert f"HIGHWATER_PORT={port + 1} make demo" in printed
    assert not list((state / "logs").iterdir())


def log_in(client: httpx.Client, printed: str) -> None:
    """By the user and password that the terminal shows."""
    shown = re.search(r"user +(\S+)\n +password +(\S+)", printed)
    assert shown is not None
    client.get("/login")
    form = {"username": shown[1], "password": shown[2], "next": "/"}
    token = {"csrfmiddlewaretoken": client.cookies["csrftoken"]}
    assert client.post("/login", data=form | token).url.path == "/"


@pytest.mark.parametrize("kind", [pytest.param("apache", marks=pytest.mark.apache_kafka), "tansu"])
def test_a_demo_shows_lag_that_moves_and_stops_without_a_trace(start: Start, kind: str) -> None:
    port = choose({}, "web")
    process = start(
        "demo",
        HIGHWATER_PORT=str(port),
        HIGHWATER_SAMPLE_INTERVAL="2",
        HIGHWATER_QUICKSTART_BROKER=kind,
    )
    printed = read_until(process, "Ctrl-C stops everything.")
    children = offspring(process)
    seen: set[int | None] = set()

    def lag_moves() -> bool:
        groups = client.get("/api/v1/groups").raise_for_status().json()["items"]
        seen.update(group["lag"] for group in groups if group["name"] == "shipping")
        return len(seen - {None}) > 2

    address = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=address, follow_redirects=True, timeout=30) as client:
        log_in(client, printed)
        assert eventually(lag_moves, within_seconds=60)
    process.terminate()
    assert process.wait(timeout=60) == 0
    assert all_gone(children, within_seconds=1)
