from pathlib import Path

from quickstart import processes
from quickstart.environment import ROOT
from quickstart.processes import Owner, Process

ALL = [
    *(processes.WEB, *processes.PROCESSES),
    *(processes.MIGRATE, processes.FIRST_USER, processes.MIGRATE_SHOP, processes.SEED_SHOP),
]


def test_no_two_processes_share_a_log() -> None:
    assert len({process.name for process in ALL}) == len(ALL)


def test_all_queues_have_a_worker() -> None:
    commands = " ".join(process.command for process in processes.PROCESSES)
    assert all(queue in commands for queue in ("sampling", "backlog", "upkeep", "series", "replay"))


def test_the_shop_gets_none_of_highwaters_environment() -> None:
    program = Process("shop-relay", "-m demo relay", Owner.SHOP).program(
        {Owner.PRODUCT: {"SECRET_KEY": "s"}, Owner.SHOP: {"HIGHWATER_DEMO_RATE": "50"}}
    )
    assert program.env == {"HIGHWATER_DEMO_RATE": "50"}


def test_every_script_that_is_run_exists() -> None:
    scripts = {word for process in ALL for word in process.command.split() if word.endswith(".py")}
    assert scripts == {"manage.py"}
    assert all(Path(ROOT, script).exists() for script in scripts)
