"""Money that is amiss is told to those who look after the platform, once."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import httpx
import pytest

from shoplytics.adapters.postgres.work import Raw
from shoplytics.adapters.sandbox import Decision, SandboxProvider
from shoplytics.api import Api
from shoplytics.kernel.money import Money
from shoplytics.modules.payments.domain import PaymentMismatchLetter
from shoplytics.modules.payments.service import MismatchNotices
from shoplytics.ports.identity import UserCard
from shoplytics.ports.payments import PaymentMismatch, PaymentStatus
from tests.builders import Account, prove, register
from tests.fakes import KeptMails
from tests.fakes.payments import FakeProvider
from tests.letters import letters_to, subjects_to
from tests.modules.payments.placed import PAY, pay, placed

PROMOTE = "update identity_user set platform_admin = true where id = any($1)"


class Two:
    """Two administrators."""

    async def administrators(self) -> Sequence[UserCard]:
        return [UserCard(id=uuid4(), email=f"{name}@shop.example", name=name, version=1) for name in "ab"]


@pytest.mark.parametrize("status", [PaymentStatus.MISMATCH, PaymentStatus.LATE])
async def test_each_administrator_gets_one_letter_a_payment(status: PaymentStatus) -> None:
    mails, payment = KeptMails(), uuid4()
    notices = MismatchNotices(administrators=Two(), mails=mails, public_url="https://shop.example/")
    for second in (1, 2):
        event = PaymentMismatch(
            payment_id=payment,
            checkout_id=uuid4(),
            status=status,
            expected=Money(1999, "GBP"),
            paid=Money(1998, "GBP"),
            occurred_at=datetime(2026, 11, 27, 8, 0, second, tzinfo=UTC),
        )
        await notices.told(event)
    assert [sent.to for sent in mails.sent] == ["a@shop.example", "b@shop.example"]
    (letter,) = mails.to("a@shop.example")
    assert letter == PaymentMismatchLetter(
        payment=str(payment),
        expected="19.99 GBP",
        paid="19.98 GBP",
        late=status is PaymentStatus.LATE,
        link="https://shop.example/console",
    )


class TestMismatch:
    @pytest.fixture
    async def bosses(self, client: httpx.AsyncClient, owner: Raw, owner_url: str) -> list[Account]:
        """Two who may look, and two who may not: one has not proved an address, one is disabled."""
        people = [await register(client) for _ in range(4)]
        await owner.execute(PROMOTE, [person.user_id for person in people])
        await prove(owner_url, people[0], people[1], people[3])
        await owner.execute("update identity_user set disabled_at = now() where id = $1", people[3].user_id)
        return people

    async def test_of_another_amount_is_mailed_once(
        self, app: Api, client: httpx.AsyncClient, store: UUID, owner: Raw, bosses: list[Account]
    ) -> None:
        fake, infra = FakeProvider(), app.parts.infra
        infra.payment_providers = {"fake": fake, **infra.payment_providers}
        bought = await placed(owner, store)
        found = await pay(client, bought)
        fake.paid(str(found["reference"]), 1998)
        for _ in range(3):
            answer = await client.post(f"{PAY}/{found['id']}/verify", headers=bought.guest)
            assert answer.json()["status"] == "mismatch"
        subject = f"Payment {found['id']} needs you"
        for boss in bosses[:2]:
            letters = [one for one in await letters_to(infra, boss.email) if one.subject == subject]
            assert len(letters) == 1
            assert "- Asked for: 19.99 GBP\n- Came in: 19.98 GBP" in letters[0].text
        for other in (*(boss.email for boss in bosses[2:]), "ada@example.com"):
            assert subject not in await subjects_to(infra, other)

    async def test_of_money_that_is_late_is_mailed_too(
        self, app: Api, client: httpx.AsyncClient, store: UUID, owner: Raw, bosses: list[Account]
    ) -> None:
        bought = await placed(owner, store)
        found = await pay(client, bought)
        sandbox = app.parts.infra.payment_providers["sandbox"]
        assert isinstance(sandbox, SandboxProvider)
        cancel = "update sales_order set status = 'cancelled' where checkout_id = $1"
        await owner.execute(cancel, bought.checkout_id)
        await sandbox.decide(str(found["reference"]), Decision.PAY)
        answer = await client.post(f"{PAY}/{found['id']}/verify", headers=bought.guest)
        assert answer.json()["status"] == "late"
        (letter,) = [
            one for one in await letters_to(app.parts.infra, bosses[0].email) if "needs you" in one.subject
        ]
        assert "to be given back" in letter.text
