import json
import logging
import subprocess
import sys

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from dashboard.logs import TraceIds, logging_config


def _logged(code: str, form: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a process with our settings writes to standard error."""
    monkeypatch.setenv("HIGHWATER_LOG_FORMAT", form)
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "dashboard.settings")
    ran = subprocess.run(
        [sys.executable, "-c", f"import django, logging; django.setup()\n{code}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return [line for line in ran.stderr.splitlines() if "axes" not in line]


def test_an_event_is_one_json_line_even_with_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "log = logging.getLogger('monitor.x')\n"
        "try: 1 / 0\n"
        "except ZeroDivisionError: log.exception('a\\nb', extra={'group': 'billing'})\n"
        "logging.getLogger('django.request').warning('seen once')"
    )
    first, second = [json.loads(line) for line in _logged(code, "json", monkeypatch)]
    assert (first["level"], first["logger"], first["message"]) == ("ERROR", "monitor.x", "a\nb")
    assert first["group"] == "billing"
    assert "ZeroDivisionError" in first["exc_info"]
    assert first["time"].endswith("+00:00")
    assert first["trace_id"] is None
    assert second["message"] == "seen once"


def test_text_lines_are_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    [line] = _logged("logging.getLogger('monitor.x').info('hello')", "text", monkeypatch)
    assert "INFO monitor.x: hello" in line


def test_a_line_inside_a_span_carries_its_ids() -> None:
    record = logging.makeLogRecord({"msg": "hello"})
    with TracerProvider().get_tracer("test").start_as_current_span("work") as span:
        TraceIds().filter(record)
    context = span.get_span_context()
    assert vars(record)["trace_id"] == trace.format_trace_id(context.trace_id)
    assert vars(record)["span_id"] == trace.format_span_id(context.span_id)


def test_the_level_is_that_of_the_setting() -> None:
    assert logging_config("DEBUG", "json")["root"]["level"] == "DEBUG"
