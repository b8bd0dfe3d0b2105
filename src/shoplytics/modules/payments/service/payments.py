"""Payments as lists, in the caller's unit of work."""

from datetime import datetime, timedelta
from uuid import UUID

from shoplytics.kernel.errors import invalid_field
from shoplytics.kernel.paging import Page, decode_cursor, decode_id_cursor, encode_cursor, page_of
from shoplytics.modules.payments.ports import PaymentFilter, PaymentReads
from shoplytics.modules.payments.service.notices import MismatchNotices
from shoplytics.ports.outbox import Outbox
from shoplytics.ports.payments import PaymentDoubted, PaymentView, StorePaymentView

SORT = "-id"
ASK_AFTER = timedelta(minutes=10)
ASK_AT_ONCE = 500


class PaymentsService:
    """What stores and administrators see; and which open ones are to be asked about."""

    def __init__(self, *, reads: PaymentReads, outbox: Outbox, notices: MismatchNotices) -> None:
        self._reads = reads
        self._outbox = outbox
        self.notices = notices

    async def of_store(
        self, *, store_id: UUID, wanted: PaymentFilter, cursor: str | None, limit: int
    ) -> Page[StorePaymentView]:
        """Its own shares only."""
        found = decode_cursor(cursor, sort=SORT, length=2)
        try:
            before = None if found is None else (UUID(str(found.keys[0])), UUID(str(found.keys[1])))
        except ValueError:
            raise invalid_field("?cursor", "invalid_cursor", "Pass next_cursor of a page.") from None
        rows = await self._reads.of_store(store_id, wanted, before=before, limit=limit + 1)
        return page_of(rows, limit, lambda last: encode_cursor(SORT, last.payment_id, last.order_id))

    async def every(self, *, wanted: PaymentFilter, cursor: str | None, limit: int) -> Page[PaymentView]:
        before = decode_id_cursor(cursor, sort=SORT)
        rows = await self._reads.every(wanted, before=before, limit=limit + 1)
        return page_of(rows, limit, lambda last: encode_cursor(SORT, last.id))

    async def doubt_stale(self, *, now: datetime) -> int:
        """How many open ones nobody asked about lately; each is asked about by a task of its own."""
        stale = await self._reads.stale(checked_before=now - ASK_AFTER, limit=ASK_AT_ONCE)
        await self._outbox.add(*(PaymentDoubted(payment_id=ident) for ident in stale))
        return len(stale)
