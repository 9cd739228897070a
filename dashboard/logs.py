"""How Highwater's processes log: one line an event, on standard error, with the trace's ids."""

import logging
from typing import Any

from opentelemetry import trace
from pythonjsonlogger.core import RESERVED_ATTRS

JSON = "pythonjsonlogger.json.JsonFormatter"


class TraceIds(logging.Filter):
    """Adds `trace_id` and `span_id` of the present span; both are null outside of one."""

    def filter(self, record: logging.LogRecord) -> bool:
        context = trace.get_current_span().get_span_context()
        record.trace_id = trace.format_trace_id(context.trace_id) if context.is_valid else None
        record.span_id = trace.format_span_id(context.span_id) if context.is_valid else None
        return True


def logging_config(level: str, form: str) -> dict[str, Any]:
    """Django's LOGGING for a level and a form, `json` or `text`.

    Django's loggers lose their own handlers, so that each line is written once.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"trace_ids": {"()": TraceIds}},
        "formatters": {
            "json": {
                "()": JSON,
                "fmt": "{levelname}{name}{message}{trace_id}{span_id}",
                "style": "{",
                "rename_fields": {"levelname": "level", "name": "logger"},
                "timestamp": "time",
                "reserved_attrs": [*RESERVED_ATTRS, "color_message"],  # uvicorn's, for terminals
            },
            "text": {
                "format": "{asctime} {levelname} {name}: {message}",
                "style": "{",
            },
        },
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": form,
                "filters": ["trace_ids"],
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            name: {"handlers": [], "level": "NOTSET", "propagate": True}
            for name in ("django", "django.server")
        },
    }
