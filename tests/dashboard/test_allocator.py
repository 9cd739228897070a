"""A worker keeps little memory, seen from inside of a process."""

import platform
import subprocess
import sys

import pytest

# Each thread lets go of nothing until all are counted.
COUNT_ARENAS = """
import ctypes, sys, threading
import django
django.setup()
from celery.signals import worker_init
import dashboard.celery
if sys.argv[1] == "worker":
    worker_init.send(sender=None)
together = threading.Barrier(5)
def allocate():
    kept = [bytes(10_000) for _ in range(100)]
    together.wait()
threads = [threading.Thread(target=allocate) for _ in range(4)]
for thread in threads:
    thread.start()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
out = libc.fdopen(1, b"w")
libc.malloc_info(0, ctypes.c_void_p(out))
libc.fflush(ctypes.c_void_p(out))
together.wait()
"""


# Every other piece stays, so that no top of the heap comes free by itself.
GIVE_BACK = """
from pathlib import Path
import django
django.setup()
from celery.signals import task_postrun
from dashboard.celery import app
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
pieces = [bytes(20_000) for _ in range(5_000)]
del pieces[::2]
before = resident()
for name, retval in (("sweep", True), ("sample_cluster", False), ("sample_cluster", True)):
    task_postrun.send(sender=None, task=type("Task", (), {"name": name}), retval=retval)
    print(before - resident())
"""


def arenas(process: str) -> int:
    ran = subprocess.run(
        [sys.executable, "-c", COUNT_ARENAS, process], capture_output=True, text=True, check=True
    )
    return ran.stdout.count("<heap nr=")


is_glibc = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="other C libraries have neither"
)


@is_glibc
def test_a_workers_threads_share_one_arena() -> None:
    assert arenas("worker") == 1
    assert arenas("any other") > 1


@is_glibc
def test_after_a_tick_memory_goes_back_to_the_system() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", GIVE_BACK], capture_output=True, text=True, check=True
    )
    after_sweep, after_hint, after_tick = map(int, ran.stdout.split())
    assert max(after_sweep, after_hint) < 5_000_000 < 25_000_000 < after_tick
