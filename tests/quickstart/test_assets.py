from pathlib import Path

from quickstart import assets
from quickstart.environment import ROOT


def test_all_that_pages_load_is_copied_and_old_copies_go(tmp_path: Path) -> None:
    packages, vendor = tmp_path / "node_modules", tmp_path / "vendor"
    for source in assets.COPIED:
        (packages / source).parent.mkdir(parents=True, exist_ok=True)
        (packages / source).write_text(source)
    (vendor / "old").mkdir(parents=True)
    assets.copy(packages, vendor)
    copied = {str(path.relative_to(vendor)) for path in vendor.rglob("*") if path.is_file()}
    assert copied == set(assets.COPIED.values())


def test_the_lock_names_no_registry() -> None:
    assert "resolved" not in (ROOT / "package-lock.json").read_text()
