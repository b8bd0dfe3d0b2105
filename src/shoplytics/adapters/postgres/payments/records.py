"""Attempts to pay, in a unit of work of the system's."""

from collections.abc import Mapping
from uuid import UUID

from shoplytics.adapters.postgres.payments.rows import PAYMENT, payment_of
from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.actor import Actor
from shoplytics.kernel.codec import to_json
from shoplytics.kernel.errors import NotFound
from shoplytics.kernel.ids import new_id
from shoplytics.modules.payments.domain import Payment

# Said so that only what has the checkout's id at its head is an index for it.
LIVE = f"select {PAYMENT} from payments_payment where checkout_id = $1 and status || '' = 'pending'"
LOCK = f"select {PAYMENT} from payments_payment where id = $1 for update"
# Whoever writes it down is the first to speak with the provider about it.
ADD = """
    with payment as (
        insert into payments_payment (id, checkout_id, provider, reference, status, amount, currency, user_id,
            token_hash, channels, actor, created_at, settled_at, claimed_until)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, now() + interval '10 seconds')
        on conflict (checkout_id) where status = 'pending' do nothing
        returning id, provider, reference, status, currency, created_at, settled_at
    ), shares as (
        insert into payments_share (store_id, payment_id, order_id, number, provider, reference, status,
            amount, currency, created_at, settled_at)
        select s.store_id, p.id, s.order_id, s.number, p.provider, p.reference, p.status, s.amount,
            p.currency, p.created_at, p.settled_at
        from payment p, unnest($14::uuid[], $15::uuid[], $16::text[], $17::bigint[])
            as s (store_id, order_id, number, amount)
    )
    insert into payments_event (id, payment_id, status_to, actor, facts)
    select $18, p.id, p.status, $11, $19::jsonb from payment p
"""
SAVE = """
    with payment as (
        update payments_payment
        set status = $2, paid_amount = $3, paid_currency = $4, settled_at = $5, checked_at = now()
        where id = $1
    ), shares as (
        update payments_share set status = $2, settled_at = $5 where payment_id = $1
    )
    insert into payments_event (id, payment_id, status_from, status_to, actor, facts)
    values ($6, $1, $7, $2, $8, $9::jsonb)
"""


class PgPaymentRecords:
    """See PaymentRecords in modules/payments/ports.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def live(self, checkout_id: UUID) -> Payment:
        return await self._one(LIVE, checkout_id)

    async def lock(self, payment_id: UUID) -> Payment:
        return await self._one(LOCK, payment_id)

    async def _one(self, sql: str, ident: UUID) -> Payment:
        row = await self._work.raw.fetchrow(sql, ident)
        if row is None:
            raise NotFound
        return payment_of(row)

    async def add(self, payment: Payment, *, actor: Actor, facts: Mapping[str, object]) -> bool:
        added = await self._work.raw.execute(
            ADD,
            payment.id,
            payment.checkout_id,
            payment.provider,
            payment.reference,
            payment.status,
            payment.money.minor,
            payment.money.currency,
            payment.user_id,
            payment.token_hash,
            list(payment.channels),
            actor.label,
            payment.created_at,
            payment.settled_at,
            [share.store_id for share in payment.shares],
            [share.order_id for share in payment.shares],
            [share.number for share in payment.shares],
            [share.money.minor for share in payment.shares],
            new_id(),
            to_json(facts).decode(),
        )
        return added == "INSERT 0 1"

    async def save(self, payment: Payment, *, before: str, actor: Actor, facts: Mapping[str, object]) -> None:
        await self._work.raw.execute(
            SAVE,
            payment.id,
            payment.status,
            payment.paid and payment.paid.minor,
            payment.paid and payment.paid.currency,
            payment.settled_at,
            new_id(),
            before,
            actor.label,
            to_json(facts).decode(),
        )
