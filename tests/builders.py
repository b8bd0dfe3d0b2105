"""Accounts and stores as people make them, over HTTP, for tests about something else."""

from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg
import httpx

PASSWORD = "ten red herons"  # strong and short: what is longer takes longer to judge


@dataclass(frozen=True, kw_only=True)
class Account:
    """A signed-in user; send `headers` with a request to be them."""

    headers: dict[str, str]
    user_id: UUID
    email: str
    password: str
    refresh_token: str


async def sign_in(
    client: httpx.AsyncClient, identifier: str, password: str = PASSWORD
) -> dict[str, str | int]:
    """The token pair of a new session."""
    answer = await client.post("/api/v1/auth/login", json={"identifier": identifier, "password": password})
    assert answer.status_code == 200, answer.text
    pair: dict[str, str | int] = answer.json()
    return pair


async def register(
    client: httpx.AsyncClient, email: str | None = None, password: str = PASSWORD, **profile: str
) -> Account:
    """A new user, signed in. Without an address they get one of their own."""
    address = email or f"user-{uuid4().hex[:12]}@example.com"
    form = {"email": address, "password": password, **profile}
    answer = await client.post("/api/v1/auth/register", json=form)
    assert answer.status_code == 201, answer.text
    pair = await sign_in(client, address, password)
    return Account(
        headers={"Authorization": f"Bearer {pair['access_token']}"},
        user_id=UUID(answer.json()["id"]),
        email=answer.json()["email"],
        password=password,
        refresh_token=str(pair["refresh_token"]),
    )


async def store_of(
    client: httpx.AsyncClient,
    account: Account,
    *,
    currency: str = "GBP",
    timezone: str = "Europe/London",
    name: str = "A shop",
    low_stock_threshold: int = 3,
) -> UUID:
    """A new store that `account` owns."""
    form = {
        "name": name,
        "currency": currency,
        "timezone": timezone,
        "low_stock_threshold": low_stock_threshold,
    }
    answer = await client.post("/api/v1/stores", json=form, headers=account.headers)
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["id"])


async def prove(owner_url: str, *accounts: Account) -> None:
    """As if they had followed the link that was mailed to them."""
    owner = await asyncpg.connect(owner_url)
    verify = "update identity_user set email_verified_at = now() where id = any($1)"
    await owner.execute(verify, [account.user_id for account in accounts])
    await owner.close()
