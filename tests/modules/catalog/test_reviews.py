"""Reviews over HTTP: buyers only, one each; averages kept; stores hide and answer, and change no word."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from shoplytics.api import Api
from tests.builders import Account, register
from tests.drain import drain
from tests.modules.catalog.merchants import Merchant, open_shop

ORDER = """
    with placed as (
        insert into sales_order (id, store_id, source, external_key, number, status, financial_status,
            fulfilment_status, counts, currency, gross, subtotal, discount, shipping, tax, total, refunded,
            user_id, placed_at, paid_at)
        values (gen_random_uuid(), $1, 'native', $2, $2, $5, 'paid', 'unfulfilled', true, 'GBP', 100, 100, 0,
            0, 0, 100, 0, $3, now(), case when $6 then now() end)
        returning id
    )
    insert into sales_order_line (store_id, order_id, position, product_id, title, quantity, unit_price,
        discount, total, fulfilment)
    select $1, id, 1, $4, 'Tea cup', 1, 100, 0, 100, 'unfulfilled' from placed
"""


class Shop:
    """A store with one product, and people who bought it."""

    def __init__(self, merchant: Merchant, product: str, owner_url: str) -> None:
        self.merchant = merchant
        self.client = merchant.client
        self.product = product
        self._owner_url = owner_url

    async def buyer(self, *, status: str = "processing", paid: bool = True, name: str = "Ada") -> Account:
        account = await register(self.client, first_name=name, last_name="Obi")
        owner = await asyncpg.connect(self._owner_url)
        number, product = uuid4().hex, UUID(self.product)
        await owner.execute(ORDER, self.merchant.store, number, account.user_id, product, status, paid)
        await owner.close()
        return account

    async def review(
        self, account: Account, *, rating: int = 5, comment: str = "", of: str | None = None
    ) -> httpx.Response:
        path = of or f"/products/{self.product}"
        body = {"rating": rating, "comment": comment}
        return await self.client.post(f"/api/v1{path}/reviews", json=body, headers=account.headers)

    async def shown(self, of: str | None = None, **query: str) -> Any:  # noqa: ANN401 - JSON
        path = of or f"/products/{self.product}"
        answer = await self.client.get(f"/api/v1{path}/reviews", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def page(self) -> Any:  # noqa: ANN401 - JSON
        return (await self.client.get(f"/api/v1/products/{self.product}")).json()


@pytest.fixture
async def shop(client: httpx.AsyncClient, owner_url: str) -> Shop:
    merchant = await open_shop(client)
    product = await merchant.product(price="1.00")
    return Shop(merchant, product["id"], owner_url)


class TestStores:
    async def test_show_the_average_of_their_own_reviews_at_once(self, shop: Shop) -> None:
        path = f"/stores/{shop.merchant.store}"
        other = await open_shop(shop.client)

        async def rated(tag: str = "") -> httpx.Response:
            return await shop.client.get(f"/api/v1{path}", headers={"If-None-Match": tag})

        async def listed() -> dict[str, tuple[float | None, int]]:
            page = (await shop.client.get("/api/v1/stores")).json()
            return {one["id"]: (one["rating"], one["review_count"]) for one in page["items"]}

        first = await rated()
        assert (first.json()["rating"], first.json()["review_count"]) == (None, 0)
        assert await listed() == dict.fromkeys((str(shop.merchant.store), str(other.store)), (None, 0))
        buyers = [await shop.buyer() for _ in range(3)]
        for buyer, stars in zip(buyers, (5, 4, 4), strict=True):
            assert (await shop.review(buyer, rating=stars, of=path)).status_code == 201
        await shop.review(buyers[0], rating=1)
        now = await rated(first.headers["etag"])
        assert (now.status_code, now.json()["rating"], now.json()["review_count"]) == (200, 4.33, 3)
        assert await listed() == {str(shop.merchant.store): (4.33, 3), str(other.store): (None, 0)}
        assert (await rated(now.headers["etag"])).status_code == 304
        written = (await shop.shown(path))["items"][-1]["id"]
        hide = f"/moderation/reviews/{written}"
        await shop.merchant.send("PATCH", hide, {"status": "hidden"})
        again = await rated(now.headers["etag"])
        assert (again.json()["rating"], again.json()["review_count"]) == (4.0, 2)
        tag: str = again.headers["etag"]
        await shop.merchant.send("PATCH", "", {"description": "Cups."}, If_Match=tag)


class TestWriting:
    async def test_shows_what_a_buyer_says_and_counts_it_at_once(self, shop: Shop) -> None:
        before = await shop.page()
        answer = await shop.review(await shop.buyer(), rating=4, comment=" Keeps tea warm. ")
        assert answer.status_code == 201, answer.text
        written = answer.json()
        assert (written["author"], written["comment"]) == ("Ada O.", "Keeps tea warm.")
        shown = await shop.shown()
        assert [one["id"] for one in shown["items"]] == [written["id"]]
        assert (shown["rating"], shown["review_count"], shown["by_rating"]) == (4.0, 1, [0, 0, 0, 1, 0])
        after = await shop.page()
        assert (after["rating"], after["review_count"]) == (4.0, 1)
        assert after["version"] != before["version"]
        listed = (await shop.client.get("/api/v1/products?rating_gte=4")).json()["items"]
        assert [one["rating"] for one in listed] == [4.0]

    async def test_refuses_those_who_did_not_buy_it(self, shop: Shop) -> None:
        stranger = await register(shop.client)
        for account in (
            stranger,
            shop.merchant.account,
            await shop.buyer(paid=False),
            await shop.buyer(status="cancelled"),
        ):
            answer = await shop.review(account)
            assert (answer.status_code, answer.json()["code"]) == (403, "not_a_buyer")
        assert (await shop.shown())["review_count"] == 0

    async def test_takes_one_of_each_buyer(self, shop: Shop) -> None:
        buyer = await shop.buyer()
        answers = await asyncio.gather(*(shop.review(buyer) for _ in range(6)))
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
        assert (await shop.shown())["by_rating"] == [0, 0, 0, 0, 1]

    async def test_counts_every_one_of_many_at_once(self, shop: Shop) -> None:
        buyers = [await shop.buyer() for _ in range(8)]
        answers = await asyncio.gather(
            *(shop.review(buyer, rating=1 + place % 2) for place, buyer in enumerate(buyers))
        )
        assert [answer.status_code for answer in answers] == [201] * 8
        assert (await shop.shown())["by_rating"] == [4, 4, 0, 0, 0]
        assert (await shop.page())["rating"] == 1.5

    @pytest.mark.parametrize("body", [{}, {"rating": 0}, {"rating": 6}, {"rating": 5, "author": "Me"}])
    async def test_refuses_a_body_that_says_too_little_or_too_much(
        self, shop: Shop, body: dict[str, object]
    ) -> None:
        buyer = await shop.buyer()
        path = f"/api/v1/products/{shop.product}/reviews"
        answer = await shop.client.post(path, json=body, headers=buyer.headers)
        assert answer.status_code == 400
        assert answer.json()["errors"]

    async def test_is_not_of_what_nobody_sees(self, shop: Shop) -> None:
        buyer = await shop.buyer()
        await shop.merchant.send("PATCH", f"/products/{shop.product}", {"active": False})
        assert (await shop.review(buyer)).status_code == 404
        assert (await shop.client.get(f"/api/v1/products/{shop.product}/reviews")).status_code == 404
        assert (await shop.review(buyer, of=f"/products/{uuid4()}")).status_code == 404

    async def test_is_of_a_store_by_those_who_bought_there(self, shop: Shop) -> None:
        store = f"/stores/{shop.merchant.store}"
        buyer = await shop.buyer()
        assert (await shop.review(buyer, rating=3, of=store)).status_code == 201
        assert (await shop.review(buyer)).status_code == 201
        assert (await shop.review(await register(shop.client), of=store)).status_code == 403
        shown = await shop.shown(store)
        assert [(one["rating"], one["product_id"]) for one in shown["items"]] == [(3, None)]
        assert shown["rating"] == 3.0


class TestReading:
    async def test_goes_through_pages_in_both_orders(self, shop: Shop) -> None:
        for stars in (2, 5, 3, 5, 1):
            assert (await shop.review(await shop.buyer(), rating=stars)).status_code == 201
        for sort, expected in {
            "-created_at": [1, 5, 3, 5, 2],
            "created_at": [2, 5, 3, 5, 1],
            "-rating": [5, 5, 3, 2, 1],
            "rating": [1, 2, 3, 5, 5],
        }.items():
            found, cursor = [], None
            while True:
                page = await shop.shown(sort=sort, limit="2", **({"cursor": cursor} if cursor else {}))
                assert page["review_count"] == 5
                found += [one["rating"] for one in page["items"]]
                cursor = page["next_cursor"]
                if cursor is None:
                    break
            assert found == expected, sort
        assert [one["rating"] for one in (await shop.shown(rating="5"))["items"]] == [5, 5]

    async def test_takes_no_cursor_of_another_list(self, shop: Shop) -> None:
        path = f"/api/v1/products/{shop.product}/reviews?cursor=bm9uc2Vuc2U"
        assert (await shop.client.get(path)).status_code == 400


class TestOwning:
    async def test_lets_its_author_change_it_and_take_it_back(self, shop: Shop) -> None:
        buyer = await shop.buyer()
        review = (await shop.review(buyer, rating=1)).json()
        path = f"/api/v1/reviews/{review['id']}"
        mine = (await shop.client.get("/api/v1/me/reviews", headers=buyer.headers)).json()["items"]
        assert [one["id"] for one in mine] == [review["id"]]
        read = await shop.client.get(path, headers=buyer.headers)
        stale = buyer.headers | {"If-Match": '"7"'}
        assert (await shop.client.patch(path, json={"rating": 4}, headers=stale)).status_code == 412
        fresh = buyer.headers | {"If-Match": read.headers["etag"]}
        changed = await shop.client.patch(path, json={"rating": 4}, headers=fresh)
        assert (changed.status_code, changed.json()["version"]) == (200, 2)
        assert (await shop.shown())["by_rating"] == [0, 0, 0, 1, 0]
        assert (await shop.client.delete(path, headers=buyer.headers)).status_code == 204
        assert (await shop.shown())["review_count"] == 0
        assert (await shop.page())["rating"] is None
        assert (await shop.review(buyer, rating=5)).status_code == 201

    async def test_belongs_to_nobody_else(self, shop: Shop) -> None:
        review = (await shop.review(await shop.buyer())).json()
        other = await shop.buyer()
        for method, body in (("GET", None), ("PATCH", {"rating": 1}), ("DELETE", None)):
            path = f"/api/v1/reviews/{review['id']}"
            answer = await shop.client.request(method, path, json=body, headers=other.headers)
            assert answer.status_code == 404

    async def test_outlives_its_author_without_the_name(self, shop: Shop, app: Api) -> None:
        buyer = await shop.buyer()
        await shop.review(buyer, comment="Fine")
        password = {"password": buyer.password}
        gone = await shop.client.post("/api/v1/me/erase", json=password, headers=buyer.headers)
        assert gone.status_code == 204, gone.text
        await drain(app.parts.infra)
        shown = (await shop.shown())["items"]
        assert [(one["author"], one["comment"]) for one in shown] == [("Former shopper", "Fine")]


class TestModerating:
    async def test_hides_it_from_everybody_and_from_the_average(self, shop: Shop) -> None:
        buyer = await shop.buyer()
        review = (await shop.review(buyer, rating=1)).json()
        await shop.review(await shop.buyer(), rating=5)
        path = f"/moderation/reviews/{review['id']}"
        await shop.merchant.send("PATCH", path, {"status": "hidden"})
        shown = await shop.shown()
        assert ([one["rating"] for one in shown["items"]], shown["rating"]) == ([5], 5.0)
        hidden = (await shop.merchant.send("GET", "/moderation/reviews?status=hidden"))["items"]
        assert [one["id"] for one in hidden] == [review["id"]]
        own = f"/api/v1/reviews/{review['id']}"
        await shop.client.patch(own, json={"comment": "Still here"}, headers=buyer.headers)
        assert (await shop.shown())["review_count"] == 1
        await shop.merchant.send("PATCH", path, {"status": "published"})
        assert (await shop.shown())["rating"] == 3.0

    async def test_answers_and_takes_the_answer_back(self, shop: Shop) -> None:
        review = (await shop.review(await shop.buyer())).json()
        path = f"/moderation/reviews/{review['id']}"
        answered = await shop.merchant.send("PATCH", path, {"reply": "Thank you"})
        assert answered["replied_at"]
        assert (await shop.shown())["items"][0]["reply"] == "Thank you"
        assert (await shop.merchant.send("PATCH", path, {"reply": None}))["replied_at"] is None

    async def test_changes_no_word_and_no_star(self, shop: Shop) -> None:
        review = (await shop.review(await shop.buyer())).json()
        path = f"/moderation/reviews/{review['id']}"
        for body in ({"comment": "Great"}, {"rating": 5}):
            await shop.merchant.send("PATCH", path, body, status=400)

    async def test_is_for_the_store_it_is_about_alone(self, shop: Shop) -> None:
        review = (await shop.review(await shop.buyer())).json()
        other = await open_shop(shop.client)
        await other.send("PATCH", f"/moderation/reviews/{review['id']}", {"status": "hidden"}, status=404)
        assert (await other.send("GET", "/moderation/reviews"))["items"] == []
