"""What a supervisor that was killed leaves to the next one, where the kernel ends no orphans."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shoplytics.supervisor import record


@pytest.fixture
def orphan(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that names this home among its arguments, as our children do."""
    script = "import time; print(flush=True); time.sleep(60)"
    command = [sys.executable, "-c", script, "--under", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()  # before it runs, the kernel may not know its arguments yet
        yield child
        child.kill()


class TestTheNextStart:
    def test_stops_what_was_left(self, tmp_path: Path, orphan: subprocess.Popen[bytes]) -> None:
        record.write(tmp_path, port=1, pids={"api": orphan.pid})
        record.stop_survivors(tmp_path)
        assert orphan.wait(10) != 0
        assert not (tmp_path / "run.json").exists()

    def test_leaves_alone_whoever_has_the_pid_now(self, tmp_path: Path) -> None:
        record.write(tmp_path, port=1, pids={"api": os.getpid()})
        record.stop_survivors(tmp_path)
        assert not (tmp_path / "run.json").exists()

    @pytest.mark.parametrize("text", ["", "{", "[]", '{"children": 1}', '{"children": {"api": "x"}}'])
    def test_minds_no_broken_record(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "run.json").write_text(text)
        record.stop_survivors(tmp_path)

    def test_minds_no_missing_record(self, tmp_path: Path) -> None:
        record.stop_survivors(tmp_path)
