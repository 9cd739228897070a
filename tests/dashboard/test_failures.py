"""Pages and problems for requests that fail before or outside any view."""

import pytest
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import HttpRequest
from django.test import RequestFactory

from dashboard import failures

PAGE, PROBLEM = "/groups", "/api/v1/groups"


def request(path: str) -> HttpRequest:
    return RequestFactory().get(path)


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (lambda asked: failures.bad_request(asked, SuspiciousOperation()), 400),
        (lambda asked: failures.bad_request(asked, RequestDataTooBig()), 413),
        (lambda asked: failures.forbidden(asked, Exception()), 403),
        (lambda asked: failures.not_found(asked, Exception()), 404),
        (lambda asked: failures.csrf_failure(asked, "no cookie"), 403),
        (failures.server_error, 500),
        (failures.database_down, 503),
    ],
)
def test_programs_get_problems_and_people_pages(answer: failures.Answer, status: int) -> None:
    problem, page = answer(request(PROBLEM)), answer(request(PAGE))
    assert (problem.status_code, page.status_code) == (status, status)
    assert problem["Content-Type"] == "application/problem+json"
    assert page["Content-Type"].startswith("text/")


def test_an_outage_that_no_view_met_is_told_apart_from_a_bug() -> None:
    try:
        raise OperationalError("connection refused")
    except OperationalError:
        assert failures.server_error(request(PAGE)).status_code == 503


def test_the_outage_page_says_when_it_tries_again() -> None:
    page = failures.database_down(request(PAGE))
    assert page["Retry-After"] == "5"
    assert page["Cache-Control"] == "no-store"
