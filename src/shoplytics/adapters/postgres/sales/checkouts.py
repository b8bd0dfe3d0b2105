"""Checkouts, and how long their orders hold stock: judged by the database's clock."""

from collections.abc import Collection, Sequence
from uuid import UUID

import msgspec

from shoplytics.adapters.postgres.sales.moving import STATE
from shoplytics.adapters.postgres.work import Work
from shoplytics.modules.sales.ports import CartOwner, FoundCheckout, OrderState

HOLD = "interval '30 minutes'"
LIFE = "interval '24 hours'"
LOCK = f"""
    select c.id, c.user_id, c.token_hash, c.email, {", ".join(f"o.{name}" for name in STATE)}
    from sales_checkout c join sales_order o on o.checkout_id = c.id
    where c.id = coalesce($1::uuid, (select n.checkout_id from sales_order n where n.id = $2::uuid))
        and (c.user_id = $3::uuid or c.token_hash = $4::bytea)
    order by o.id for no key update of o
"""
HELD = f"""
    update sales_order set held_until = now() + {HOLD}, version = version + 1, updated_at = now()
    where id = any($1::uuid[])
    returning id, held_until, version
"""
LAPSED = """
    select id from sales_order where held_until < now()
    order by held_until limit $1 for no key update skip locked
"""
LET_GO = """
    update sales_order set held_until = null, version = version + 1, updated_at = now()
    where id = any($1::uuid[])
"""
ENDED = """
    select id from sales_order where expires_at < now()
    order by expires_at limit $1 for no key update skip locked
"""


class PgCheckouts:
    """See CheckoutRecords in the module's ports."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def lock(
        self, *, checkout_id: UUID | None, order_id: UUID | None, owner: CartOwner
    ) -> FoundCheckout | None:
        rows = await self._work.raw.fetch(LOCK, checkout_id, order_id, owner.user_id, owner.token_hash)
        if not rows:
            return None
        ident, user_id, token_hash, email, *_ = rows[0]
        orders = [OrderState(**dict(zip(STATE, values, strict=True))) for _, _, _, _, *values in rows]
        return FoundCheckout(id=ident, email=email, user_id=user_id, token_hash=token_hash, orders=orders)

    async def hold(self, orders: Collection[OrderState]) -> list[OrderState]:
        rows = await self._work.raw.fetch(HELD, [order.id for order in orders])
        new = {row["id"]: row for row in rows}
        return [
            msgspec.structs.replace(o, held_until=new[o.id]["held_until"], version=new[o.id]["version"])
            for o in orders
        ]

    async def lapsed(self, *, limit: int) -> Sequence[UUID]:
        return [row[0] for row in await self._work.raw.fetch(LAPSED, limit)]

    async def let_go(self, order_ids: Collection[UUID]) -> None:
        await self._work.raw.execute(LET_GO, list(order_ids))

    async def ended(self, *, limit: int) -> Sequence[UUID]:
        return [row[0] for row in await self._work.raw.fetch(ENDED, limit)]
