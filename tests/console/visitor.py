"""A browser as far as the console needs one: cookies, forms with their tokens, the Origin header."""

import re
from html import unescape
from urllib.parse import urlsplit

import asyncpg
import httpx
from httpx import ASGITransport

from shoplytics.api import Api

FIELD = re.compile(r'name="(form_token|next)" value="([^"]*)"')


class Visitor:
    """Speaks to `app` at an address of this machine, unless another is named."""

    def __init__(
        self, app: Api, *, base: str = "http://127.0.0.1:8000", peer: str = "127.0.0.1", **headers: str
    ) -> None:
        transport = ASGITransport(app, client=(peer, 40000))
        self.base = base
        self.client = httpx.AsyncClient(transport=transport, base_url=base, headers=headers)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers=headers)

    async def send(self, page: str, action: str, *, origin: str | None = "", **fields: str) -> httpx.Response:
        """Fill in the form of a page. `origin`: another than the page's, or None for no such header."""
        shown = await self.client.get(page)
        hidden = {name: unescape(value) for name, value in FIELD.findall(shown.text)}
        named = self.base if origin == "" else origin
        headers = {} if named is None else {"Origin": named}
        return await self.client.post(action, data=hidden | fields, headers=headers)

    async def sign_in(self, identifier: str, password: str, **fields: str) -> httpx.Response:
        asked = {"identifier": identifier, "password": password}
        return await self.send("/console/sign-in", "/console/sign-in", **asked, **fields)

    def cookie(self, name: str) -> str | None:
        return self.client.cookies.get(name, domain=urlsplit(self.base).hostname)


async def make_admin(owner_url: str, email: str) -> None:
    owner = await asyncpg.connect(owner_url)
    await owner.execute("update identity_user set platform_admin = true where email = $1", email)
    await owner.close()
