"""Carts left behind, store by store, and what was mailed about them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.codec import from_json
from shoplytics.kernel.money import Money
from shoplytics.modules.sales.ports import CartRow, LeftCart, Reminded
from shoplytics.ports.sales import AbandonedCartView, AbandonedLineView

LINES = """
    json_agg(json_build_object('id', l.id, 'offer_id', l.offer_id, 'quantity', l.quantity,
        'unit_price', l.unit_price, 'store_id', l.store_id, 'product_id', l.product_id,
        'variant_id', l.variant_id, 'title', l.title) order by l.created_at, l.id)::text
"""
LEFT = f"""
    select c.id, l.store_id, c.user_id, c.email, c.currency, {LINES}
    from sales_cart c join sales_cart_line l on l.cart_id = c.id
    where c.updated_at between $1 and $2 and (c.user_id is not null or c.email is not null)
        and c.currency is not null and not exists (
            select from sales_cart_recovery r where r.cart_id = c.id and r.store_id = l.store_id)
    group by c.id, l.store_id
    order by c.updated_at, c.id, l.store_id limit $3
"""
NOTE = """
    insert into sales_cart_recovery (cart_id, store_id, token_hash, sent_at)
    select $1, $2, $3, $4 where exists (select from sales_cart where id = $1)
    on conflict (cart_id, store_id) do nothing
"""
MAILED = """
    select count(*) from sales_cart_recovery r join sales_cart c on c.id = r.cart_id
    where c.email = $1 and r.sent_at >= $2
"""
REMINDED = """
    select c.id, c.user_id from sales_cart_recovery r join sales_cart c on c.id = r.cart_id
    where r.token_hash = $1 and r.sent_at >= $2
"""
OPENED = "update sales_cart_recovery set opened_at = coalesce(opened_at, $2) where token_hash = $1"
REKEY = "update sales_cart set token_hash = $2, updated_at = $3 where id = $1 and user_id is null"
FORGET_ADDRESS = """
    update sales_cart set email = null where email = (select email from sales_cart where id = $1)
"""
PAGE = f"""
    select c.id, c.user_id is not null, c.email, c.currency, {LINES}, c.updated_at, r.sent_at, r.opened_at
    from sales_cart c
    join sales_cart_line l on l.cart_id = c.id and l.store_id = $1
    left join sales_cart_recovery r on r.cart_id = c.id and r.store_id = $1
    where c.updated_at <= $2 and (c.user_id is not null or c.email is not null) and c.currency is not null
        and ($3::timestamptz is null or (c.updated_at, c.id) < ($3, $4::uuid))
    group by c.id, r.sent_at, r.opened_at
    order by c.updated_at desc, c.id desc limit $5
"""


def _lines(text: str) -> tuple[CartRow, ...]:
    return from_json(text, tuple[CartRow, ...])


class PgCartReminders:
    """See CartReminderRecords in the module's ports."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def left(self, *, since: datetime, until: datetime, limit: int) -> Sequence[LeftCart]:
        rows = await self._work.raw.fetch(LEFT, since, until, limit)
        return [
            LeftCart(
                cart_id=row[0],
                store_id=row[1],
                user_id=row[2],
                email=row[3],
                currency=row[4],
                lines=_lines(row[5]),
            )
            for row in rows
        ]

    async def note(self, *, cart_id: UUID, store_id: UUID, token_hash: bytes, now: datetime) -> bool:
        done: str = await self._work.raw.execute(NOTE, cart_id, store_id, token_hash, now)
        return done == "INSERT 0 1"

    async def mailed(self, *, email: str, since: datetime) -> int:
        found: int = await self._work.raw.fetchval(MAILED, email, since)
        return found

    async def reminded(self, token_hash: bytes, *, since: datetime) -> Reminded | None:
        row = await self._work.raw.fetchrow(REMINDED, token_hash, since)
        return None if row is None else Reminded(cart_id=row[0], user_id=row[1])

    async def opened(self, token_hash: bytes, *, now: datetime) -> None:
        await self._work.raw.execute(OPENED, token_hash, now)

    async def rekey(self, *, cart_id: UUID, token_hash: bytes, now: datetime) -> None:
        await self._work.raw.execute(REKEY, cart_id, token_hash, now)

    async def forget_address(self, *, cart_id: UUID) -> None:
        await self._work.raw.execute(FORGET_ADDRESS, cart_id)


class PgAbandonedCarts:
    """See AbandonedCarts in the module's ports."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def page(
        self, *, store_id: UUID, until: datetime, before: tuple[datetime, UUID] | None, limit: int
    ) -> Sequence[AbandonedCartView]:
        moment, cart_id = before or (None, None)
        rows = await self._work.raw.fetch(PAGE, store_id, until, moment, cart_id, limit)
        return [_view(*row) for row in rows]


def _view(
    cart_id: UUID,
    signed_in: bool,
    email: str | None,
    currency: str,
    lines: str,
    *times: datetime,
) -> AbandonedCartView:
    kept = _lines(lines)
    updated_at, reminded_at, opened_at = times
    return AbandonedCartView(
        id=cart_id,
        signed_in=signed_in,
        email=email,
        lines=[
            AbandonedLineView(
                product_id=line.product_id,
                variant_id=line.variant_id,
                title=line.title,
                quantity=line.quantity,
                unit_price=Money(line.unit_price, currency),
            )
            for line in kept
        ],
        value=Money(sum(line.quantity * line.unit_price for line in kept), currency),
        updated_at=updated_at,
        reminded_at=reminded_at,
        opened_at=opened_at,
    )
