import hashlib
import io
import sys
from pathlib import Path

import pytest

from quickstart import assets
from quickstart.environment import ROOT
from quickstart.errors import QuickstartError
from quickstart.progress import Progress


def test_all_that_pages_load_is_copied_and_old_copies_go(tmp_path: Path) -> None:
    packages, vendor = tmp_path / "node_modules", tmp_path / "vendor"
    for source in assets.COPIED:
        (packages / source).parent.mkdir(parents=True, exist_ok=True)
        (packages / source).write_text(source)
    (vendor / "old").mkdir(parents=True)
    assets.copy(packages, vendor)
    copied = {str(path.relative_to(vendor)) for path in vendor.rglob("*") if path.is_file()}
    assert copied == set(assets.COPIED.values())


def test_an_installation_that_was_cut_off_is_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """npm fails here in a tree of its own, whose packages somebody had removed."""
    tree, vendor = tmp_path / "tree", tmp_path / "vendor"
    vendor.mkdir()
    tree.mkdir()
    (tree / "package-lock.json").write_text("{}")
    (vendor / "package-lock.sha256").write_text(hashlib.sha256(b"{}").hexdigest())
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text("#!/bin/sh\nmkdir node_modules\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setattr(assets, "ROOT", tree)
    monkeypatch.setattr(assets, "VENDOR", vendor)
    monkeypatch.setattr(sys, "executable", str(npm.with_name("python")))
    for _ in range(2):
        with pytest.raises(QuickstartError, match="npm ci` ended with code 1"):
            assets.ensure(Progress(io.StringIO()))


def test_the_lock_names_no_registry() -> None:
    assert "resolved" not in (ROOT / "package-lock.json").read_text()
