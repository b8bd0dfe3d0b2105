"""The browser's part of a sign-in with a provider, played by httpx."""

import asyncio
from typing import Any

import httpx
from tests.builders import Account, register
from tests.oidc_provider import consent

from shoplytics.adapters.postgres.work import Raw

BASE = "/api/v1/auth/oidc"
COOKIE = "shoplytics-oidc"


async def begin(client: httpx.AsyncClient) -> str:
    """Where the browser is sent to, with its cookie kept."""
    answer = await client.get(f"{BASE}/mock")
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


async def come_back(client: httpx.AsyncClient, query: dict[str, str]) -> httpx.Response:
    return await client.get(f"{BASE}/mock/callback", params=query)


async def enter(client: httpx.AsyncClient, subject: str) -> httpx.Response:
    """The whole way."""
    url = await begin(client)
    return await come_back(client, await asyncio.to_thread(consent, url, subject))


async def me(client: httpx.AsyncClient, pair: dict[str, Any]) -> dict[str, Any]:
    answer = await client.get("/api/v1/me", headers=bearer(pair))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def bearer(pair: dict[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {pair['access_token']}"}


async def verified(client: httpx.AsyncClient, owner: Raw) -> Account:
    account = await register(client)
    await owner.execute("update identity_user set email_verified_at = now() where id = $1", account.user_id)
    return account
