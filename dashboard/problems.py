"""Errors in the API's format: `application/problem+json` (RFC 9457).

`type` is `about:blank` where the status says it all, else `urn:highwater:` and one of KINDS.
"""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, JsonResponse

API_PREFIX = "/api/"
CONTENT_TYPE = "application/problem+json"

KINDS = {
    "invalid": "A parameter or a field of the body is wrong; `errors` lists each.",
    "plan-refused": "The replay would be unsafe or impossible; `detail` says why.",
    "stale-plan": "Offsets, members or log bounds moved since the plan was made: plan again.",
    "acknowledgement-refused": "No such loss is known: look again.",
    "move-not-allowed": "The replay's state does not allow this step.",
    "not-told": "This broker does not tell what the replay has to know.",
    "misconfigured": "The cluster's connection is wrong; an administrator can mend it.",
    "cluster-unreachable": "No broker of the cluster answers; try again later.",
    "database-down": "Highwater's database does not answer; try again after `Retry-After`.",
}


def problem(
    status: int,
    detail: str,
    *,
    kind: str | None = None,
    errors: Sequence[dict[str, Any]] | None = None,
) -> JsonResponse:
    """An error answer; `detail` says what to do. Raises KeyError for a kind not in KINDS."""
    body: dict[str, Any] = {
        "type": f"urn:highwater:{kind}" if kind and KINDS[kind] else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors is not None:
        body["errors"] = list(errors)
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE)


def is_api(request: HttpRequest) -> bool:
    """Whether the caller is a program that wants a problem rather than a page."""
    return request.path.startswith(API_PREFIX)
