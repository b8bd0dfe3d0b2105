"""The page that a confirmation's link opens."""

import re

import httpx
import pytest

from shoplytics.api import Api
from tests.console.visitor import Visitor
from tests.letters import letters_to
from tests.modules.catalog.merchants import open_shop
from tests.modules.sales.ordering import EMAIL, Orderer

LINK = re.compile(r"http://127\.0\.0\.1:8000(/\S+)#token=([\w-]+)")


@pytest.fixture
async def link(app: Api, client: httpx.AsyncClient) -> tuple[str, str]:
    """Path and token of the link in a guest's confirmation."""
    shop = await open_shop(client)
    guest = Orderer(client)
    await guest.add(await shop.product(price="5.00", quantity=5, title="Cup"), 2)
    await guest.order()
    (letter,) = await letters_to(app.parts.infra, EMAIL)
    (found,) = LINK.findall(letter.text)
    path, token = found
    assert f"{path}#token={token}" in letter.html
    return path, token


class TestOrdersPage:
    async def test_is_where_the_letter_leads(
        self, app: Api, client: httpx.AsyncClient, link: tuple[str, str]
    ) -> None:
        page = await Visitor(app).get(link[0])
        assert page.status_code == 200
        (nonce,) = re.findall(r'<script nonce="([\w-]+)">', page.text)
        assert f"script-src 'nonce-{nonce}'" in page.headers["content-security-policy"]
        paths = (await client.get("/openapi.json")).json()["paths"]
        assert {"/orders", "/payments"} == set(re.findall(r'ask\("(/\w+)', page.text))
        assert "get" in paths["/api/v1/orders"]
        assert "post" in paths["/api/v1/payments"]
        assert "innerHTML" not in page.text

    async def test_has_a_token_that_reads_and_pays_without_an_account(
        self, client: httpx.AsyncClient, link: tuple[str, str]
    ) -> None:
        known = {"X-Order-Token": link[1]}
        (order,) = (await client.get("/api/v1/orders", headers=known)).json()["items"]
        whole = (await client.get(f"/api/v1/orders/{order['id']}", headers=known)).json()
        assert [(line["title"], line["quantity"]) for line in whole["lines"]] == [("Cup", 2)]
        body = {"checkout_id": whole["checkout_id"]}
        begun = await client.post("/api/v1/payments", json=body, headers=known)
        assert begun.status_code == 201, begun.text
        assert begun.json()["authorization_url"]
        other = {"X-Order-Token": link[1][::-1]}
        assert (await client.get("/api/v1/orders", headers=other)).json()["items"] == []
