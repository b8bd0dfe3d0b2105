"""`sandbox`: a payment provider that takes no money, with a pay page of its own, for trying a shop out.

It speaks as vendors do, over the same port: what it is told it says again to `confirm`, its notifications are
signed, and a shopper comes back from it by a redirect. What a vendor would keep lies in a folder, so all
processes of one machine share it.
"""

import asyncio
import hmac
import os
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import ClassVar
from uuid import uuid4

import msgspec

from shoplytics.kernel.errors import Conflict, Invalid, NotFound, Unauthenticated, Unavailable
from shoplytics.kernel.money import Money
from shoplytics.ports.payment_provider import (
    Charge,
    Outcome,
    PaymentRefused,
    ProviderEvent,
    Refund,
    Refunded,
    RefundOutcome,
    Settlement,
    ShopperReturn,
    SplitShare,
    Started,
)

SIGNATURE = "x-sandbox-signature"
REFERENCE = re.compile(r"[A-Za-z0-9-]{1,100}")


class Decision(StrEnum):
    """What a shopper may do on the pay page."""

    PAY = "pay"
    FAIL = "fail"
    ABANDON = "abandon"


SAYS = {Decision.PAY: Outcome.PAID, Decision.FAIL: Outcome.FAILED, Decision.ABANDON: Outcome.ABANDONED}


class AlreadyPaid(Conflict):
    code = "already_paid"
    message = "This payment has been made."


class SandboxConfig(msgspec.Struct, frozen=True, kw_only=True):
    """All three are the deployment's own unless they are given: where its pages are, what signs its notes."""

    folder: str
    key: str
    page: str

    def __repr__(self) -> str:
        return f"SandboxConfig(folder={self.folder!r}, page={self.page!r})"


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A charge as this gateway knows it."""

    reference: str
    amount: int
    currency: str
    title: str
    return_url: str
    outcome: Outcome = Outcome.PENDING
    shares: dict[str, int] = {}

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class _Data(msgspec.Struct):
    reference: str
    status: Outcome


class _Note(msgspec.Struct):
    event: str
    data: _Data


class SandboxProvider:
    """See ports/payment_provider.py; it has every ability there is."""

    name = "sandbox"
    Config: ClassVar[type[SandboxConfig]] = SandboxConfig

    def __init__(self, config: SandboxConfig) -> None:
        self._folder = Path(config.folder)
        self._key = config.key.encode()
        self._page = config.page

    async def start(self, charge: Charge) -> Started:
        return await self.start_split(charge, ())

    async def start_split(self, charge: Charge, shares: Sequence[SplitShare]) -> Started:
        if sum(share.amount.minor for share in shares) > charge.amount.minor:
            msg = "The shares are more than the charge."
            raise PaymentRefused(msg)
        fresh = Kept(
            reference=charge.reference,
            amount=charge.amount.minor,
            currency=charge.amount.currency,
            title=charge.title,
            return_url=charge.return_url,
            shares={share.account: share.amount.minor for share in shares},
        )
        kept = await asyncio.to_thread(self._begin, fresh)
        if kept.money != charge.amount:
            msg = "This reference was begun with another amount."
            raise PaymentRefused(msg)
        return Started(authorization_url=f"{self._page}/{charge.reference}")

    async def confirm(self, charge: Charge) -> Settlement:
        try:
            kept = await self.charge(charge.reference)
        except NotFound:
            return Settlement(outcome=Outcome.PENDING)
        return Settlement(
            outcome=kept.outcome,
            paid=kept.money if kept.outcome is Outcome.PAID else None,
            facts={"status": kept.outcome, "amount": kept.amount, "currency": kept.currency},
        )

    async def charge(self, reference: str) -> Kept:
        """For the pay page. Raises NotFound, Unavailable."""
        return await asyncio.to_thread(self._read, reference)

    async def decide(self, reference: str, decision: Decision) -> Kept:
        """What the shopper chose on the pay page. Raises NotFound; AlreadyPaid once it is paid."""
        return await asyncio.to_thread(self._decide, reference, SAYS[decision])

    def note(self, kept: Kept) -> tuple[dict[str, str], bytes]:
        """Headers and body of the notification that tells how the charge stands."""
        data = {
            "reference": kept.reference,
            "status": kept.outcome,
            "amount": kept.amount,
            "currency": kept.currency,
        }
        body = msgspec.json.encode({"event": f"charge.{kept.outcome}", "data": data})
        return {"content-type": "application/json", SIGNATURE: self._signature(body)}, body

    def read_webhook(self, headers: Mapping[str, str], body: bytes) -> ProviderEvent:
        given = headers.get(SIGNATURE, "")
        if not given.isascii() or not hmac.compare_digest(given, self._signature(body)):
            msg = "The signature is missing or not ours."
            raise Unauthenticated(msg, code="invalid_signature")
        try:
            note = msgspec.json.decode(body, type=_Note)
        except msgspec.MsgspecError as error:
            raise Invalid(str(error)) from None
        reference = note.data.reference
        return ProviderEvent(id=f"{reference}:{note.data.status}", topic=note.event, reference=reference)

    def read_return(self, query: Mapping[str, str]) -> ShopperReturn:
        return ShopperReturn(reference=query.get("reference"))

    async def refund(self, charge: Charge, refund: Refund) -> Refunded:
        done = await asyncio.to_thread(self._refund, charge.reference, refund)
        return Refunded(outcome=RefundOutcome.DONE, provider_reference=f"refund-{done}")

    def _signature(self, body: bytes) -> str:
        return hmac.new(self._key, body, "sha512").hexdigest()

    def _path(self, reference: str, end: str) -> Path:
        if not REFERENCE.fullmatch(reference):
            raise NotFound
        return self._folder / f"{reference}.{end}"

    def _begin(self, fresh: Kept) -> Kept:
        made = self._put(self._path(fresh.reference, "json"), msgspec.json.encode(fresh), once=True)
        return fresh if made else self._read(fresh.reference)

    def _read(self, reference: str) -> Kept:
        try:
            found = msgspec.json.decode(self._path(reference, "json").read_bytes(), type=Kept)
        except FileNotFoundError:
            raise NotFound from None
        except OSError as error:
            raise Unavailable from error
        if self._path(reference, "paid").exists():  # a file of its own: what is paid stays so
            return msgspec.structs.replace(found, outcome=Outcome.PAID)
        return found

    def _decide(self, reference: str, outcome: Outcome) -> Kept:
        kept = self._read(reference)
        after = msgspec.structs.replace(kept, outcome=outcome)
        if outcome is Outcome.PAID:
            self._put(self._path(reference, "paid"), b"", once=True)
            return after
        if kept.outcome is Outcome.PAID:
            raise AlreadyPaid
        self._put(self._path(reference, "json"), msgspec.json.encode(after), once=False)
        return self._read(reference)

    def _refund(self, reference: str, refund: Refund) -> str:
        kept = self._read(reference)
        if kept.outcome is not Outcome.PAID or refund.amount.currency != kept.currency:
            msg = "Only what was paid can be paid back."
            raise PaymentRefused(msg)
        if not REFERENCE.fullmatch(refund.id):
            raise NotFound
        back = {path.name: int(path.read_text()) for path in self._folder.glob(f"{reference}.refund-*")}
        own = f"{reference}.refund-{refund.id}"
        before = sum(amount for name, amount in back.items() if name != own)
        if before + refund.amount.minor > kept.amount:
            msg = "That is more than was paid."
            raise PaymentRefused(msg)
        self._put(self._path(reference, f"refund-{refund.id}"), str(refund.amount.minor).encode(), once=True)
        return refund.id

    def _put(self, path: Path, content: bytes, *, once: bool) -> bool:
        """Whole or not at all; `once`: what is there stays, and False. Raises Unavailable."""
        part = path.with_name(f".{path.name}.{uuid4().hex}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(content)
            if once:
                os.link(part, path)
            else:
                part.replace(path)
        except FileExistsError:
            return False
        except OSError as error:
            msg = "The sandbox could not write down the payment."
            raise Unavailable(msg) from error
        finally:
            part.unlink(missing_ok=True)
        return True
