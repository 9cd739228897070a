"""What a request that failed is answered: a problem under the API, a page elsewhere.

Wired in `dashboard.urls` (400, 403, 404, 500) and in the settings (CSRF).
"""

import sys
from collections.abc import Callable

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.views import csrf, defaults

from dashboard.problems import is_api, problem

Answer = Callable[[HttpRequest], HttpResponseBase]

DATABASE_ERRORS = (OperationalError, InterfaceError)
RETRY_AFTER_SECONDS = 5
TOO_LARGE = "The body is larger than 1 MB; nothing was read."


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if isinstance(exception, RequestDataTooBig):
        return too_large(request)
    if is_api(request):
        return problem(400, "The request cannot be understood.")
    return defaults.bad_request(request, exception)


def too_large(request: HttpRequest) -> HttpResponseBase:
    if is_api(request):
        return problem(413, TOO_LARGE)
    return HttpResponse(TOO_LARGE, status=413, content_type="text/plain")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    if is_api(request):
        return problem(403, "You may not do this.")
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponseBase:
    if is_api(request):
        return problem(404, "There is nothing at this address; see /api/v1/docs.")
    return defaults.page_not_found(request, exception or Exception())


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    if is_api(request):
        return problem(403, f"Send the CSRF token, or use a bearer token. {reason}")
    return csrf.csrf_failure(request, reason)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """Called while the error is being handled: an outage of the database is told apart."""
    if isinstance(sys.exc_info()[1], DATABASE_ERRORS):
        return database_down(request)
    if is_api(request):
        return problem(500, "Highwater failed; its log says why.")
    return defaults.server_error(request)


def database_down(request: HttpRequest) -> HttpResponseBase:
    """503. The page needs neither the database nor a session, for there is none."""
    response: HttpResponseBase
    if is_api(request):
        response = problem(503, "Highwater's database does not answer.", kind="database-down")
    else:
        context = {"retry_after_seconds": RETRY_AFTER_SECONDS}
        response = HttpResponse(render_to_string("503.html", context), status=503)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    response["Cache-Control"] = "no-store"
    return response
