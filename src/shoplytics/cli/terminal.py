"""Words for people: plain lines, and refusals without a traceback."""

import sys


class Refused(Exception):
    """An expected failure, as one sentence for the terminal."""


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def complain(line: str) -> None:
    sys.stderr.write(f"shoplytics: {line}\n")
    sys.stderr.flush()
