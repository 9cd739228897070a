import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from opentelemetry import trace

from demo.tracing import start_tracing


@pytest.fixture(autouse=True)
def no_global_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trace, "set_tracer_provider", lambda provider: None)


@pytest.fixture
def collected() -> Iterator[tuple[str, list[str]]]:
    """A collector's address and the paths that were posted to it."""
    paths: list[str] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            paths.append(self.path)
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", paths
    server.shutdown()
    server.server_close()


def test_a_process_is_named_after_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    provider = start_tracing(["consumer", "billing", "--verbosity=1"])
    assert provider.resource.attributes["service.name"] == "shop-consumer-billing"
    provider.shutdown()


def test_spans_go_to_the_collector_that_is_set(
    monkeypatch: pytest.MonkeyPatch, collected: tuple[str, list[str]]
) -> None:
    endpoint, paths = collected
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
    provider = start_tracing(["orders"])
    provider.get_tracer("test").start_span("create orders").end()
    provider.shutdown()
    assert paths == ["/v1/traces"]
