import logging
from datetime import timedelta

import pytest
from celery.beat import SchedulingError

from dashboard.celery import MemoryScheduler, app


def test_beat_has_one_entry_and_keeps_no_file() -> None:
    scheduler = MemoryScheduler(app=app)
    assert list(scheduler.schedule) == ["sweep"]
    assert str(scheduler.schedule["sweep"].schedule) == "<freq: 1.00 second>"


def test_a_sweep_that_cannot_be_queued_is_a_line_and_not_the_end_of_beat(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler = MemoryScheduler(app=app)

    def refuse(*_: object, **__: object) -> None:
        raise SchedulingError("no broker")

    monkeypatch.setattr(scheduler, "apply_async", refuse)
    with caplog.at_level(logging.WARNING):
        scheduler.apply_entry(scheduler.schedule["sweep"])
    assert "the sweep was not queued" in caplog.text


def test_a_clock_that_was_set_back_does_not_hold_the_sweep_up() -> None:
    scheduler = MemoryScheduler(app=app)
    entry = scheduler.schedule["sweep"]
    entry.last_run_at = entry.default_now() + timedelta(hours=1)
    _, seconds_to_wait = scheduler.is_due(entry)
    assert seconds_to_wait <= 1


def test_workers_hold_one_message_and_wait_for_ever_for_valkey() -> None:
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.broker_connection_max_retries is None
    assert app.conf.task_ignore_result
    assert app.conf.result_backend is None
