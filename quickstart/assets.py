"""What the pages load from npm: installed by the lock, then copied to `static/vendor`."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from quickstart.environment import ROOT, with_our_python
from quickstart.errors import QuickstartError
from quickstart.progress import Progress

VENDOR = ROOT / "static" / "vendor"
NPM_LOCK = ROOT / "quickstart" / "npm.lock"
COPIED = {
    "uplot/dist/uPlot.esm.js": "uplot/uPlot.esm.js",
    "uplot/dist/uPlot.min.css": "uplot/uPlot.min.css",
    # Beside the module and named after it: there the type checker looks for its types.
    "uplot/dist/uPlot.d.ts": "uplot/uPlot.esm.d.ts",
    "uplot/LICENSE": "uplot/LICENSE",
}


def ensure(progress: Progress) -> None:
    """Install and copy, unless that was done for the present lock. Raises QuickstartError."""
    stamp = VENDOR / "package-lock.sha256"
    fingerprint = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    packages = ROOT / "node_modules"
    if packages.exists() and stamp.exists() and stamp.read_text() == fingerprint:
        return
    if shutil.which("npm", path=with_our_python(os.environ)["PATH"]) is None:
        with progress.step("npm from a wheel, as this machine has none"):
            words = ("install", "--quiet", "--require-hashes", "--requirement", str(NPM_LOCK))
            _run([sys.executable, "-m", "pip", *words])
    # Half an installation must not pass for a whole one at the next start.
    stamp.unlink(missing_ok=True)
    with progress.step("Browser assets by npm"):
        _run(["npm", "ci"])
        copy(packages, VENDOR)
    stamp.write_text(fingerprint)


def copy(packages: Path, vendor: Path) -> None:
    """Replace the copies; what an earlier lock brought is gone afterwards."""
    shutil.rmtree(vendor, ignore_errors=True)
    for source, target in COPIED.items():
        (vendor / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(packages / source, vendor / target)


def _run(command: Sequence[str]) -> None:
    finished = subprocess.run(
        command,
        cwd=ROOT,
        env=with_our_python(os.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        raise QuickstartError(
            f"`{' '.join(command)}` ended with code {finished.returncode}:\n"
            f"{finished.stdout}{finished.stderr}"
        )
