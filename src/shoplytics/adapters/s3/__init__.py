"""Objects in a bucket of S3, or of what speaks like it."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Literal

import msgspec
import obstore
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store as Bucket

from shoplytics.kernel.errors import NotFound, Unavailable
from shoplytics.ports.object_store import checked_key

if TYPE_CHECKING:
    from obstore.store import S3Config as BucketConfig

CHUNK = 256 * 1024
PART = 8 * 1024 * 1024  # of an upload in parts; at most four are held in memory
PARTS_AT_ONCE = 2
SIGNED = timedelta(hours=1)
IMMUTABLE = "public, max-age=31536000, immutable"
PICTURE = ".webp"


class S3Config(msgspec.Struct, frozen=True, kw_only=True):
    """Without a key the machine's own role is used. `media`: whether browsers read from the bucket."""

    bucket: str
    region: str = "us-east-1"
    endpoint: str | None = None
    key_id: str | None = None
    secret_key: str | None = None
    path_style: bool | None = None
    media: Literal["redirect", "stream"] = "redirect"

    def __post_init__(self) -> None:
        if (self.key_id is None) != (self.secret_key is None):
            message = "give both SHOPLYTICS_S3_KEY_ID and SHOPLYTICS_S3_SECRET_KEY, or neither"
            raise ValueError(message)
        if self.endpoint is not None and not self.endpoint.startswith(("http://", "https://")):
            message = "SHOPLYTICS_S3_ENDPOINT is an address such as https://s3.example.com"
            raise ValueError(message)

    @property
    def in_path(self) -> bool:
        """Whether addresses name the bucket in their path; own servers seldom have a name for each bucket."""
        return self.endpoint is not None if self.path_style is None else self.path_style


class S3Store:
    """See ports/object_store.py."""

    name = "s3"
    Config: ClassVar[type[S3Config]] = S3Config

    def __init__(self, config: S3Config) -> None:
        self._config = config
        self._bucket = _bucket(config)

    async def put(self, key: str, chunks: AsyncIterator[bytes]) -> int:
        size = 0

        async def counted() -> AsyncIterator[bytes]:
            nonlocal size
            async for chunk in chunks:
                size += len(chunk)
                yield chunk

        attributes = {"Content-Type": "application/octet-stream"}
        if key.endswith(PICTURE):
            attributes = {"Content-Type": "image/webp", "Cache-Control": IMMUTABLE}
        with _told():
            await obstore.put_async(
                self._bucket,
                checked_key(key),
                counted(),
                attributes=attributes,
                chunk_size=PART,
                max_concurrency=PARTS_AT_ONCE,
            )
        return size

    async def read(self, key: str) -> AsyncIterator[bytes]:
        with _told():
            found = await obstore.get_async(self._bucket, checked_key(key))
            async for chunk in found.stream(min_chunk_size=CHUNK):
                yield bytes(chunk)

    async def delete(self, key: str) -> None:
        with _told():
            try:
                await obstore.delete_async(self._bucket, checked_key(key))
            except NotFoundError:  # S3 says nothing then, others do
                return

    async def keys(self, prefix: str, *, before: datetime) -> AsyncIterator[Sequence[str]]:
        with _told():
            async for batch in obstore.list(self._bucket, checked_key(prefix)):
                yield [meta["path"] for meta in batch if meta["last_modified"] < before]

    async def forget(self, prefix: str, *, before: datetime) -> int:
        gone = 0
        async for keys in self.keys(prefix, before=before):
            with _told():
                await obstore.delete_async(self._bucket, keys)
            gone += len(keys)
        return gone

    async def link(self, key: str) -> str | None:
        if self._config.media == "stream":
            return None
        with _told():
            return await obstore.sign_async(self._bucket, "GET", checked_key(key), SIGNED)


def _bucket(config: S3Config) -> Bucket:
    plain = config.endpoint is not None and config.endpoint.startswith("http://")
    where: BucketConfig = {"region": config.region, "virtual_hosted_style_request": not config.in_path}
    if config.endpoint is not None:
        where["endpoint"] = config.endpoint
    if config.key_id is not None and config.secret_key is not None:
        where["access_key_id"], where["secret_access_key"] = config.key_id, config.secret_key
    return Bucket(
        config.bucket,
        config=where,
        client_options={"allow_http": plain, "connect_timeout": "3s", "timeout": "20s"},
        retry_config={
            "max_retries": 2,
            "retry_timeout": timedelta(seconds=15),
            "backoff": {
                "init_backoff": timedelta(milliseconds=100),
                "max_backoff": timedelta(seconds=2),
                "base": 2,
            },
        },
    )


@contextmanager
def _told() -> Iterator[None]:
    """Raises NotFound and Unavailable for what the bucket says."""
    try:
        yield
    except (NotFoundError, FileNotFoundError):
        raise NotFound from None
    except (BaseError, OSError) as error:
        raise Unavailable("The object store cannot be reached, or refuses us.") from error
