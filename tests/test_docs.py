"""The reference pages are current, and leave nothing out."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import URLPattern

from dashboard.api import v1
from dashboard.env import SETTINGS
from dashboard.gauges import METRICS
from dashboard.problems import KINDS
from docs.generator.pages import PAGES
from highwater_events.metrics import DECLARED
from monitor.models import Replay
from monitor.values import ReadingFlag, Status

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
PACKAGES = ("dashboard", "monitor", "highwater_events", "quickstart", "demo")


def headings(page: str) -> set[str]:
    found = re.findall(r"^#+ (.+)$", (DOCS / page).read_text(), re.MULTILINE)
    return set(found)


def sources() -> Iterator[str]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.read_text()


def named_in_code(pattern: str) -> set[str]:
    return {name for source in sources() for name in re.findall(pattern, source)}


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_what_the_code_declares(name: str) -> None:
    assert (DOCS / name).read_text() == PAGES[name](), f"docs/{name} is not current: make docs"


def test_every_setting_has_a_heading() -> None:
    assert {setting.name for setting in SETTINGS} <= headings("settings.md")


def test_every_variable_that_code_reads_has_a_heading() -> None:
    read = named_in_code(r'"((?:HIGHWATER|DEMO)_[A-Z_]+)"')
    secrets = {name for name in read if name.startswith("HIGHWATER_SECRET_")}
    toolkit = {"HIGHWATER_EVENTS"}  # a mapping in a service's settings, in a section of its own
    assert read - secrets - toolkit <= headings("settings.md")


def test_every_metric_has_a_heading() -> None:
    names = {metric.name for metric in METRICS} | {metric.name for metric in DECLARED}
    assert names <= headings("metrics.md")


def test_every_address_of_the_api_has_a_heading() -> None:
    patterns = [each for each in v1.urls()[0] if isinstance(each, URLPattern)]
    written = {re.sub(r"<int:(\w+)>", r"{\1}", str(each.pattern)) for each in patterns}
    documents = {"", "docs", "openapi.json"}
    described = {heading.partition("/api/v1/")[2] for heading in headings("api.md")}
    assert written - documents <= described


@pytest.mark.parametrize("address", ["GET /healthz", "GET /readyz", "GET /metrics", "/ws/live"])
def test_every_other_address_has_a_heading(address: str) -> None:
    assert address in headings("api.md")


def test_every_kind_of_problem_is_explained() -> None:
    page = (DOCS / "api.md").read_text()
    assert [kind for kind in KINDS if f"`urn:highwater:{kind}`" not in page] == []


def test_every_command_has_a_heading() -> None:
    files = [path for each in PACKAGES for path in ROOT.glob(f"{each}/management/commands/*.py")]
    names = {f"manage.py {path.stem}" for path in files if path.stem != "__init__"}
    assert names <= headings("commands.md")
    assert len(names) >= 4


def test_every_check_id_has_a_heading() -> None:
    ids = named_in_code(r"\b(highwater(?:_events)?\.[EW]\d{3})\b")
    assert ids == headings("checks.md") - {"Checks"}


def test_every_status_flag_and_state_has_a_heading() -> None:
    words = {*map(str, Status), *map(str, Replay.State.values)}
    flags = {str(flag.name) for flag in ReadingFlag if flag}
    assert words | flags <= headings("statuses.md")
