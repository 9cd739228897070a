import signal
import subprocess
import sys
import threading

from highwater_events.shutdown import StopFlag, exit_on_early_signals

PROCESS = """
import time
from highwater_events.shutdown import stop_on_signals
flag = stop_on_signals()
print("ready", flush=True)
print(flag.wait(30), flush=True)
time.sleep(30)
"""


def test_waiting_ends_without_a_signal() -> None:
    assert StopFlag().wait(0.01) is False


def test_a_set_flag_stays_set_for_everybody() -> None:
    flag = StopFlag()
    flag.set()
    assert flag.is_set()
    assert flag.wait(0) is flag.wait(5) is True


def test_threads_that_wait_are_all_woken() -> None:
    flag, woken = StopFlag(), list[bool]()
    threads = [threading.Thread(target=lambda: woken.append(flag.wait(10))) for _ in range(3)]
    for thread in threads:
        thread.start()
    flag.set()
    for thread in threads:
        thread.join(5)
    assert woken == [True, True, True]


def test_the_first_signal_sets_the_flag_and_the_second_ends_the_process() -> None:
    with subprocess.Popen([sys.executable, "-c", PROCESS], stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == b"True\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(5) == 1


def test_a_command_that_must_end_what_it_began_keeps_its_signals() -> None:
    before = signal.getsignal(signal.SIGTERM)
    exit_on_early_signals(["manage.py", "migrate"])
    exit_on_early_signals(["manage.py"])
    assert signal.getsignal(signal.SIGTERM) is before
