"""Attempts to pay beside any unit of work: each a statement by itself."""

from uuid import UUID

from shoplytics.adapters.postgres.database import Database
from shoplytics.adapters.postgres.payments.rows import PAYMENT, payment_of
from shoplytics.kernel.errors import NotFound
from shoplytics.modules.payments.domain import Payment

GET = f"select {PAYMENT} from payments_payment where id = $1"
BY_REFERENCE = f"""
    select {PAYMENT} from payments_payment where reference = $1 and ($2::text is null or provider = $2)
"""
BY_PROVIDERS_OWN = f"""
    select {PAYMENT} from payments_payment where provider_reference = $1 and provider = $2
"""
# `status ||` leaves the index of all that is pending out of it: the id is what finds it.
CLAIM = """
    update payments_payment set claimed_until = now() + interval '10 seconds'
    where id = $1 and status || '' = 'pending' and authorization_url is null
        and (claimed_until is null or claimed_until < now())
    returning true
"""
RELEASE = "update payments_payment set claimed_until = null where id = $1"
BEGUN = """
    update payments_payment
    set authorization_url = $2, access_code = $3, provider_reference = $4, claimed_until = null
    where id = $1
"""

WORKED_IN = "update platform_inbox set done_at = now() where id = $1 and done_at is null"


class PgPaymentState:
    """See PaymentState in modules/payments/ports.py."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, payment_id: UUID) -> Payment:
        pool = self._database.keyed()
        row = await pool.fetchrow(GET, payment_id)
        if row is None:
            raise NotFound
        return payment_of(row)

    async def find(
        self, *, reference: str | None, provider: str | None, provider_reference: str | None
    ) -> Payment:
        pool = self._database.keyed()
        if reference is not None:
            row = await pool.fetchrow(BY_REFERENCE, reference, provider)
        else:
            row = await pool.fetchrow(BY_PROVIDERS_OWN, provider_reference, provider)
        if row is None:
            raise NotFound
        return payment_of(row)

    async def worked_in(self, inbox_id: UUID) -> None:
        pool = self._database.keyed()
        await pool.execute(WORKED_IN, inbox_id)

    async def claim(self, payment_id: UUID) -> bool:
        pool = self._database.keyed()
        return bool(await pool.fetchval(CLAIM, payment_id))

    async def release(self, payment_id: UUID) -> None:
        pool = self._database.keyed()
        await pool.execute(RELEASE, payment_id)

    async def begun(
        self,
        payment_id: UUID,
        *,
        authorization_url: str,
        access_code: str | None,
        provider_reference: str | None,
    ) -> None:
        pool = self._database.keyed()
        await pool.execute(BEGUN, payment_id, authorization_url, access_code, provider_reference)
