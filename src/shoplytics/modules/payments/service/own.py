"""A shopper's own payments."""

from uuid import UUID

from shoplytics.kernel.errors import NotFound, Unauthenticated
from shoplytics.kernel.paging import Page, decode_id_cursor, encode_cursor, page_of
from shoplytics.kernel.tokens import token_hash
from shoplytics.modules.payments.ports import OwnReads
from shoplytics.ports.payments import PaymentView

SORT = "-id"


class OwnPayments:
    """By an account, else by the token of a checkout."""

    def __init__(self, *, reads: OwnReads) -> None:
        self._reads = reads

    async def all(
        self, *, user_id: UUID | None, token: str | None, cursor: str | None, limit: int
    ) -> Page[PaymentView]:
        """Raises Unauthenticated for who has neither an account nor a token."""
        before, hashed = decode_id_cursor(cursor, sort=SORT), token_hash(token)
        if user_id is not None:
            rows = await self._reads.of_user(user_id, payment_id=None, before=before, limit=limit + 1)
        elif hashed is not None:
            rows = await self._reads.of_token(hashed, payment_id=None, before=before, limit=limit + 1)
        else:
            raise Unauthenticated
        return page_of(rows, limit, lambda last: encode_cursor(SORT, last.id))

    async def one(self, *, payment_id: UUID, user_id: UUID | None, token: str | None) -> PaymentView:
        """Raises NotFound, for others' too."""
        hashed = token_hash(token)
        if user_id is not None:
            for found in await self._reads.of_user(user_id, payment_id=payment_id, before=None, limit=1):
                return found
        if hashed is not None:
            for found in await self._reads.of_token(hashed, payment_id=payment_id, before=None, limit=1):
                return found
        raise NotFound
