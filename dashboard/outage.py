"""Turns an outage of Postgres into a 503 that says so, in the caller's format."""

import logging
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from dashboard.failures import DATABASE_ERRORS, database_down

log = logging.getLogger(__name__)


class DatabaseOutageMiddleware:
    """Comes after the one that sets `request.user` and before those that read it.

    Loads the user where the view needs one, since an error there would reach no later hook; what
    fails elsewhere ends in `failures.server_error`, which answers the same.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        if not getattr(view, "login_required", True):
            return None
        try:
            _is_known = request.user.is_authenticated
        except DATABASE_ERRORS as error:
            return self.process_exception(request, error)
        return None

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        if not isinstance(exception, DATABASE_ERRORS):
            return None
        log.error("database does not answer", extra={"problem": str(exception).strip()})
        return database_down(request)
