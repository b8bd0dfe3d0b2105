"""Payments as shoppers see their own."""

from collections.abc import Sequence
from uuid import UUID

from shoplytics.adapters.postgres.database import Database
from shoplytics.adapters.postgres.payments.rows import PAYMENT, view_of
from shoplytics.kernel.access import DbRole
from shoplytics.ports.payments import PaymentView

REST = "and ($2::uuid is null or id = $2) and ($3::uuid is null or id < $3) order by id desc limit $4"
OF_USER = f"select {PAYMENT} from payments_payment where user_id = $1 {REST}"
OF_TOKEN = f"select {PAYMENT} from payments_payment where token_hash = $1 {REST}"


class PgOwnPayments:
    """See OwnReads in modules/payments/ports.py."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_user(
        self, user_id: UUID, *, payment_id: UUID | None, before: UUID | None, limit: int
    ) -> Sequence[PaymentView]:
        async with self._database.work(DbRole.USER, user_id=user_id) as work:
            rows = await work.raw.fetch(OF_USER, user_id, payment_id, before, limit)
        return [view_of(row) for row in rows]

    async def of_token(
        self, token_hash: bytes, *, payment_id: UUID | None, before: UUID | None, limit: int
    ) -> Sequence[PaymentView]:
        pool = self._database.keyed()
        rows = await pool.fetch(OF_TOKEN, token_hash, payment_id, before, limit)
        return [view_of(row) for row in rows]
