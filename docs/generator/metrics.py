"""`docs/metrics.md`: of the web process, then of relays and consumers."""

from dashboard.gauges import METRICS, Metric
from docs.generator.markdown import document, section
from highwater_events.metrics import DECLARED, Declared


def page() -> str:
    return document(
        "Metrics",
        "What is unknown or stale is absent, never 0.",
        section(
            "Of Highwater",
            "`GET /metrics` of the web process, for a session or a token with scope read. It shows "
            "what was last sampled and never asks Kafka. All are gauges.",
        ),
        *(_of_highwater(metric) for metric in METRICS),
        section(
            "Of relays and consumers",
            "Each serves its own to all who reach HIGHWATER_BIND (127.0.0.1) and "
            "HIGHWATER_METRICS_PORT.",
        ),
        *(_of_toolkit(declared) for declared in DECLARED),
    )


def _of_highwater(metric: Metric) -> str:
    unit = f"Unit: {metric.unit}. " if metric.unit else ""
    return section(metric.name, metric.help, f"{unit}{_labels(metric.labels)}".strip(), level=3)


def _of_toolkit(declared: Declared) -> str:
    details = f"A {declared.kind}. {_labels(declared.labels)}".strip()
    return section(declared.name, declared.help, details, level=3)


def _labels(labels: tuple[str, ...]) -> str:
    return f"Labels: {', '.join(f'`{label}`' for label in labels)}." if labels else ""
