"""The table of processes that a demo runs. A name, its command, and whose environment it gets."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from quickstart.child import Program
from quickstart.environment import ROOT


class Owner(StrEnum):
    """Whose settings a process gets: the shop learns none of Highwater's secrets."""

    PRODUCT = "product"
    SHOP = "shop"


@dataclass(frozen=True, slots=True)
class Process:
    name: str
    command: str
    owner: Owner

    def program(self, environments: Mapping[Owner, Mapping[str, str]]) -> Program:
        return Program(
            name=self.name,
            argv=(sys.executable, *self.command.split()),
            env=environments[self.owner],
            stage="processes",
            cwd=ROOT,
        )


WEB = Process("web", "-m dashboard.serve", Owner.PRODUCT)

SAMPLING_WORKER = Process(
    "worker-sampling",
    "-m celery -A dashboard worker -Q sampling,backlog,upkeep -n sampling@%h"
    " --pool threads --concurrency 8",
    Owner.PRODUCT,
)
BEAT = Process("beat", "-m celery -A dashboard beat", Owner.PRODUCT)

PROCESSES = (
    SAMPLING_WORKER,
    # Of its own, so that neither two long replays nor sealing an hour ever stop the sampling.
    Process(
        "worker-replay",
        "-m celery -A dashboard worker -Q replay,series -n replay@%h --concurrency 2",
        Owner.PRODUCT,
    ),
    BEAT,
    Process("shop-orders", "-m demo orders", Owner.SHOP),
    Process("shop-relay", "-m demo relay", Owner.SHOP),
    Process("shop-billing", "-m demo consumer billing", Owner.SHOP),
    Process("shop-shipping", "-m demo consumer shipping", Owner.SHOP),
    Process("shop-search", "-m demo consumer search", Owner.SHOP),
    Process("shop-fraud", "-m demo consumer fraud", Owner.SHOP),
)

# Steps of the set-up, each run to its end before the next.
MIGRATE = Process("migrate", "manage.py migrate --noinput", Owner.PRODUCT)
FIRST_USER = Process("first-user", "manage.py createsuperuser --noinput", Owner.PRODUCT)
MIGRATE_SHOP = Process("shop-migrate", "-m demo migrate --noinput", Owner.SHOP)
SEED_SHOP = Process("shop-seed", "-m demo seed", Owner.SHOP)
