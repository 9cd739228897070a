"""How long the demo takes from its command to the page's address: from an empty state, and again.

    python -m bench.start

Starts `python -m quickstart demo` twice on a state folder of its own, with services and a port of
its own, and stops it by Ctrl-C's signal. What `make` brings once a machine is there before: the
virtual environment, the pages' files of npm, Kafka's jars.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.machine import machine
from quickstart import assets, ports
from quickstart.broker import WANTED_VARIABLE, BrokerKind
from quickstart.environment import ROOT
from quickstart.interruption import StopAsked, stoppable
from quickstart.progress import Progress
from quickstart.reset import reset

ADDRESS = "Highwater is at "
STOP_SECONDS = 90.0
# Settings of another Highwater would have the demo use that one's services.
_OF_OTHERS = ("HIGHWATER_", "DEMO_", "DJANGO_", "DATABASE_URL", "REDIS_URL", "SECRET_KEY")


def main(arguments: Sequence[str]) -> None:
    options = _options(arguments)
    assets.ensure(Progress(sys.stderr))
    try:
        with stoppable():
            print(json.dumps(measure(options.state.resolve()), indent=2))
    except StopAsked as asked:
        raise SystemExit(128 + asked.signal_number) from None


def measure(state: Path) -> dict[str, Any]:
    """Both starts, and the broker that they had. The folder is cleared before and after."""
    reset(state)
    try:
        first_seconds, broker = _start_and_stop(state)
        second_seconds, _ = _start_and_stop(state)
    finally:
        reset(state)
    return {
        "benchmark": "start",
        "broker": broker,
        "first_start_seconds": first_seconds,
        "second_start_seconds": second_seconds,
        "machine": machine(),
    }


def without_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without settings, but for the kind of broker that is wanted."""
    return {
        name: value
        for name, value in environ.items()
        if name == WANTED_VARIABLE or not name.startswith(_OF_OTHERS)
    }


def _start_and_stop(state: Path) -> tuple[float, BrokerKind]:
    """Seconds until the address was printed. Raises SystemExit where the demo fails."""
    port = str(ports.choose({}, "web"))
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "quickstart", "demo", "--state", str(state)],
        env={**without_settings(os.environ), "HIGHWATER_PORT": port},
        cwd=ROOT,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        # Ctrl-C is ours to pass on, once.
        start_new_session=True,
    )
    try:
        printed = _read_to_address(process)
        seconds = round(time.monotonic() - began, 2)
    finally:
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=STOP_SECONDS)
    if process.returncode:
        raise SystemExit(f"The demo ended with code {process.returncode}:\n{rest}")
    return seconds, BrokerKind.TANSU if "tansu on " in printed else BrokerKind.APACHE


def _read_to_address(process: "subprocess.Popen[str]") -> str:
    """What came before the address, and so before the password."""
    printed = ""
    for line in process.stdout or ():
        if line.startswith(ADDRESS):
            return printed
        printed += line
    raise SystemExit(f"The demo ended before it named its address:\n{printed}")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.start", description="Measure a start.")
    parser.add_argument(
        "--state", type=Path, default=ROOT / ".highwater/bench-start", help="cleared twice"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
