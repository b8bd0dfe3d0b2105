"""Galleries: images in their order, and the one that lists show."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from shoplytics.adapters.postgres.catalog.covers import SET_COVERS
from shoplytics.adapters.postgres.catalog.rows import Link, renditions_of, shown
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.codec import to_json
from shoplytics.modules.catalog.ports import NewImage
from shoplytics.ports.catalog import ImageStatus, StoreImageView
from shoplytics.ports.pictures import Rendered

LOCK_PRODUCT = """
    select true from catalog_product where store_id = $1 and id = $2 and deleted_at is null for no key update
"""
IMAGES = """
    select i.id, p.id, i.status, i.error, i.url, i.alt, i.position, i.width, i.height, i.renditions::text,
        i.source_url, i.version, i.created_at, i.updated_at
    from catalog_product p
    left join catalog_image i on i.store_id = p.store_id and i.product_id = p.id
        and ($3::uuid is null or i.id = $3)
    where p.store_id = $1 and p.id = $2 and p.deleted_at is null
    order by i.position
"""
ADD_IMAGE = """
    insert into catalog_image (id, store_id, product_id, alt, source_url, status, position, created_at,
        updated_at)
    select $3::uuid, $1::uuid, $2::uuid, $4::text, $5::text, 'pending', coalesce(max(position), 0) + 1,
        $6::timestamptz, $6::timestamptz
    from catalog_image where store_id = $1 and product_id = $2 having count(*) < $7::int
"""
DESCRIBE = """
    update catalog_image set alt = $3, version = version + 1, updated_at = $5
    where store_id = $1 and id = $2 and ($4::int is null or version = $4)
"""
ORDER_IMAGES = """
    update catalog_image i set position = o.position, version = i.version + 1, updated_at = $4
    from unnest($3::uuid[]) with ordinality o (id, position)
    where i.store_id = $1 and i.product_id = $2 and i.id = o.id and i.position <> o.position
"""
REMOVE_IMAGE = """
    delete from catalog_image where store_id = $1 and product_id = $2 and id = $3
    returning array(select r ->> 'key' from jsonb_array_elements(renditions) r)
"""
CLOSE_GAP = """
    update catalog_image i set position = o.position
    from (
        select id, row_number() over (order by position) as position
        from catalog_image where store_id = $1 and product_id = $2
    ) o
    where i.store_id = $1 and i.product_id = $2 and i.id = o.id and i.position <> o.position
"""
READY = """
    update catalog_image set status = 'ready', url = $3, width = $4, height = $5, renditions = $6::jsonb,
        version = version + 1, updated_at = $7
    where store_id = $1 and id = $2 and status = 'pending'
"""
FAILED = """
    update catalog_image set status = 'failed', error = $3, version = version + 1, updated_at = $4
    where store_id = $1 and id = $2 and status = 'pending'
"""
GIVE_UP = """
    update catalog_image set status = 'failed', error = $2, version = version + 1, updated_at = $3
    where status = 'pending' and updated_at < $1
"""
KNOWN = "select id from catalog_image where id = any($1::uuid[])"


def _view(row: asyncpg.Record, link: Link) -> StoreImageView:
    return StoreImageView(
        id=row[0],
        product_id=row[1],
        status=ImageStatus(row[2]),
        error=row[3],
        url=shown(row[4], link),
        alt=row[5],
        position=row[6],
        width=row[7],
        height=row[8],
        renditions=renditions_of(row[9], link),
        source_url=row[10],
        version=row[11],
        created_at=row[12],
        updated_at=row[13],
    )


class PgGallery:
    """See GalleryRepository in modules/catalog/ports."""

    def __init__(self, work: Work, *, link: Link) -> None:
        self._work = work
        self._link = link

    async def lock(self, *, store_id: UUID, product_id: UUID) -> bool:
        return bool(await self._work.raw.fetchval(LOCK_PRODUCT, store_id, product_id))

    async def images(
        self, *, store_id: UUID, product_id: UUID, image_id: UUID | None = None
    ) -> list[StoreImageView] | None:
        rows = await self._work.raw.fetch(IMAGES, store_id, product_id, image_id)
        if not rows:
            return None
        return [_view(row, self._link) for row in rows if row[0] is not None]

    async def add(self, image: NewImage, *, most: int, now: datetime) -> bool:
        done = await self._work.raw.execute(
            ADD_IMAGE, image.store_id, image.product_id, image.id, image.alt, image.source_url, now, most
        )
        return done == "INSERT 0 1"

    async def describe(
        self, *, store_id: UUID, image_id: UUID, alt: str, version: int | None, now: datetime
    ) -> bool:
        return await self._work.raw.execute(DESCRIBE, store_id, image_id, alt, version, now) == "UPDATE 1"

    async def order(self, *, store_id: UUID, product_id: UUID, ids: Sequence[UUID], now: datetime) -> None:
        await self._work.raw.execute(ORDER_IMAGES, store_id, product_id, list(ids), now)

    async def remove(self, *, store_id: UUID, product_id: UUID, image_id: UUID) -> list[str]:
        keys = await self._work.raw.fetchval(REMOVE_IMAGE, store_id, product_id, image_id)
        await self._work.raw.execute(CLOSE_GAP, store_id, product_id)
        return list(keys or ())

    async def ready(
        self, *, store_id: UUID, image_id: UUID, renditions: Sequence[Rendered], now: datetime
    ) -> bool:
        largest = renditions[-1]
        stored = to_json(renditions).decode()
        done = await self._work.raw.execute(
            READY, store_id, image_id, largest.key, largest.width, largest.height, stored, now
        )
        return done == "UPDATE 1"

    async def failed(self, *, store_id: UUID, image_id: UUID, reason: str, now: datetime) -> None:
        await self._work.raw.execute(FAILED, store_id, image_id, reason, now)

    async def cover(self, *, store_id: UUID, product_id: UUID, now: datetime) -> None:
        await self._work.raw.execute(SET_COVERS, store_id, [product_id], now)

    async def give_up(self, *, before: datetime, reason: str, now: datetime) -> None:
        await self._work.raw.execute(GIVE_UP, before, reason, now)

    async def known(self, ids: Sequence[UUID]) -> set[UUID]:
        return {row[0] for row in await self._work.raw.fetch(KNOWN, list(ids))}
