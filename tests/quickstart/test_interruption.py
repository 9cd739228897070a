import subprocess
import sys
from pathlib import Path

ROUNDS = 20_000


def test_a_stop_asked_for_in_mid_look_leaves_a_child_that_can_be_waited_for(
    tmp_path: Path,
) -> None:
    words = (sys.executable, "-m", "tests.quickstart.interrupted", str(tmp_path), str(ROUNDS))
    subprocess.run(words, check=True, timeout=100)
