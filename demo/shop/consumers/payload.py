"""Reading the payload of an event."""

import json
from typing import Any

from highwater_events.router import Context


def payload(context: Context) -> dict[str, Any]:
    """Raises ValueError where the payload is not a JSON object."""
    content = json.loads(context.event.payload)
    if not isinstance(content, dict):
        raise ValueError(f"The payload of {context.event.type} is no JSON object.")
    return content
