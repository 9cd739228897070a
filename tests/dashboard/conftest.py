import pytest

from dashboard.access.tokens import FAILURES


@pytest.fixture(autouse=True)
def forget_failed_tokens() -> None:
    """Failures are counted per process, which all tests share."""
    FAILURES.clear()
