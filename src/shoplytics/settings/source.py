"""The environment as given: values and `_FILE`s of the variables we know, and what we do not know."""

import difflib
from collections.abc import Collection, Mapping
from pathlib import Path

PREFIX = "SHOPLYTICS_"
_FILE = "_FILE"
_OF_THE_TESTS = frozenset({"SHOPLYTICS_FIXTURES", "SHOPLYTICS_REQUIRE_FIXTURES", "SHOPLYTICS_TEST_SERVERS"})
_LARGEST = 65_536


def read(
    environ: Mapping[str, str], known: Collection[str], *, patterned: Collection[str], problems: list[str]
) -> dict[str, str]:
    """The given values by name, an empty one as if not given; `patterned` are known by their shape."""
    values: dict[str, str] = {}
    for name in (*known, *patterned):
        value = _value(environ, name, problems)
        if value:
            values[name] = value
    problems.extend(_unknown(environ, known, patterned))
    return values


def _value(environ: Mapping[str, str], name: str, problems: list[str]) -> str | None:
    plain, path = environ.get(name), environ.get(name + _FILE)
    if not path:
        return plain
    if plain:
        problems.append(f"{name}: given twice, by itself and as {name}{_FILE}: keep one")
        return None
    try:
        with Path(path).open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            problems.append(f"{name}{_FILE}: {path} is larger than {_LARGEST} bytes")
            return None
        return content.decode().strip("\r\n")
    except OSError as problem:
        problems.append(f"{name}{_FILE}: cannot read {path}: {problem.strerror}")
    except ValueError:
        problems.append(f"{name}{_FILE}: {path} is not UTF-8 text")
    return None


def _unknown(environ: Mapping[str, str], known: Collection[str], patterned: Collection[str]) -> list[str]:
    valid = {*known, *patterned}
    valid |= {name + _FILE for name in valid} | _OF_THE_TESTS
    found = []
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in valid:
            near = difflib.get_close_matches(name, valid, n=1)
            found.append(f"{name}: there is no such setting" + (f"; is {near[0]} meant?" if near else ""))
    return found
