import os
from pathlib import Path

import pytest
from pytest_django import Settings

from monitor.errors import SecretNotFoundError
from monitor.secrets import MAX_SECRET_BYTES, is_reference, resolve


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    inside = tmp_path / "secrets"
    inside.mkdir()
    settings.HIGHWATER_SECRETS_DIR = str(inside)
    return inside


def test_a_variable_with_the_prefix_resolves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIGHWATER_SECRET_SHOP", "postgresql://shop")
    assert resolve("env:HIGHWATER_SECRET_SHOP") == "postgresql://shop"


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "PATH", "HIGHWATER_SECRET_", ""])
def test_no_other_variable_resolves(name: str) -> None:
    with pytest.raises(SecretNotFoundError, match="Only variables named HIGHWATER_SECRET_"):
        resolve(f"env:{name}")


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HIGHWATER_SECRET_ABSENT", raising=False)
    with pytest.raises(SecretNotFoundError, match="HIGHWATER_SECRET_ABSENT is not set"):
        resolve("env:HIGHWATER_SECRET_ABSENT")


def test_a_file_resolves_without_its_line_end(folder: Path) -> None:
    (folder / "kafka").write_text("pass word \n")
    assert resolve("file:kafka") == "pass word "


def test_a_link_inside_the_folder_resolves_as_kubernetes_mounts_it(folder: Path) -> None:
    (folder / "..data").mkdir()
    (folder / "..data" / "kafka").write_text("hush")
    (folder / "kafka").symlink_to("..data/kafka")
    assert resolve("file:kafka") == "hush"


@pytest.mark.parametrize("name", ["../outside", "a/../../outside", "/etc/passwd", "", ".", "a\0b"])
def test_a_name_cannot_leave_the_folder(folder: Path, name: str) -> None:
    (folder.parent / "outside").write_text("not yours")
    with pytest.raises(SecretNotFoundError):
        resolve(f"file:{name}")


def test_a_link_out_of_the_folder_is_refused(folder: Path) -> None:
    (folder.parent / "outside").write_text("not yours")
    (folder / "link").symlink_to(folder.parent / "outside")
    with pytest.raises(SecretNotFoundError, match="leads out of"):
        resolve("file:link")


def test_a_fifo_is_refused_instead_of_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(SecretNotFoundError, match="no file of at most"):
        resolve("file:pipe")


def test_a_huge_file_is_refused(folder: Path) -> None:
    (folder / "big").write_bytes(b"x" * (MAX_SECRET_BYTES + 1))
    with pytest.raises(SecretNotFoundError, match="no file of at most"):
        resolve("file:big")


@pytest.mark.parametrize(("content", "said"), [(b"\n", "is empty"), (b"\xff", "cannot be read")])
def test_a_file_without_a_secret_is_named(folder: Path, content: bytes, said: str) -> None:
    (folder / "kafka").write_bytes(content)
    with pytest.raises(SecretNotFoundError, match=said):
        resolve("file:kafka")


def test_files_are_forbidden_without_a_folder(settings: Settings) -> None:
    settings.HIGHWATER_SECRETS_DIR = ""
    with pytest.raises(SecretNotFoundError, match="Set HIGHWATER_SECRETS_DIR"):
        resolve("file:kafka")


def test_a_secret_in_the_clear_is_refused_and_not_repeated() -> None:
    with pytest.raises(SecretNotFoundError) as caught:
        resolve("postgresql://shop:hunter2@db/shop")
    assert "hunter2" not in str(caught.value)
    assert not is_reference("postgresql://shop:hunter2@db/shop")
