from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.sampling import Fleet, fleet


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Fleet]:
    """Sampling processes that a test starts; none outlives it."""
    with fleet(tmp_path) as started:
        yield started
