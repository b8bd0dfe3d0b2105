"""No pattern of a body or of a query parameter lets a line break through at a text's end."""

import re
from collections.abc import Iterator

import httpx
from hypothesis import Phase, find, settings
from hypothesis.strategies import from_regex

AT_ONCE = settings(phases=[Phase.generate], database=None)
NOT_BLANK = r"\S"
"""Says nothing of a text's end; such texts are trimmed before they are kept."""


def patterns(value: object, where: str = "") -> Iterator[tuple[str, str]]:
    """Every pattern of a JSON schema, with its place."""
    if isinstance(value, dict):
        if isinstance(value.get("pattern"), str):
            yield where, value["pattern"]
        for name, inner in value.items():
            yield from patterns(inner, f"{where}/{name}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from patterns(inner, f"{where}/{place}")


def fitting(pattern: str) -> str:
    """Some text that fits; any does, so that none simpler is looked for."""
    return find(from_regex(pattern), lambda _: True, settings=AT_ONCE).removesuffix("\n")


class TestPatterns:
    async def test_end_where_the_text_ends(self, client: httpx.AsyncClient) -> None:
        found = dict(patterns((await client.get("/openapi.json")).json()))
        names = {where.partition("/properties/")[2].partition("/")[0] for where in found}
        assert names >= {"slug", "sku", "code", "increase_percent", "country", "locale"}
        texts = {pattern: fitting(pattern) for pattern in set(found.values()) - {NOT_BLANK}}
        open_ended = {pattern for pattern, text in texts.items() if re.search(pattern, f"{text}\n")}
        assert {where: one for where, one in found.items() if one in open_ended} == {}

    async def test_take_no_digits_but_ascii(self, client: httpx.AsyncClient) -> None:
        found = dict(patterns((await client.get("/openapi.json")).json()))
        assert {where: one for where, one in found.items() if r"\d" in one} == {}
