import os
import resource
import stat
from pathlib import Path

import pytest

from quickstart.errors import StateError
from quickstart.reset import reset
from quickstart.state import State, put_in_place


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _port_of_one_run(folder: Path) -> int:
    state = State(folder)
    port = state.port("broker")
    state.release()
    return port


def test_the_folder_and_its_new_parents_are_closed_to_others(tmp_path: Path) -> None:
    state = State(tmp_path / "outer" / "inner")
    assert [mode(path) for path in (state.folder, state.folder.parent)] == [0o700, 0o700]
    state.release()


def test_a_first_start_on_a_full_disk_can_be_tried_again(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            State(tmp_path / "state")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    State(tmp_path / "state").release()


def test_a_secret_is_made_once_and_is_readable_by_its_owner_only(state: State) -> None:
    first = state.secret("postgres")
    assert state.secret("postgres") == first
    assert len(first) >= 32
    assert mode(state.folder / "secrets" / "postgres") == 0o600


def test_two_secrets_differ(state: State) -> None:
    assert state.secret("postgres") != state.secret("valkey")


def test_the_secret_key_is_long_enough_for_django(state: State) -> None:
    assert len(state.secret("secret-key")) >= 50


def test_a_port_stays_the_same_at_the_next_start(tmp_path: Path) -> None:
    first, second = (_port_of_one_run(tmp_path / "state") for _ in range(2))
    assert first == second


def test_a_second_quickstart_on_the_same_folder_is_refused(state: State) -> None:
    with pytest.raises(StateError, match=r"in use by another quickstart \(process \d+\)"):
        State(state.folder)


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    with pytest.raises(StateError, match=r"holds other things \(letters\)"):
        State(tmp_path)


def test_a_folder_that_holds_only_other_states_is_taken(tmp_path: Path) -> None:
    State(tmp_path / "test").release()
    State(tmp_path).release()


def test_of_two_starts_that_bring_the_same_folder_the_first_one_wins(tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "jar").write_text(name)
        put_in_place(tmp_path / name, tmp_path / "cache")
    assert (tmp_path / "cache" / "jar").read_text() == "first"


def test_what_cannot_be_put_in_place_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        put_in_place(tmp_path / "missing", tmp_path / "cache")


def test_reset_leaves_nothing(tmp_path: Path) -> None:
    state = State(tmp_path / "state")
    state.secret("postgres")
    State(state.folder / "test").release()
    state.release()
    reset(state.folder)
    assert not state.folder.exists()


def test_reset_leaves_a_folder_that_is_not_ours_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "letters").write_text("dear")
    with pytest.raises(StateError, match=r"holds other things \(letters\), so nothing .* cleared"):
        reset(tmp_path)
    assert (tmp_path / "letters").exists()


def test_a_reset_that_was_cut_off_can_be_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = State(tmp_path / "state")
    state.subfolder("zebra")
    state.release()

    def in_order(folder: Path) -> list[Path]:
        return [folder / name for name in sorted(os.listdir(folder))]  # noqa: PTH208 (replaces iterdir)

    def refuse(path: Path, *, ignore_errors: bool = False) -> None:
        if not ignore_errors:
            raise PermissionError(path)

    with monkeypatch.context() as patch, pytest.raises(PermissionError):
        patch.setattr(Path, "iterdir", in_order)
        patch.setattr("shutil.rmtree", refuse)
        reset(state.folder)
    reset(state.folder)
    assert not state.folder.exists()


def test_reset_refuses_while_the_folder_is_in_use(state: State) -> None:
    with pytest.raises(StateError, match="in use"):
        reset(state.folder)


def test_reset_of_what_was_never_there_is_no_error(tmp_path: Path) -> None:
    reset(tmp_path / "never")
