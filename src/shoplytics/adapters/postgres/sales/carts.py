"""Carts in hand-written statements: every shopper's click comes here."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.ids import new_id
from shoplytics.modules.sales.ports import CartOwner, CartRow, StoredCart

# A null opens nothing: neither equals anything.
_OWNED = "(c.user_id = $1 or c.token_hash = $2)"
_COLUMNS = """c.id, c.user_id, c.currency, c.email, c.codes, c.updated_at, l.id, l.offer_id,
    l.quantity, l.unit_price, l.store_id, l.product_id, l.variant_id, l.title, l.session_id"""
_LINES = "left join sales_cart_line l on l.cart_id = c.id"
_ORDER = "order by l.created_at, l.id"
OPEN = f"select {_COLUMNS}, true from sales_cart c {_LINES} where {_OWNED} {_ORDER}"
OPEN_LOCKED = f"select {_COLUMNS}, true from sales_cart c {_LINES} where c.id = $1 {_ORDER}"
# What waits for a row reads all others as they were before: the last column tells whether it waited for a
# change, as then the row that is locked is another than the one that the statement sees.
LOCK = f"""
    with locked as materialized (select c.id, c.ctid as place from sales_cart c where {_OWNED} for update)
    select {_COLUMNS}, c.ctid = k.place from locked k join sales_cart c on c.id = k.id {_LINES} {_ORDER}
"""
CREATE = """
    insert into sales_cart (id, user_id, token_hash) values ($1, $2, $3)
    on conflict (user_id) where user_id is not null do nothing
    returning id, updated_at
"""
BEGIN = """
    with cart as (
        insert into sales_cart (id, user_id, token_hash, currency, updated_at) values ($1, $2, $3, $4, $5)
        on conflict (user_id) where user_id is not null do nothing
        returning id
    )
    insert into sales_cart_line
        (id, cart_id, offer_id, quantity, unit_price, store_id, product_id, variant_id, title, session_id,
        created_at, updated_at)
    select $6, cart.id, $7, $8, $9, $10, $11, $12, $13, $14, $5, $5 from cart
"""
PUT_LINES = """
    with cart as (update sales_cart set currency = $2, updated_at = $11 where id = $1)
    insert into sales_cart_line as l
        (id, cart_id, offer_id, quantity, unit_price, store_id, product_id, variant_id, title, session_id,
        created_at, updated_at)
    select id, $1, offer_id, quantity, unit_price, store_id, product_id, variant_id, title, session_id, $11,
        $11
    from unnest($3::uuid[], $4::uuid[], $5::int[], $6::bigint[], $7::uuid[], $8::uuid[], $9::uuid[],
        $10::text[], $12::bigint[])
        as given (id, offer_id, quantity, unit_price, store_id, product_id, variant_id, title, session_id)
    on conflict (cart_id, offer_id) do update set quantity = excluded.quantity,
        unit_price = excluded.unit_price, title = excluded.title, updated_at = excluded.updated_at,
        session_id = coalesce(l.session_id, excluded.session_id)
"""
REMOVE_LINE = """
    with gone as (delete from sales_cart_line where cart_id = $1 and id = $2)
    update sales_cart set updated_at = $3, currency = case when exists (
        select from sales_cart_line l where l.cart_id = $1 and l.id <> $2) then currency end
    where id = $1
"""
CLEAR = """
    with gone as (delete from sales_cart_line where cart_id = $1)
    update sales_cart set updated_at = $2, currency = null, codes = '{}' where id = $1
"""
# What was mailed about the guest's cart is known of the user's: no second mail, and its link still works.
ABSORB = """
    with known as (
        update sales_cart_recovery r set cart_id = $1 where r.cart_id = $2 and not exists (
            select from sales_cart_recovery own where own.cart_id = $1 and own.store_id = r.store_id))
    delete from sales_cart where id = $2
"""
SET_CODES = "update sales_cart set codes = $2, updated_at = $3 where id = $1"
SET_EMAIL = "update sales_cart set email = $2, updated_at = $3 where id = $1"
SEE_PRICES = """
    update sales_cart_line l set unit_price = s.unit_price, title = s.title
    from unnest($2::uuid[], $3::bigint[], $4::text[]) as s (id, unit_price, title)
    where l.cart_id = $1 and l.id = s.id
"""
FORGET = """
    with gone as (delete from sales_cart where user_id = $1)
    update sales_cart set email = null where email = $2 and user_id is distinct from $1
"""
PURGE = """
    delete from sales_cart where id = any(array(
        select id from sales_cart where user_id is null and updated_at < $1
        order by updated_at limit $2 for update skip locked))
"""


def _cart(rows: Sequence[asyncpg.Record]) -> StoredCart:
    first = rows[0]
    return StoredCart(
        id=first[0],
        user_id=first[1],
        currency=first[2],
        email=first[3],
        codes=tuple(first[4]),
        updated_at=first[5],
        lines=tuple(_line(row) for row in rows if row[6] is not None),
    )


def _line(row: asyncpg.Record) -> CartRow:
    return CartRow(
        id=row[6],
        offer_id=row[7],
        quantity=row[8],
        unit_price=row[9],
        store_id=row[10],
        product_id=row[11],
        variant_id=row[12],
        title=row[13],
        session_id=row[14],
    )


class PgCarts:
    """See CartRepository in the module's ports."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def open(self, owner: CartOwner, *, lock: bool = False) -> StoredCart | None:
        if owner.user_id is None and owner.token_hash is None:
            return None
        if not lock:
            rows = await self._work.reading.fetch(OPEN, owner.user_id, owner.token_hash)
            return _cart(rows) if rows else None
        rows = await self._work.raw.fetch(LOCK, owner.user_id, owner.token_hash)
        if rows and not rows[0][-1]:
            rows = await self._work.raw.fetch(OPEN_LOCKED, rows[0][0])
        return _cart(rows) if rows else None

    async def create(self, owner: CartOwner) -> StoredCart:
        row = await self._work.raw.fetchrow(CREATE, new_id(), owner.user_id, owner.token_hash)
        if row is not None:
            return StoredCart(
                id=row[0],
                user_id=owner.user_id,
                currency=None,
                email=None,
                codes=(),
                updated_at=row[1],
                lines=(),
            )
        made = await self.open(owner, lock=True)
        # Deleted since by the end of their account: then there is nobody any more to make another for.
        return made if made is not None else await self.create(owner)

    async def begin(self, cart: StoredCart, owner: CartOwner) -> bool:
        [line] = cart.lines
        done: str = await self._work.raw.execute(
            BEGIN,
            cart.id,
            owner.user_id,
            owner.token_hash,
            cart.currency,
            cart.updated_at,
            line.id,
            line.offer_id,
            line.quantity,
            line.unit_price,
            line.store_id,
            line.product_id,
            line.variant_id,
            line.title,
            line.session_id,
        )
        return done == "INSERT 0 1"

    async def put_lines(
        self, *, cart_id: UUID, currency: str, lines: Sequence[CartRow], now: datetime
    ) -> None:
        await self._work.raw.execute(
            PUT_LINES,
            cart_id,
            currency,
            [line.id for line in lines],
            [line.offer_id for line in lines],
            [line.quantity for line in lines],
            [line.unit_price for line in lines],
            [line.store_id for line in lines],
            [line.product_id for line in lines],
            [line.variant_id for line in lines],
            [line.title for line in lines],
            now,
            [line.session_id for line in lines],
        )

    async def remove_line(self, *, cart_id: UUID, line_id: UUID, now: datetime) -> None:
        await self._work.raw.execute(REMOVE_LINE, cart_id, line_id, now)

    async def clear(self, *, cart_id: UUID, now: datetime) -> None:
        await self._work.raw.execute(CLEAR, cart_id, now)

    async def absorb(self, *, cart_id: UUID, guest_id: UUID) -> None:
        await self._work.raw.execute(ABSORB, cart_id, guest_id)

    async def set_codes(self, *, cart_id: UUID, codes: Sequence[str], now: datetime) -> None:
        await self._work.raw.execute(SET_CODES, cart_id, list(codes), now)

    async def see_prices(self, *, cart_id: UUID, lines: Sequence[CartRow]) -> None:
        await self._work.raw.execute(
            SEE_PRICES,
            cart_id,
            [line.id for line in lines],
            [line.unit_price for line in lines],
            [line.title for line in lines],
        )

    async def set_email(self, *, cart_id: UUID, email: str | None, now: datetime) -> None:
        await self._work.raw.execute(SET_EMAIL, cart_id, email, now)

    async def forget_user(self, user_id: UUID, *, email: str | None) -> None:
        await self._work.raw.execute(FORGET, user_id, email)

    async def purge(self, *, before: datetime, limit: int) -> int:
        gone: str = await self._work.raw.execute(PURGE, before, limit)
        return int(gone.removeprefix("DELETE "))
