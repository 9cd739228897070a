"""Lets people in, and turns an outage of Postgres into a 503 that says so."""

import logging
from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponseBase

from dashboard.failures import DATABASE_ERRORS, database_down

log = logging.getLogger(__name__)


class LoginOrOutageMiddleware(LoginRequiredMiddleware):
    """Django's, but it does not load the user for views that are open to strangers.

    Else a browser's session would make /healthz depend on the database. Its own outage it has to
    answer itself: no later hook sees an error of `process_view`. What fails in yet other places
    ends in `failures.server_error`, which answers the same.
    """

    def process_view(
        self,
        request: HttpRequest,
        view_func: Callable[..., Any],
        view_args: Any,
        view_kwargs: Any,
    ) -> HttpResponseBase | None:
        if not getattr(view_func, "login_required", True):
            return None
        try:
            return super().process_view(request, view_func, view_args, view_kwargs)
        except DATABASE_ERRORS as error:
            return self.process_exception(request, error)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        if not isinstance(exception, DATABASE_ERRORS):
            return None
        log.error("database does not answer", extra={"problem": str(exception).strip()})
        return database_down(request)
