"""Memory of passwords and reports goes back to the system."""

import platform
import subprocess
import sys

import pytest

MEASURE = """
import threading
from pathlib import Path
from argon2 import PasswordHasher
from shoplytics.cli.allocator import give_back

def resident():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("RssAnon:"))

assert give_back()
hasher = PasswordHasher(time_cost=1, memory_cost=19_456, parallelism=1)
before = resident()
for _ in range(3):
    thread = threading.Thread(target=hasher.hash, args=("x",))
    thread.start()
    thread.join()
print(resident() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")
class TestAllocator:
    def test_gives_back_what_hashing_took(self) -> None:
        ran = subprocess.run([sys.executable, "-c", MEASURE], capture_output=True, text=True, check=True)
        assert int(ran.stdout) < 5  # MB, of the 19 that each of three passwords took
