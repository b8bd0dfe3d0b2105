"""The page that an invitation's link opens."""

import re

import httpx

from shoplytics.api import Api
from tests.builders import prove, register, store_of
from tests.console.visitor import Visitor
from tests.letters import letters_to


class TestInvitationPage:
    async def test_is_where_the_letter_leads(
        self, app: Api, client: httpx.AsyncClient, owner_url: str
    ) -> None:
        owner = await register(client)
        await prove(owner_url, owner)
        store = await store_of(client, owner)
        await client.post(
            f"/api/v1/stores/{store}/invitations",
            json={"email": "guest@example.com", "role": "staff"},
            headers=owner.headers,
        )
        (letter,) = await letters_to(app.parts.infra, "guest@example.com")
        (path,) = re.findall(r"http://127\.0\.0\.1:8000(/\S+)#token=", letter.text)
        page = await Visitor(app).get(path)
        assert page.status_code == 200
        (nonce,) = re.findall(r'<script nonce="([\w-]+)">', page.text)
        assert f"script-src 'nonce-{nonce}'" in page.headers["content-security-policy"]
        document = (await client.get("/openapi.json")).json()
        asked = re.findall(r'send\("(/[\w/]+)"', page.text)
        assert set(asked) == {"/auth/login", "/auth/logout", "/auth/register", "/invitations/accept"}
        assert all("post" in document["paths"][f"/api/v1{path}"] for path in asked)
