"""`demo`: everything, from an empty folder to a page that moves."""

import http.client
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from quickstart import assets, databases, ports, processes, services
from quickstart.environment import product_environment, shop_environment
from quickstart.errors import QuickstartError
from quickstart.processes import Owner, Process
from quickstart.progress import Progress
from quickstart.state import State
from quickstart.supervisor import Supervisor

FIRST_USER = "admin"


@dataclass(frozen=True, slots=True)
class Web:
    """Where the page will be served, and under which address people open it."""

    bind: str
    port: int
    base_url: str

    @property
    def asked_at(self) -> str:
        """Where we can ask it ourselves: an address that means `all` is no address to ask."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.bind, self.bind)  # noqa: S104 (compared, never bound)


def read_web(environ: Mapping[str, str]) -> Web:
    """What the caller's settings say about the page; raises QuickstartError for a port of words."""
    text = environ.get("HIGHWATER_PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise QuickstartError(f"HIGHWATER_PORT is {text!r}; it must be a number from 1 to 65535.")
    base_url = environ.get("HIGHWATER_BASE_URL") or f"http://127.0.0.1:{text}"
    return Web(environ.get("HIGHWATER_BIND") or "127.0.0.1", int(text), base_url)


def run(supervisor: Supervisor, state: State, progress: Progress) -> NoReturn:
    """Never returns: ends by StopAsked, or by a QuickstartError."""
    web = read_web(os.environ)
    ports.require_web_port(web.port, address=web.bind)
    assets.ensure(progress)
    started = services.start(supervisor, state, progress, environ=os.environ)
    environments = {
        Owner.PRODUCT: product_environment(os.environ, started, base_url=web.base_url),
        Owner.SHOP: shop_environment(os.environ, started),
    }
    _set_up(supervisor, state, progress, environments)
    started.wait_for_broker()
    with progress.step("Topics and first orders of the demo shop"):
        supervisor.run(processes.SEED_SHOP.program(environments))
    _start_processes(supervisor, progress, environments, web)
    progress.say(
        f"\nHighwater is at {web.base_url}\n"
        f"  user      {FIRST_USER}\n"
        f"  password  {state.secret('first-user')}  (made at the first start)\n\n"
        f"Logs are in {state.folder / 'logs'}. Ctrl-C stops everything.\n"
    )
    supervisor.watch()


def _set_up(
    supervisor: Supervisor,
    state: State,
    progress: Progress,
    environments: Mapping[Owner, Mapping[str, str]],
) -> None:
    def step(text: str, process: Process, extra: Mapping[str, str] | None = None) -> None:
        own = {**environments[process.owner], **(extra or {})}
        with progress.step(text):
            supervisor.run(process.program({process.owner: own}))

    step("Tables of Highwater", processes.MIGRATE)
    if not databases.has_user(environments[Owner.PRODUCT]["DATABASE_URL"], FIRST_USER):
        account = {
            "DJANGO_SUPERUSER_USERNAME": FIRST_USER,
            "DJANGO_SUPERUSER_EMAIL": f"{FIRST_USER}@localhost",
            "DJANGO_SUPERUSER_PASSWORD": state.secret("first-user"),
        }
        step(f"First user {FIRST_USER}", processes.FIRST_USER, account)
    step("Tables of the demo shop", processes.MIGRATE_SHOP)


def _start_processes(
    supervisor: Supervisor,
    progress: Progress,
    environments: Mapping[Owner, Mapping[str, str]],
    web: Web,
) -> None:
    with progress.step("Highwater and the demo shop"):
        page = supervisor.start(processes.WEB.program(environments))
        for process in processes.PROCESSES:
            supervisor.start(process.program(environments))
        supervisor.wait_until_ready(page, lambda: lives(web), within_seconds=90.0)


def lives(web: Web) -> bool:
    """Whether the page's process answers there."""
    connection = http.client.HTTPConnection(web.asked_at, web.port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
