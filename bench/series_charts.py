"""How long charts take, from the database to the lists that a page draws."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection

from monitor.series.read import group_series

SPANS = {
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "400d": timedelta(days=400),
}


def measure(
    groups: Sequence[int], now: datetime, *, draws: int, restart: Callable[[], None]
) -> dict[str, Any]:
    """Milliseconds of each span; cold are the first charts of all groups after a restart."""
    return {name: _span(groups, now, span, draws, restart) for name, span in SPANS.items()}


def _span(
    groups: Sequence[int],
    now: datetime,
    span: timedelta,
    draws: int,
    restart: Callable[[], None],
) -> dict[str, Any]:
    connection.close()
    restart()
    connection.ensure_connection()
    cold = [_draw(group, now, span) for group in groups]
    for group in groups:
        _draw(group, now, span)
    warm = [_draw(groups[number % len(groups)], now, span) for number in range(draws)]
    return {
        "points": len(group_series(groups[0], start=now - span, end=now).times),
        "warm_p95_ms": _p95(warm),
        "warm_median_ms": round(float(np.median(warm)), 1),
        "cold_p95_ms": _p95(cold),
        "draws": draws,
    }


def _draw(group: int, now: datetime, span: timedelta) -> float:
    began = time.perf_counter()
    group_series(group, start=now - span, end=now)
    return (time.perf_counter() - began) * 1000


def _p95(milliseconds: Sequence[float]) -> float:
    return round(float(np.percentile(milliseconds, 95)), 1)
