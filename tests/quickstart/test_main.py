import pytest

from quickstart.__main__ import main, split_command


def test_the_command_begins_behind_the_first_two_dashes() -> None:
    words = ["exec", "--state", "here", "--", "pytest", "--", "-x"]
    assert split_command(words) == (["exec", "--state", "here"], ["pytest", "--", "-x"])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["exec"], "`exec` needs a command"),
        (["demo", "--", "true"], "the others take none"),
        (["demo", "--fresh"], "are for `exec`"),
        (["dance"], "invalid choice"),
    ],
)
def test_a_wrong_call_is_answered_with_a_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err
