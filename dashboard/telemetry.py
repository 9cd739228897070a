"""Traces and metrics of Highwater's own processes, by OpenTelemetry.

Requests and tasks always run in spans, so that log lines carry their trace's id. With
`OTEL_EXPORTER_OTLP_ENDPOINT` spans and metrics also go to that collector over OTLP/HTTP. A process
starts telemetry after it forked: exporters own threads.
"""

import logging
from collections.abc import Iterator
from functools import partial
from time import monotonic

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connections
from opentelemetry import metrics, trace
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.metrics import CallbackOptions, Meter, Observation
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from prometheus_client.metrics_core import Metric as Family

from dashboard.gauges import METRICS
from dashboard.metrics.scrape import Scrape

log = logging.getLogger(__name__)

# A collector that does not answer must not hold up the end of a process.
EXPORT_TIMEOUT_SECONDS = 2
SCRAPE_HOLDS_SECONDS = 5.0


def start(process: str) -> None:
    """Start telemetry of a `web`, `worker` or `beat` process; once, and after it forked.

    Only `web` exports what was sampled, for every worker would send the same numbers again.
    """
    resource = Resource.create({"service.name": "highwater", "highwater.process": process})
    endpoint: str = settings.OTEL_EXPORTER_OTLP_ENDPOINT
    tracer_provider = TracerProvider(resource=resource)
    if endpoint:
        _export(endpoint, resource, tracer_provider, with_samples=process == "web")
    trace.set_tracer_provider(tracer_provider)
    if process == "web":
        DjangoInstrumentor().instrument(excluded_urls="/healthz,/readyz,/metrics")
    CeleryInstrumentor().instrument()


def stop() -> None:
    """Send what is left. Returns within a few seconds, whether the collector answers or not."""
    for provider in (trace.get_tracer_provider(), metrics.get_meter_provider()):
        if isinstance(provider, TracerProvider | MeterProvider):
            provider.shutdown()


def _export(
    endpoint: str, resource: Resource, tracer_provider: TracerProvider, *, with_samples: bool
) -> None:
    # Imported here: processes without a collector do without the exporters' libraries.
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    spans = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", timeout=EXPORT_TIMEOUT_SECONDS)
    tracer_provider.add_span_processor(BatchSpanProcessor(spans))
    numbers = OTLPMetricExporter(endpoint=f"{endpoint}/v1/metrics", timeout=EXPORT_TIMEOUT_SECONDS)
    meter_provider = MeterProvider([PeriodicExportingMetricReader(numbers)], resource=resource)
    metrics.set_meter_provider(meter_provider)
    if with_samples:
        _observe_samples(meter_provider.get_meter("highwater"))


def _observe_samples(meter: Meter) -> None:
    """The gauges of `/metrics` under their own names."""
    samples = _Samples()
    for metric in METRICS:
        meter.create_observable_gauge(
            metric.name,
            callbacks=[partial(samples.observe, metric.name)],
            unit=metric.unit,
            description=metric.help,
        )


class _Samples:
    """One scrape for all gauges of an export, which asks for each gauge on its own."""

    def __init__(self) -> None:
        self._families: dict[str, Family] = {}
        self._read_at_seconds = -SCRAPE_HOLDS_SECONDS

    def observe(self, name: str, _options: CallbackOptions) -> Iterator[Observation]:
        if monotonic() - self._read_at_seconds >= SCRAPE_HOLDS_SECONDS:
            self._families, self._read_at_seconds = _scrape(), monotonic()
        if name in self._families:
            for sample in self._families[name].samples:
                yield Observation(sample.value, sample.labels)


def _scrape() -> dict[str, Family]:
    """Nothing while the database does not answer: absent, not zero."""
    try:
        return {family.name: family for family in Scrape().collect()}
    except DatabaseError as problem:
        log.warning("samples were not exported", extra={"problem": str(problem)})
        return {}
    finally:
        connections.close_all()  # this thread has no request whose end would do it
