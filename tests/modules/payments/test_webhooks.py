"""What a provider, or somebody who plays one, may send."""

import random

import httpx
import pytest

from shoplytics.adapters.postgres.work import Raw
from shoplytics.adapters.sandbox import SIGNATURE, Kept, SandboxProvider
from shoplytics.api import Api
from shoplytics.ports.payment_provider import Outcome
from tests.drain import drain

HOOK = "/api/v1/webhooks/sandbox"
KEPT = Kept(reference="nobodys", amount=1999, currency="GBP", title="", return_url="", outcome=Outcome.PAID)


@pytest.fixture
def note(app: Api) -> tuple[str, bytes]:
    """Signature and body."""
    sandbox = app.parts.infra.payment_providers["sandbox"]
    assert isinstance(sandbox, SandboxProvider)
    headers, body = sandbox.note(KEPT)
    return headers[SIGNATURE], body


async def rows(owner: Raw) -> int:
    return int(
        await owner.fetchval("select (select count(*) from platform_inbox) + count(*) from platform_outbox")
    )


class TestWebhook:
    async def test_of_nobody_is_kept_once_and_done(
        self, app: Api, client: httpx.AsyncClient, owner: Raw, note: tuple[str, bytes]
    ) -> None:
        signature, body = note
        for kind in ("application/json", "text/plain", "application/vnd.sandbox+json"):
            headers = {SIGNATURE: signature, "content-type": kind}
            assert (await client.post(HOOK, content=body, headers=headers)).status_code == 200
        assert await owner.fetchval("select count(*) from platform_inbox") == 1
        assert await owner.fetchval("select body from platform_inbox") == body
        assert await owner.fetchval("select done_at from platform_inbox") is None
        assert await drain(app.parts.infra) >= 1
        assert await owner.fetchval("select done_at from platform_inbox") is not None

    async def test_that_is_forged_leaves_no_row(
        self, client: httpx.AsyncClient, owner: Raw, note: tuple[str, bytes]
    ) -> None:
        right, body = note
        before = await rows(owner)
        signatures: list[list[tuple[str, str]]] = [
            [],
            [(SIGNATURE, "")],
            [(SIGNATURE, right[:-2])],
            [(SIGNATURE, right[:64])],
            [(SIGNATURE, right + "00")],
            [(SIGNATURE, right[::-1])],
            [(SIGNATURE, f"sha512={right}")],
            [(SIGNATURE, right), (SIGNATURE, right)],
            [(SIGNATURE, right), (SIGNATURE, "0" * 128)],
            [("x-signature", right)],
        ]
        for headers in signatures:
            answer = await client.post(HOOK, content=body, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "invalid_signature")
        for other in (b"", body + b" ", body.replace(b":", b": "), body[:-1], b"\xff" * 100):
            answer = await client.post(HOOK, content=other, headers={SIGNATURE: right})
            assert answer.status_code == 401
        assert await rows(owner) == before

    async def test_of_any_bytes_is_never_an_error_of_ours(
        self, client: httpx.AsyncClient, owner: Raw
    ) -> None:
        before, dice = await rows(owner), random.Random(5)  # noqa: S311 - not for secrets
        for _ in range(300):
            body = dice.randbytes(dice.randrange(200))
            answer = await client.post(HOOK, content=body, headers={SIGNATURE: dice.randbytes(64).hex()})
            assert answer.status_code == 401
        assert await rows(owner) == before

    async def test_has_to_be_of_a_provider_that_sends_some(self, client: httpx.AsyncClient) -> None:
        assert (await client.post("/api/v1/webhooks/cowrie", content=b"{}")).status_code == 404

    async def test_is_not_longer_than_a_note(self, client: httpx.AsyncClient) -> None:
        assert (await client.post(HOOK, content=b"x" * 300_000)).status_code == 413
