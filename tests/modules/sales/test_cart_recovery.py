"""Carts left behind: one reminder to who wants it, the way back, and the store's list."""

import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import httpx
import pytest

from shoplytics.adapters.postgres.sales import PgAbandonedCarts
from shoplytics.api import Api
from shoplytics.bootstrap import WITH_WORK, Infra
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.clock import utc_now
from shoplytics.modules.sales.service import SalesService
from shoplytics.modules.sales.tasks import remind_of_carts
from tests.builders import prove, register
from tests.letters import letters_to, subjects_to
from tests.modules.catalog.merchants import Merchant, open_shop
from tests.modules.sales.buyers import Buyer, Json, shown

ADA = "ada@example.com"
SUBJECT = "Your cart at A shop is still there"
RESTORE = "/restore"


@pytest.fixture
async def merchant(client: httpx.AsyncClient) -> Merchant:
    opened = await open_shop(client)
    await opened.catch_up()
    return opened


@pytest.fixture
async def cups(merchant: Merchant) -> Json:
    return await merchant.product(price="5.00", quantity=40)


@pytest.fixture
async def owner(owner_url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    opened = await asyncpg.connect(owner_url)
    yield opened
    await opened.close()


class Shop:
    """The worker and the clock of one deployment."""

    def __init__(self, app: Api, owner: "asyncpg.Connection[asyncpg.Record]") -> None:
        self.infra: Infra = app.parts.infra
        self._owner = owner

    async def idle(self, **time: float) -> None:
        """So long passes in which nobody touches a cart."""
        for table, column in (("sales_cart", "updated_at"), ("sales_cart_recovery", "sent_at")):
            await self._owner.execute(
                f"update {table} set {column} = {column} - $1::interval", timedelta(**time)
            )

    async def remind(self) -> None:
        async with self.infra.database.work(DbRole.SYSTEM) as work:
            service = WITH_WORK["sales"](self.infra, work)
            assert isinstance(service, SalesService)
            await remind_of_carts(utc_now(), service)
            await work.commit()

    async def link(self, address: str = ADA) -> str:
        found = re.findall(r"/cart/restore#token=([\w-]+)", (await letters_to(self.infra, address))[-1].text)
        return str(found[-1])


@pytest.fixture
def shop(app: Api, owner: "asyncpg.Connection[asyncpg.Record]") -> Shop:
    return Shop(app, owner)


async def guest_of(client: httpx.AsyncClient, product: Json, email: str | None = ADA) -> Buyer:
    guest = Buyer(client)
    await guest.add(product, 2)
    if email is not None:
        cart = await guest.send("PATCH", "", {"email": email})
        assert cart["email"] == email.lower()
    return guest


class TestReminder:
    async def test_is_written_once_a_cart_and_store(
        self, client: httpx.AsyncClient, cups: Json, shop: Shop
    ) -> None:
        await guest_of(client, cups, "Ada@Example.com")
        await shop.remind()
        assert await subjects_to(shop.infra, ADA) == []
        await shop.idle(minutes=61)
        for _ in range(3):
            await shop.remind()
        (letter,) = await letters_to(shop.infra, ADA)
        assert letter.subject == SUBJECT
        assert "- 2 x Tea cup, 10.00 GBP" in letter.text
        assert "/cart/reminders#token=" in letter.text

    async def test_is_for_guests_who_left_an_address_for_it(
        self, client: httpx.AsyncClient, cups: Json, shop: Shop, owner: "asyncpg.Connection[asyncpg.Record]"
    ) -> None:
        await guest_of(client, cups, None)
        changed = await guest_of(client, cups)
        await changed.send("PATCH", "", {"email": None})
        await changed.send("PATCH", "", {"email": "no address"}, status=400)
        await shop.idle(hours=2)
        await shop.remind()
        assert await owner.fetchval("select count(*) from sales_cart_recovery") == 0

    async def test_is_for_users_with_a_proved_address_who_want_it(
        self, client: httpx.AsyncClient, cups: Json, shop: Shop, owner_url: str
    ) -> None:
        ada, unproved, quiet = [await register(client) for _ in range(3)]
        await prove(owner_url, ada, quiet)
        wishes = {"preferences": {"mails": {"abandoned_cart": False}}}
        answer = await client.patch("/api/v1/me", json=wishes, headers=quiet.headers)
        assert answer.status_code == 200, answer.text
        for account in (ada, unproved, quiet):
            await Buyer(client, account).add(cups)
        await shop.idle(hours=2)
        await shop.remind()
        assert (await subjects_to(shop.infra, ada.email)).count(SUBJECT) == 1
        for account in (unproved, quiet):
            assert SUBJECT not in await subjects_to(shop.infra, account.email)

    async def test_is_only_of_what_can_be_bought_and_not_too_late(
        self, client: httpx.AsyncClient, merchant: Merchant, cups: Json, shop: Shop
    ) -> None:
        await guest_of(client, cups)
        offer = cups["variants"][0]["offers"][0]["id"]
        await merchant.send("PATCH", f"/offers/{offer}", {"active": False})
        await shop.idle(hours=2)
        await shop.remind()
        assert await subjects_to(shop.infra, ADA) == []
        await merchant.send("PATCH", f"/offers/{offer}", {"active": True})
        await shop.idle(days=7)
        await shop.remind()
        assert await subjects_to(shop.infra, ADA) == []

    async def test_goes_to_one_address_three_times_a_day_at_most(
        self, client: httpx.AsyncClient, cups: Json, shop: Shop
    ) -> None:
        for _ in range(5):
            await guest_of(client, cups)
        await shop.idle(hours=2)
        await shop.remind()
        assert await subjects_to(shop.infra, ADA) == [SUBJECT] * 3
        await shop.idle(days=1)
        await shop.remind()
        assert await subjects_to(shop.infra, ADA) == [SUBJECT] * 5


class TestRestore:
    async def test_gives_a_guest_the_cart_with_a_new_token(
        self, client: httpx.AsyncClient, cups: Json, shop: Shop
    ) -> None:
        guest = await guest_of(client, cups)
        await shop.idle(hours=2)
        await shop.remind()
        link = await shop.link()
        back = Buyer(client)
        for _ in range(2):
            cart = await back.send("POST", RESTORE, {"token": link})
            assert shown(cart) == {"Tea cup": 2}
        assert shown(await back.add(cups)) == {"Tea cup": 3}
        assert (await guest.cart())["lines"] == []
        await shop.idle(days=31)
        await back.send("POST", RESTORE, {"token": link}, status=404)

    async def test_merges_it_for_who_is_signed_in(
        self, client: httpx.AsyncClient, cups: Json, shop: Shop
    ) -> None:
        await guest_of(client, cups)
        await shop.idle(hours=2)
        await shop.remind()
        link, ada = await shop.link(), Buyer(client, await register(client))
        await ada.add(cups)
        for _ in range(2):
            cart = await ada.send("POST", RESTORE, {"token": link})
            assert (shown(cart), cart["token"]) == ({"Tea cup": 3}, None)
        bob = Buyer(client, await register(client))
        await bob.send("POST", RESTORE, {"token": link}, status=404)
        await Buyer(client).send("POST", RESTORE, {"token": link}, status=401)
        assert shown(await ada.cart()) == {"Tea cup": 3}

    @pytest.mark.parametrize("token", ["", "null", "0", "A" * 43, "x" * 201])
    async def test_opens_nothing_without_its_link(
        self, client: httpx.AsyncClient, cups: Json, shop: Shop, token: str
    ) -> None:
        guest = await guest_of(client, cups)
        await shop.idle(hours=2)
        await shop.remind()
        for buyer in (Buyer(client), Buyer(client, await register(client))):
            for path in (RESTORE, "/reminders/stop"):
                answer = await buyer.attempt("POST", path, {"token": token})
                assert answer.status_code in {400, 404}
                answer = await buyer.attempt("POST", path, {"token": guest.token})
                assert answer.status_code == 404

    async def test_can_end_the_reminders_instead(
        self, client: httpx.AsyncClient, cups: Json, shop: Shop
    ) -> None:
        await guest_of(client, cups)
        await shop.idle(hours=2)
        await shop.remind()
        later = await guest_of(client, cups)
        link = await shop.link()
        answer = await client.post("/api/v1/cart/reminders/stop", json={"token": link})
        assert answer.status_code == 204
        assert (await later.cart())["email"] is None
        await shop.idle(hours=2)
        await shop.remind()
        assert len(await letters_to(shop.infra, ADA)) == 1

    async def test_has_pages_for_both(self, client: httpx.AsyncClient) -> None:
        for path, does in (("restore", "/cart/restore"), ("reminders", "/cart/reminders/stop")):
            page = await client.get(f"/cart/{path}")
            assert page.status_code == 200
            assert f'data-path="/api/v1{does}"' in page.text


class TestAbandonedCarts:
    async def test_are_the_stores_own_lines_the_latest_first(
        self, client: httpx.AsyncClient, merchant: Merchant, cups: Json, shop: Shop
    ) -> None:
        other = await open_shop(client)
        await other.catch_up()
        pots = await other.product(title="Tea pot", price="8.00", quantity=9)
        ada = Buyer(client, await register(client))
        await ada.add(cups)
        await shop.idle(minutes=10)
        guest = await guest_of(client, cups)
        await guest.add(pots)
        await guest_of(client, cups, None)
        await shop.idle(minutes=55)
        fresh = await guest_of(client, cups)
        path = "/carts/abandoned"
        page = await merchant.send("GET", path)
        assert [cart["email"] for cart in page["items"]] == [None]
        await shop.idle(minutes=10)
        await shop.remind()
        found = []
        cursor = ""
        while True:
            page = await merchant.send("GET", f"{path}?limit=1{cursor}")
            found += page["items"]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert [(cart["email"], cart["signed_in"]) for cart in found] == [(ADA, False), (None, True)]
        assert found[0]["value"] == {"amount": "10.00", "currency": "GBP"}
        assert [line["title"] for line in found[0]["lines"]] == ["Tea cup"]
        assert (found[0]["reminded_at"] is not None, found[0]["opened_at"]) == (True, None)
        assert (await other.send("GET", path))["items"][0]["value"]["amount"] == "8.00"
        await Buyer(client).send("POST", RESTORE, {"token": await shop.link()})
        await shop.idle(hours=2)
        (cart, *_) = (await merchant.send("GET", path))["items"]
        assert cart["opened_at"] is not None
        assert fresh.token is not None
        await merchant.send("GET", f"{path}?cursor=x", status=400)

    async def test_show_a_store_nothing_of_another_in_the_same_cart(
        self, client: httpx.AsyncClient, merchant: Merchant, cups: Json, shop: Shop
    ) -> None:
        other = await open_shop(client)
        await other.catch_up()
        pots = await other.product(title="Tea pot", price="8.00", quantity=9)
        await guest_of(client, pots)
        both = await guest_of(client, cups)
        await both.add(pots, 3)
        assert (await both.cart())["gross"]["amount"] == "34.00"
        await shop.idle(hours=2)
        for query in ("", "?limit=1"):
            (seen,) = (await merchant.send("GET", f"/carts/abandoned{query}"))["items"]
            assert [(line["title"], line["quantity"]) for line in seen["lines"]] == [("Tea cup", 2)]
            assert seen["value"] == {"amount": "10.00", "currency": "GBP"}
            told = json.dumps(seen)
            assert not [word for word in (pots["id"], pots["variants"][0]["id"], "Tea pot") if word in told]
        async with shop.infra.database.work(DbRole.SYSTEM) as work:  # whom no policy holds back
            page = PgAbandonedCarts(work).page
            (read,) = await page(store_id=merchant.store, until=utc_now(), before=None, limit=9)
        assert ([line.title for line in read.lines], read.value.amount) == (["Tea cup"], "10.00")
        theirs = (await other.send("GET", "/carts/abandoned"))["items"]
        assert sorted(cart["value"]["amount"] for cart in theirs) == ["16.00", "24.00"]
        assert {line["title"] for cart in theirs for line in cart["lines"]} == {"Tea pot"}

    async def test_are_for_those_who_work_there(self, client: httpx.AsyncClient, merchant: Merchant) -> None:
        stranger = await register(client)
        address = f"/api/v1/stores/{merchant.store}/carts/abandoned"
        assert (await client.get(address)).status_code == 401
        assert (await client.get(address, headers=stranger.headers)).status_code == 404
