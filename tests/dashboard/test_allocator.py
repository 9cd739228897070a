"""A worker's threads share one arena, seen from inside of a process."""

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


def arenas(process: str) -> int:
    ran = subprocess.run(
        [sys.executable, "-c", COUNT_ARENAS, process], capture_output=True, text=True, check=True
    )
    return ran.stdout.count("<heap nr=")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no arenas")
def test_a_workers_threads_share_one_arena() -> None:
    assert arenas("worker") == 1
    assert arenas("any other") > 1
