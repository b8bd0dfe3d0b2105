"""Sign-in providers: three variables each, under a name that the operator chooses."""

import re
from collections.abc import Mapping, Sequence

from shoplytics.settings import parse
from shoplytics.settings.model import OidcSettings

_NAME = re.compile(r"(SHOPLYTICS_OIDC_([A-Z0-9]{1,32})_(ISSUER|CLIENT_ID|CLIENT_SECRET))(?:_FILE)?")
_PARSERS: dict[str, parse.Parse] = {
    "ISSUER": parse.issuer,
    "CLIENT_ID": parse.words,
    "CLIENT_SECRET": parse.words,
}


def names_in(environ: Mapping[str, str]) -> list[str]:
    """Those of its variables, or of their `_FILE`s, that are of ours."""
    return sorted({match[1] for name in environ if (match := _NAME.fullmatch(name))})


def providers_of(texts: Mapping[str, str], problems: list[str]) -> tuple[OidcSettings, ...]:
    """By name; what is wrong or missing is added to `problems`."""
    found: dict[str, dict[str, str]] = {}
    for name, text in texts.items():
        match = _NAME.fullmatch(name)
        assert match is not None  # noqa: S101 - of names_in
        found.setdefault(match[2], {})[match[3]] = text
    read = [_provider(name, parts, problems) for name, parts in sorted(found.items())]
    return tuple(one for one in read if one is not None)


def _provider(name: str, parts: Mapping[str, str], problems: list[str]) -> OidcSettings | None:
    before, values = len(problems), {}
    for part, parse_text in _PARSERS.items():
        variable = f"SHOPLYTICS_OIDC_{name}_{part}"
        if part not in parts:
            problems.append(f"{variable}: is required with {_list(name, sorted(parts))}")
            continue
        shown = repr(parts[part][:60]) if part == "ISSUER" else "this value"
        try:
            values[part.lower()] = parse_text(parts[part])
        except ValueError as problem:
            problems.append(f"{variable}: {shown} is not allowed: {problem}")
    return OidcSettings(name=name.lower(), **values) if len(problems) == before else None


def _list(name: str, parts: Sequence[str]) -> str:
    return " and ".join(f"SHOPLYTICS_OIDC_{name}_{part}" for part in parts)
