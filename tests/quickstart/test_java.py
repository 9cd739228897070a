from pathlib import Path

import pytest

from quickstart import java


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_412"', 8),
        ('openjdk version "25" 2025-09-16', 25),
        ('openjdk version "21-ea"', 21),
        ("bash: java: command not found", None),
    ],
)
def test_the_version_of_java_is_read(text: str, version: int | None) -> None:
    assert java.parse_java_version(text) == version


def test_java_home_comes_before_the_path(tmp_path: Path) -> None:
    own = tmp_path / "bin" / "java"
    own.parent.mkdir()
    own.touch()
    assert java.find_java({"JAVA_HOME": str(tmp_path), "PATH": ""}) == own


def test_a_machine_without_java_has_none(tmp_path: Path) -> None:
    assert java.find_java({"PATH": str(tmp_path)}) is None


def test_the_jars_are_cached_outside_the_tree() -> None:
    folder = java.jars_folder({"XDG_CACHE_HOME": "/cache"})
    assert folder.is_relative_to("/cache/highwater")
    assert java.KAFKA_VERSION in folder.name


def test_the_pom_names_the_version_that_the_code_names() -> None:
    assert java.POM.read_text().count(f"<version>{java.KAFKA_VERSION}</version>") == 2
