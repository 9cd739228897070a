import sys
from pathlib import Path

from quickstart.environment import with_our_python


def test_programs_of_our_virtual_environment_come_first() -> None:
    path = with_our_python({"PATH": "/usr/bin"})["PATH"]
    assert path == f"{Path(sys.executable).parent}:/usr/bin"


def test_the_settings_of_another_django_project_stay_away() -> None:
    kept = with_our_python({"DJANGO_SETTINGS_MODULE": "theirs.settings", "TERM": "xterm"})
    assert "DJANGO_SETTINGS_MODULE" not in kept
    assert kept["TERM"] == "xterm"
