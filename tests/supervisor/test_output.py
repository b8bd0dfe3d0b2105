"""The one terminal of many processes."""

import io
import json
import os
import threading

from shoplytics.supervisor.output import Output


def said(output: Output, stream: io.BytesIO) -> list[str]:
    output.close()
    return stream.getvalue().decode().splitlines()


class TestOutput:
    def test_names_the_process_for_people(self) -> None:
        output = Output(stream := io.BytesIO(), people=True)
        output.line("api", b"hello")
        output.note("ready")
        assert said(output, stream) == ["api       | hello", "ready"]

    def test_gives_machines_one_object_a_line(self) -> None:
        output = Output(stream := io.BytesIO(), people=False)
        output.line("api", b'{"event": "a"}')
        output.line("worker", b"Traceback \xff")
        first, second = (json.loads(line) for line in said(output, stream))
        assert first == {"process": "api", "event": "a"}
        assert second == {"process": "worker", "event": "Traceback \ufffd"}

    def test_never_waits_for_a_reader(self) -> None:
        """A pipe that nobody reads takes 64 KiB; lines beyond the bound are dropped and counted."""
        read, write = os.pipe()
        with os.fdopen(write, "wb", buffering=0) as full, os.fdopen(read, "rb") as reader:
            output = Output(full, people=False)
            for number in range(30_000):
                output.line("api", b'{"n": %d, "x": "%s"}' % (number, b"x" * 40))
            lines: list[bytes] = []
            thread = threading.Thread(target=lambda: lines.extend(reader))
            thread.start()
            output.note("still here")
            output.close()
            full.close()
            thread.join()
        assert json.loads(lines[0])["n"] == 0
        assert len(lines) < 30_000

    def test_outlives_its_reader(self) -> None:
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "wb", buffering=0) as broken:
            output = Output(broken, people=True)
            output.note("to nobody")
            output.close()
