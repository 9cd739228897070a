"""Every error of the API as a problem, with the status that fits it."""

from collections.abc import Callable, Sequence
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthorizationError, HttpError, ValidationError

from dashboard.access.tokens import BadTokenError, TooManyFailuresError
from dashboard.failures import TOO_LARGE
from dashboard.problems import problem
from monitor import errors

Handler = Callable[[HttpRequest, Any], HttpResponse]

NOT_LOGGED_IN = "Send a bearer token, or log in and send the session's cookie."
NOT_HERE = "There is nothing at this address; see /api/v1/docs."
STATUSES: dict[type[errors.MonitorError], tuple[int, str | None]] = {
    errors.NotFoundError: (404, None),
    errors.StalePlanError: (409, "stale-plan"),
    errors.MoveNotAllowedError: (409, "move-not-allowed"),
    errors.ReplayError: (409, "plan-refused"),
    errors.AcknowledgementError: (409, "acknowledgement-refused"),
    errors.NotToldError: (409, "not-told"),
    errors.ConfigurationError: (409, "misconfigured"),
    errors.ClusterUnreachableError: (503, "cluster-unreachable"),
}


def install(api: NinjaAPI) -> None:
    """Teach the API all errors that its operations raise; others end in `dashboard.failures`."""
    handlers: dict[type[Exception], Handler] = {
        HttpError: _http_error,
        ValidationError: _validation_error,
        Http404: lambda _request, _error: problem(404, NOT_HERE),
        RequestDataTooBig: lambda _request, _error: problem(413, TOO_LARGE),
        BadTokenError: lambda _request, error: unauthorized(str(error)),
        TooManyFailuresError: _too_many_failures,
    }
    for kind, (status, name) in STATUSES.items():
        handlers[kind] = _answer(status, name)
    for error_class, handler in handlers.items():
        api.add_exception_handler(error_class, handler)


def unauthorized(detail: str) -> HttpResponse:
    response = problem(401, detail)
    response["WWW-Authenticate"] = 'Bearer realm="Highwater"'
    return response


def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    """A stranger's write fails at the CSRF check already, but what it lacks is a log-in."""
    is_refused_person = isinstance(error, AuthorizationError)
    if error.status_code == 401 or (
        error.status_code == 403 and not is_refused_person and not request.user.is_authenticated
    ):
        return unauthorized(NOT_LOGGED_IN)
    return problem(error.status_code, str(error))


def _validation_error(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    found = [
        {"loc": _place(each["loc"]), "message": _message(each["msg"])} for each in error.errors
    ]
    detail = "; ".join(f"{'.'.join(each['loc'])}: {each['message']}" for each in found)
    return problem(422, detail, kind="invalid", errors=found)


def _message(text: str) -> str:
    """A check's own sentence, without what pydantic puts before it."""
    return text.removeprefix("Value error, ")


def _place(loc: Sequence[str | int]) -> list[str]:
    """Where in the request; a body's second part is the name of our own argument."""
    source, *rest = map(str, loc)
    return [source, *(rest[1:] if source == "body" else rest)]


def _too_many_failures(_request: HttpRequest, error: TooManyFailuresError) -> HttpResponse:
    response = problem(429, str(error))
    response["Retry-After"] = str(error.wait_seconds)
    return response


def _answer(status: int, kind: str | None) -> Handler:
    return lambda _request, error: problem(status, str(error), kind=kind)
