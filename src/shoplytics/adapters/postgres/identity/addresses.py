"""The address book within the unit of work."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Record

from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.errors import NotFound
from shoplytics.modules.identity.domain.addresses import Address

FIELDS = tuple(Address.__dataclass_fields__)

LOCK = "select id from identity_user where id = $1 and deleted_at is null for update"
COUNT = "select count(*) from identity_address where user_id = $1 and deleted_at is null"
GET = "select * from identity_address where user_id = $1 and id = $2 and deleted_at is null"
PAGE = """
    select * from identity_address
    where user_id = $1 and deleted_at is null and ($2::uuid is null or id < $2)
    order by id desc limit $3
"""
# The unique indexes look at each statement's rows as they change, so a default is given up first.
GIVE_UP = """
    update identity_address
    set default_shipping = default_shipping and not $3, default_billing = default_billing and not $4,
        version = version + 1, updated_at = $5
    where user_id = $1 and id <> $2 and deleted_at is null
        and (default_shipping and $3 or default_billing and $4)
"""
ADD = """
    insert into identity_address (user_id, name, company, lines, city, region, postal_code, country, phone,
        default_shipping, default_billing, created_at, updated_at, version, id)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
"""
SAVE = """
    update identity_address
    set name = $3, company = $4, lines = $5, city = $6, region = $7, postal_code = $8, country = $9,
        phone = $10, default_shipping = $11, default_billing = $12, updated_at = $13, version = version + 1
    where user_id = $1 and id = $2 and deleted_at is null
    returning version
"""
REMOVE = """
    update identity_address set deleted_at = $3, default_shipping = false, default_billing = false,
        version = version + 1, updated_at = $3
    where user_id = $1 and id = $2 and deleted_at is null
    returning id
"""
RESTORE = """
    update identity_address set deleted_at = null, version = version + 1, updated_at = $3
    where user_id = $1 and id = $2 and deleted_at is not null
    returning *
"""


def _address(row: Record) -> Address:
    return Address(**{name: row[name] for name in FIELDS})


class PgAddresses:
    """See AddressRepository in modules/identity/ports/addresses.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def lock(self, user_id: UUID) -> int:
        if await self._work.raw.fetchval(LOCK, user_id) is None:
            raise NotFound
        return await self.count(user_id)

    async def count(self, user_id: UUID) -> int:
        found: int = await self._work.raw.fetchval(COUNT, user_id)
        return found

    async def get(self, *, user_id: UUID, address_id: UUID) -> Address:
        row = await self._work.raw.fetchrow(GET, user_id, address_id)
        if row is None:
            raise NotFound
        return _address(row)

    async def page(self, *, user_id: UUID, before: UUID | None, limit: int) -> Sequence[Address]:
        return [_address(row) for row in await self._work.raw.fetch(PAGE, user_id, before, limit)]

    async def add(self, address: Address) -> None:
        await self._take_defaults(address)
        await self._work.raw.execute(ADD, *(getattr(address, name) for name in FIELDS))

    async def save(self, address: Address) -> None:
        await self._take_defaults(address)
        version = await self._work.raw.fetchval(
            SAVE,
            address.user_id,
            address.id,
            address.name,
            address.company,
            address.lines,
            address.city,
            address.region,
            address.postal_code,
            address.country,
            address.phone,
            address.default_shipping,
            address.default_billing,
            address.updated_at,
        )
        if version is None:
            raise NotFound
        address.version = version

    async def remove(self, *, user_id: UUID, address_id: UUID, now: datetime) -> None:
        if await self._work.raw.fetchval(REMOVE, user_id, address_id, now) is None:
            raise NotFound

    async def restore(self, *, user_id: UUID, address_id: UUID, now: datetime) -> Address:
        row = await self._work.raw.fetchrow(RESTORE, user_id, address_id, now)
        if row is None:
            raise NotFound
        return _address(row)

    async def _take_defaults(self, address: Address) -> None:
        if address.default_shipping or address.default_billing:
            await self._work.raw.execute(
                GIVE_UP,
                address.user_id,
                address.id,
                address.default_shipping,
                address.default_billing,
                address.updated_at,
            )
