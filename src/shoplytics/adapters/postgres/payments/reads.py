"""Lists of payments for stores and administrators, and of those to be asked about."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from shoplytics.adapters.postgres.payments.rows import PAYMENT, SHARE, share_of, view_of
from shoplytics.adapters.postgres.work import Work
from shoplytics.modules.payments.ports import PaymentFilter
from shoplytics.ports.payments import PaymentView, StorePaymentView

OF_STORE = f"""
    select {SHARE} from payments_share
    where store_id = $1 and ($2::text is null or status = $2) and ($3::text is null or provider = $3)
        and ($4::uuid is null or (payment_id, order_id) < ($4, $5))
    order by payment_id desc, order_id desc limit $6
"""
EVERY = f"""
    select {PAYMENT} from payments_payment p
    where ($1::text is null or status = $1) and ($2::text is null or provider = $2)
        and ($3::uuid is null or checkout_id = $3)
        and ($4::uuid is null
            or exists (select from payments_share s where s.payment_id = p.id and s.store_id = $4))
        and ($5::uuid is null or id < $5)
    order by id desc limit $6
"""
STALE = """
    update payments_payment set checked_at = now() where id in (
        select id from payments_payment where status = 'pending' and checked_at < $1
        order by checked_at limit $2 for update skip locked
    )
    returning id
"""


class PgPaymentReads:
    """See PaymentReads in modules/payments/ports.py."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def of_store(
        self, store_id: UUID, wanted: PaymentFilter, *, before: tuple[UUID, UUID] | None, limit: int
    ) -> Sequence[StorePaymentView]:
        after = before or (None, None)
        rows = await self._work.raw.fetch(OF_STORE, store_id, wanted.status, wanted.provider, *after, limit)
        return [share_of(row) for row in rows]

    async def every(self, wanted: PaymentFilter, *, before: UUID | None, limit: int) -> Sequence[PaymentView]:
        rows = await self._work.raw.fetch(
            EVERY, wanted.status, wanted.provider, wanted.checkout_id, wanted.store_id, before, limit
        )
        return [view_of(row) for row in rows]

    async def stale(self, *, checked_before: datetime, limit: int) -> Sequence[UUID]:
        rows = await self._work.raw.fetch(STALE, checked_before, limit)
        return [row[0] for row in rows]
