"""Version 1 of the API: who may come in, which resources, and how it is documented."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.security import django_auth

from dashboard.access.tokens import AccessError, token_from_request
from dashboard.api import changes, clusters, groups, losses, outboxes, replays, time_lag, topics
from dashboard.api.callers import TokenAuth
from dashboard.api.errors import NOT_LOGGED_IN, install, unauthorized
from dashboard.api.parameters import refuse_unknown
from dashboard.problems import CONTENT_TYPE, KINDS, problem

View = Callable[..., HttpResponseBase]

PROBLEM_SCHEMA = {
    "type": "object",
    "description": "RFC 9457. `type` is about:blank or urn:highwater: and one of the kinds.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "examples": [f"urn:highwater:{kind}" for kind in KINDS]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "loc": {"type": "array", "items": {"type": "string"}},
                    "message": {"type": "string"},
                },
            },
        },
    },
}


class DocumentedAPI(NinjaAPI):
    """Adds to every operation what all have in common: errors are problems."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        document = super().get_openapi_schema(**options)
        document["components"]["schemas"]["Problem"] = PROBLEM_SCHEMA
        reference = {"schema": {"$ref": "#/components/schemas/Problem"}}
        answer = {"description": "An error.", "content": {CONTENT_TYPE: reference}}
        for operations in document["paths"].values():
            for operation in operations.values():
                operation["responses"]["default"] = answer
        return document


def for_callers(view: View) -> View:
    """The documents are for those who may call: by session or, unlike pages, by token."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            is_known = request.user.is_authenticated or token_from_request(request) is not None
        except AccessError as error:
            return api.on_exception(request, error)
        return view(request, *args, **kwargs) if is_known else unauthorized(NOT_LOGGED_IN)

    return guarded


def answered_whole(view: View) -> View:
    """django-ninja answers a wrong method with an empty body, and says nothing of caches."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
            return response
        refusal = problem(405, f"{request.method} does nothing here; see the Allow header.")
        refusal["Allow"] = response["Allow"]
        return refusal

    return answered


api = DocumentedAPI(
    title="Highwater",
    version="1",
    urls_namespace="api",
    description="Lag, backlog and replays. Null means unknown; times are ISO 8601 in UTC.",
    auth=[TokenAuth(), django_auth],
    docs_decorator=for_callers,
)
install(api)
api.add_decorator(refuse_unknown)
for resource in (clusters, groups, time_lag, losses, topics, outboxes, changes, replays):
    api.add_router("", resource.router)


def urls() -> tuple[list[URLPattern], str, str]:
    """The API's addresses, to be included.

    Strangers get through to all but the page of documents: the API has a check of its own, and
    answers 401 instead of sending programs to a log-in page.
    """
    patterns, application, namespace = api.urls
    found = [pattern for pattern in patterns if isinstance(pattern, URLPattern)]
    for pattern in found:
        if pattern.name != "openapi-view":
            pattern.callback = login_not_required(answered_whole(pattern.callback))
    return found, application, namespace
