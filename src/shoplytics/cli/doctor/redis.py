"""Redis or Valkey: whether it answers, its version. The shop sells without it, so nothing fails here."""

from collections.abc import Sequence

from redis.asyncio import Redis
from redis.exceptions import RedisError

from shoplytics.cli.doctor.finding import OK, WARN, Finding
from shoplytics.settings import Settings

OLDEST = (6, 2)
_SECONDS = 5


async def examine(settings: Settings) -> Sequence[Finding]:
    try:
        async with Redis.from_url(
            settings.redis_url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS
        ) as redis:
            info = await redis.info("server")
    except (RedisError, OSError, ValueError) as problem:
        hint = "; is `shoplytics up` running?" if "valkey" in settings.embedded else ""
        return [Finding(WARN, "redis", f"no answer: {problem}{hint}")]
    version = str(info["redis_version"])
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        return [Finding(WARN, "redis", f"version {version}: {OLDEST[0]}.{OLDEST[1]} or newer is needed")]
    return [Finding(OK, "redis", f"version {info.get('valkey_version', version)}")]
