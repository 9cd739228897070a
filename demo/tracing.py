"""Traces of the shop: records carry their context, and a collector gets the spans where one is set.

The variables are OpenTelemetry's own: OTEL_EXPORTER_OTLP_ENDPOINT names the collector.
"""

import os
from collections.abc import Sequence

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

EXPORT_SECONDS = 2.0  # a collector that is away must not keep a stopping process


def start_tracing(words: Sequence[str]) -> TracerProvider:
    """Trace this process, named after its command: `shop-consumer-billing`."""
    name = "-".join(["shop", *(word for word in words if not word.startswith("-"))])
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        _export(provider)
    trace.set_tracer_provider(provider)
    return provider


def _export(provider: TracerProvider) -> None:
    # Imported late: most shops run without a collector, and the exporter is slow to load.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=EXPORT_SECONDS)))
