"""Telemetry is set up once a process, so each test starts one; the collector is this process."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.database import database_url

pytestmark = pytest.mark.django_db  # the process reads its tables

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
REQUEST = f"""
import asyncio
from django.conf import settings
from django.test import AsyncClient
settings.ALLOWED_HOSTS.append("testserver")
headers = {{"traceparent": "00-{TRACE_ID}-b7ad6b7169203331-01"}}
print(asyncio.run(AsyncClient().get("/api/v1/clusters", headers=headers)).status_code)
"""
LOGGING_VIEW = """
import logging
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.urls import path
settings.ROOT_URLCONF = "__main__"
@login_not_required
def work(request):
    logging.getLogger("monitor.x").info("at work")
    return HttpResponse()
urlpatterns = [path("work", work)]
"""
TASK = """
from celery import Celery
app = Celery(broker="memory://", task_always_eager=True)
@app.task(name="sampling.tick")
def tick(): pass
tick.delay()
"""


@dataclass
class Collector:
    """What came in, by path."""

    port: int = 0
    bodies: dict[str, list[bytes]] = field(default_factory=dict)

    def spans(self) -> dict[str, Span]:
        """Spans by name."""
        return {
            span.name: span
            for body in self.bodies.get("/v1/traces", ())
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        }

    def metric_names(self) -> set[str]:
        return {
            metric.name
            for body in self.bodies.get("/v1/metrics", ())
            for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }


@pytest.fixture
def collector() -> Iterator[Collector]:
    received = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.bodies.setdefault(self.path, []).append(body)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        received.port = server.server_port
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield received
        server.shutdown()
        thread.join()


def _run(process: str, code: str, endpoint: str) -> subprocess.CompletedProcess[str]:
    """A process of its own, with telemetry from start to stop."""
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "import django; django.setup()\nfrom dashboard import telemetry\n"
            f"telemetry.start({process!r})\n{code}\ntelemetry.stop()",
        ],
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "dashboard.settings",
            "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
            "HIGHWATER_LOG_FORMAT": "json",
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )


def test_a_request_becomes_a_span_of_the_callers_trace(collector: Collector) -> None:
    ran = _run("web", REQUEST, f"http://127.0.0.1:{collector.port}")
    assert ran.stdout.strip() == "401"
    [span] = [span for name, span in collector.spans().items() if name.startswith("GET")]
    assert span.trace_id.hex() == TRACE_ID


def test_the_web_process_exports_what_was_sampled(collector: Collector) -> None:
    _run("web", REQUEST, f"http://127.0.0.1:{collector.port}")
    assert "highwater_live_sockets" in collector.metric_names()


def test_a_task_becomes_a_span_and_a_worker_exports_no_samples(collector: Collector) -> None:
    _run("worker", TASK, f"http://127.0.0.1:{collector.port}")
    assert any("sampling.tick" in name for name in collector.spans())
    assert "highwater_live_sockets" not in collector.metric_names()


def test_log_lines_of_a_request_carry_its_trace_without_a_collector() -> None:
    ran = _run("web", LOGGING_VIEW + REQUEST.replace("/api/v1/clusters", "/work"), "")
    [line] = [line for line in ran.stderr.splitlines() if "at work" in line]
    assert json.loads(line)["trace_id"] == TRACE_ID


def test_a_collector_that_does_not_answer_holds_nothing_up() -> None:
    began = time.monotonic()
    assert _run("web", REQUEST, "http://127.0.0.1:1").returncode == 0
    assert time.monotonic() - began < 20
