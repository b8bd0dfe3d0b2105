"""Everything that a thief of one store could read: the database, Redis, the logs."""

import base64
from collections.abc import Iterator, Mapping

import asyncpg
from redis.asyncio import Redis

TABLES = """
    select table_name::text as name, array_agg(column_name::text) filter (where data_type = 'bytea') as raw
    from information_schema.columns where table_schema = 'public' group by table_name
"""


async def of_database(owner_url: str) -> str:
    """Every row of every table as text; bytes as hexadecimal digits and as what characters they make."""
    owner = await asyncpg.connect(owner_url)
    found = []
    for table in await owner.fetch(TABLES):
        found += [
            f"{table['name']} {row[0]}" for row in await owner.fetch(f"select t::text from {table['name']} t")
        ]
        for column in table["raw"] or ():
            rows = await owner.fetch(f"select {column} from {table['name']} where {column} is not null")
            found += [f"{table['name']}.{column} {bytes(row[0]).decode('latin-1')}" for row in rows]
    await owner.close()
    return "\n".join(found)


async def of_redis(redis: Redis) -> str:
    """Every key with its value, whatever its kind."""
    found = []
    async for key in redis.scan_iter():
        kind = str(await redis.type(key))
        name = key.decode("latin-1")
        if "string" in kind:
            found.append(f"{name} {await redis.get(key)!r}")
        elif "stream" in kind:
            found.append(f"{name} {await redis.xrange(key)}")
        else:
            found.append(f"{name} {kind} {await redis.dump(key)!r}")
    return "\n".join(found)


def shapes(secret: str) -> Iterator[str]:
    """How a secret may stand somewhere: as it is, as digits, and encoded once more."""
    raw = secret.encode()
    yield secret
    yield raw.hex()
    yield base64.b64encode(raw).decode().rstrip("=")


def hits(text: str, secrets: Mapping[str, str]) -> list[str]:
    """Names of the secrets that the text holds, with a little of what stands around."""
    found = []
    for name, secret in secrets.items():
        for shape in shapes(secret):
            at = text.find(shape)
            if at >= 0:
                line = text[text.rfind("\n", 0, at) + 1 : at]
                found.append(f"{name} after {line[:200]!r}")
                break
    return found
