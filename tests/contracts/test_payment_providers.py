"""What every payment provider promises, ours and those of other packages.

A case says what the vendor's shopper does: it pays, fails or leaves, as the pay page or a test key lets one.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from shoplytics.adapters.sandbox import Decision, SandboxProvider
from shoplytics.kernel.errors import Unauthenticated
from shoplytics.kernel.money import Money
from shoplytics.ports.payment_provider import (
    Charge,
    Outcome,
    PaymentProvider,
    PaymentRefused,
    ReferenceUsed,
    Refund,
    RefundOutcome,
    Refunds,
    Returns,
    Splits,
    SplitShare,
    Started,
    Webhooks,
)
from shoplytics.settings import Settings
from shoplytics.settings.plugins import PAYMENT_PROVIDERS, payment_providers_of

Note = tuple[dict[str, str], bytes]


@dataclass(frozen=True, kw_only=True)
class Case:
    """`shopper` does something at the vendor's; `note` is what the vendor then sends, if anything."""

    provider: PaymentProvider
    currency: str
    shopper: Callable[[Charge, Outcome], Awaitable[None]]
    note: Callable[[Charge], Awaitable[Note]] | None
    account: str

    def charge(self, minor: int = 1999) -> Charge:
        return Charge(
            reference=str(uuid4()),
            amount=Money(minor, self.currency),
            email="ada@example.com",
            title="A shop",
            return_url="https://shop.example/api/v1/payments/return/x?reference=y",
        )


def sandbox(settings: Settings) -> Case:
    provider = payment_providers_of(settings)["sandbox"]
    assert isinstance(provider, SandboxProvider)
    does = {
        Outcome.PAID: Decision.PAY,
        Outcome.FAILED: Decision.FAIL,
        Outcome.ABANDONED: Decision.ABANDON,
    }

    async def shopper(charge: Charge, outcome: Outcome) -> None:
        await provider.decide(charge.reference, does[outcome])

    async def note(charge: Charge) -> Note:
        return provider.note(await provider.charge(charge.reference))

    return Case(provider=provider, currency="GBP", shopper=shopper, note=note, account="acct-1")


@pytest.fixture(params=[sandbox])
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    plain = Settings(database_url="", redis_url="", secret_key=b"k" * 32, home=tmp_path)
    made: Case = request.param(plain)
    return made


async def begun(case: Case, minor: int = 1999) -> tuple[Charge, Started]:
    """A charge as it is asked about later: with what the vendor called it."""
    charge = case.charge(minor)
    started = await case.provider.start(charge)
    return msgspec.structs.replace(charge, provider_reference=started.provider_reference), started


class TestPaymentProvider:
    def test_is_named_as_its_entry_point(self, case: Case) -> None:
        assert case.provider.name in entry_points(group=PAYMENT_PROVIDERS).names

    async def test_says_where_to_pay(self, case: Case) -> None:
        _, started = await begun(case)
        assert started.authorization_url.startswith(("http://", "https://"))

    async def test_begins_a_reference_once(self, case: Case) -> None:
        """It says the same again, or that it knows the reference: never a second charge."""
        charge, started = await begun(case)
        try:
            again = await case.provider.start(charge)
        except ReferenceUsed:
            return
        assert again == started

    async def test_begins_no_reference_again_with_another_amount(self, case: Case) -> None:
        charge, _ = await begun(case)
        with pytest.raises((PaymentRefused, ReferenceUsed)):
            await case.provider.start(msgspec.structs.replace(charge, amount=Money(1, case.currency)))

    async def test_knows_nothing_of_what_was_not_begun(self, case: Case) -> None:
        said = await case.provider.confirm(case.charge())
        assert (said.outcome, said.paid) == (Outcome.PENDING, None)

    async def test_waits_for_the_shopper(self, case: Case) -> None:
        charge, _ = await begun(case)
        said = await case.provider.confirm(charge)
        assert (said.outcome, said.paid) == (Outcome.PENDING, None)

    @pytest.mark.parametrize("minor", [200_000, 1, 10**12])
    async def test_says_what_it_took_to_the_unit(self, case: Case, minor: int) -> None:
        charge, _ = await begun(case, minor)
        await case.shopper(charge, Outcome.PAID)
        for _ in range(2):
            said = await case.provider.confirm(charge)
            assert (said.outcome, said.paid) == (Outcome.PAID, charge.amount)

    @pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.ABANDONED])
    async def test_says_what_became_of_it(self, case: Case, outcome: Outcome) -> None:
        """A vendor for whom leaving is not final says that it is pending."""
        charge, _ = await begun(case)
        await case.shopper(charge, outcome)
        said = await case.provider.confirm(charge)
        assert said.outcome in {outcome, Outcome.PENDING}
        assert said.paid is None

    async def test_believes_money_that_comes_after_a_failure(self, case: Case) -> None:
        charge, _ = await begun(case)
        await case.shopper(charge, Outcome.FAILED)
        await case.shopper(charge, Outcome.PAID)
        assert (await case.provider.confirm(charge)).outcome is Outcome.PAID

    async def test_tells_facts_that_can_be_kept(self, case: Case) -> None:
        charge, _ = await begun(case)
        await case.shopper(charge, Outcome.PAID)
        kept = msgspec.json.encode((await case.provider.confirm(charge)).facts)
        assert b"ada@example.com" not in kept


class TestWebhooks:
    async def test_are_read_as_signed(self, case: Case) -> None:
        provider, charge, (headers, body) = await self.told(case)
        event = provider.read_webhook(headers, body)
        assert charge.reference in {event.reference, event.provider_reference} | {charge.reference}
        assert event == provider.read_webhook(headers, body)
        assert 0 < len(event.id) <= 200
        assert event.topic

    @pytest.mark.parametrize("change", [b" ", b"\n", b"\x00", b"{}"])
    async def test_of_other_bytes_are_refused(self, case: Case, change: bytes) -> None:
        provider, _, (headers, body) = await self.told(case)
        for other in (body + change, change + body, body[:-1], b"", change):
            with pytest.raises(Unauthenticated):
                provider.read_webhook(headers, other)

    async def test_without_the_right_signature_are_refused(self, case: Case) -> None:
        provider, _, (headers, body) = await self.told(case)
        for name, value in headers.items():
            if name == "content-type":
                continue
            for wrong in ("", value[:-1], value + "0", value.upper() + "x", f"{value}, {value}", "\xff", "é"):
                with pytest.raises(Unauthenticated):
                    provider.read_webhook({**headers, name: wrong}, body)
        with pytest.raises(Unauthenticated):
            provider.read_webhook({}, body)

    async def told(self, case: Case) -> tuple[Webhooks, Charge, Note]:
        if not isinstance(case.provider, Webhooks) or case.note is None:
            pytest.skip("has no webhooks")
        charge, _ = await begun(case)
        await case.shopper(charge, Outcome.PAID)
        return case.provider, charge, await case.note(charge)


class TestReturns:
    def test_read_anything(self, case: Case) -> None:
        if not isinstance(case.provider, Returns):
            pytest.skip("goes by our own address")
        for query in ({}, {"reference": "x"}, {"Authority": "", "Status": "\x00"}):
            case.provider.read_return(query)


class TestRefunds:
    async def test_give_back_once(self, case: Case) -> None:
        if not isinstance(case.provider, Refunds):
            pytest.skip("refunds are done by hand")
        charge, _ = await begun(case)
        half = Refund(id=str(uuid4()), amount=Money(1000, case.currency))
        with pytest.raises(PaymentRefused):
            await case.provider.refund(charge, half)
        await case.shopper(charge, Outcome.PAID)
        first = await case.provider.refund(charge, half)
        assert first.outcome is not RefundOutcome.FAILED
        assert await case.provider.refund(charge, half) == first
        with pytest.raises(PaymentRefused):
            await case.provider.refund(charge, msgspec.structs.replace(half, id=str(uuid4())))


class TestSplits:
    async def test_are_at_most_the_charge(self, case: Case) -> None:
        if not isinstance(case.provider, Splits):
            pytest.skip("does not split")
        share = SplitShare(account=case.account, amount=Money(1500, case.currency))
        await case.provider.start_split(case.charge(), [share])
        with pytest.raises(PaymentRefused):
            await case.provider.start_split(case.charge(), [share, share])
