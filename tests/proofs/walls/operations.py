"""Every operation of the OpenAPI document, with what a caller has to fill in."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

NAMED = re.compile(r"\{(\w+)\}")
NARROW = {"integer", "number", "boolean", "date", "date-time"}
PAGED = {"limit", "cursor", "total", "sort"}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """`audience` and `roles` are those of its permission; `ids` the names in its path.

    `narrow` are the names in its query that take numbers, dates or switches only, in which no id has room.
    """

    name: str
    method: str
    template: str
    audience: str
    roles: frozenset[str]
    ids: tuple[str, ...]
    query: tuple[str, ...]
    narrow: frozenset[str]
    media_type: str | None
    fields: frozenset[str]

    def path(self, ids: dict[str, str]) -> str:
        return NAMED.sub(lambda found: ids[found[1]], self.template)


async def operations(client: httpx.AsyncClient) -> list[Operation]:
    """As the document tells them; pages outside it are tested where they are made."""
    document = (await client.get("/openapi.json")).json()
    return list(_read(document))


def _read(document: dict[str, Any]) -> Iterator[Operation]:
    for template, methods in document["paths"].items():
        for method, told in methods.items():
            content = told.get("requestBody", {}).get("content", {})
            query = {p["name"]: p["schema"] for p in told.get("parameters", ()) if p["in"] == "query"}
            yield Operation(
                name=told["operationId"],
                method=method.upper(),
                template=template,
                audience=told["x-audience"],
                roles=frozenset(told.get("x-roles", ())),
                ids=tuple(NAMED.findall(template)),
                query=tuple(query),
                narrow=frozenset(name for name, schema in query.items() if _is_narrow(schema)),
                media_type=next(iter(content), None),
                fields=frozenset(_fields(content, document["components"]["schemas"], set())),
            )


def _is_narrow(schema: dict[str, Any]) -> bool:
    kinds = {one.get("format", one.get("type")) for one in schema.get("oneOf", [schema])} - {"null"}
    return bool(kinds) and kinds <= NARROW


def _fields(part: object, schemas: dict[str, Any], seen: set[str]) -> Iterator[str]:
    """Every name that the body declares, at any depth."""
    if isinstance(part, list):
        for one in part:
            yield from _fields(one, schemas, seen)
    elif isinstance(part, dict):
        yield from part.get("properties", {})
        name = str(part.get("$ref", "")).rpartition("/")[2]
        if name and name not in seen:
            seen.add(name)
            yield from _fields(schemas.get(name, {}), schemas, seen)
        for key, value in part.items():
            if key not in {"example", "examples"}:
                yield from _fields(value, schemas, seen)
