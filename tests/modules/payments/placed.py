"""Checkouts as if they had been placed, for tests of what comes after."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import httpx

from shoplytics.adapters.postgres.work import Raw
from shoplytics.kernel.clock import utc_now
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.tokens import new_token, token_hash

PAY = "/api/v1/payments"
CHECKOUT = """
    insert into sales_checkout (id, user_id, token_hash, email, currency, total)
    values ($1, $2, $3, 'ada@example.com', $4, $5)
"""
ORDER = """
    insert into sales_order (id, store_id, source, external_key, number, status, financial_status,
        fulfilment_status, counts, currency, gross, subtotal, discount, shipping, tax, total, refunded,
        user_id, email, placed_at, checkout_id, held_until, expires_at)
    values ($1, $2, 'native', $3, $3, 'created', 'pending', 'unfulfilled', true, $4, $5, $5, 0, 0, 0, $5, 0,
        $6, 'ada@example.com', now(), $7, $8, $9)
"""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """`guest` are the headers of who has the token."""

    checkout_id: UUID
    orders: tuple[UUID, ...]
    token: str

    @property
    def guest(self) -> dict[str, str]:
        return {"X-Order-Token": self.token}


async def placed(
    owner: Raw, *stores: UUID, user_id: UUID | None = None, total: int = 1999, currency: str = "GBP"
) -> Placed:
    """One order of `total` in each store."""
    checkout, token, now = new_id(), new_token(), utc_now()
    orders = tuple(new_id() for _ in stores)
    held, ends = now + timedelta(minutes=30), now + timedelta(hours=24)
    await owner.execute(CHECKOUT, checkout, user_id, token_hash(token), currency, total * len(stores))
    for store, order in zip(stores, orders, strict=True):
        number = str(order.int % 100_000)
        await owner.execute(ORDER, order, store, number, currency, total, user_id, checkout, held, ends)
    return Placed(checkout_id=checkout, orders=orders, token=token)


async def pay(
    client: httpx.AsyncClient, what: Placed, *, status: int = 201, **asked: object
) -> dict[str, object]:
    answer = await client.post(PAY, json={"checkout_id": str(what.checkout_id), **asked}, headers=what.guest)
    assert answer.status_code == status, answer.text
    found: dict[str, object] = answer.json()
    return found
