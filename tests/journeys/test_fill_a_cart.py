"""A guest fills a cart with goods of two stores, signs in, and goes on with it on another device."""

import httpx
from tests.builders import register
from tests.modules.catalog.merchants import open_shop
from tests.modules.sales.buyers import Buyer, shown


class TestAShopper:
    async def test_takes_the_cart_along_when_signing_in(self, client: httpx.AsyncClient) -> None:
        tea, tools = await open_shop(client), await open_shop(client)
        await tools.catch_up()
        cup = await tea.product(title="Tea cup", price="5.00", quantity=8)
        saw = await tools.product(title="Saw", price="20.00", quantity=1)
        spring = {"title": "Spring", "kind": "amount", "amount": "3.00", "code": "SPRING"}
        await tea.send("POST", "/discounts", spring, status=201)
        await tools.send("POST", "/shipping-rates", {"name": "Post", "amount": "4.00"}, status=201)

        phone = Buyer(client)
        await phone.add(cup, 2)
        await phone.add(saw)
        cart = await phone.send("POST", "/discounts", {"code": "spring"})
        assert cart["subtotal"] == {"amount": "27.00", "currency": "GBP"}

        phone.account = await register(client)
        cart = await phone.cart()
        assert (shown(cart), cart["codes"]) == ({"Tea cup": 2, "Saw": 1}, ["SPRING"])

        laptop = Buyer(client, phone.account)
        line = next(one for one in (await laptop.cart())["lines"] if one["title"] == "Tea cup")
        await laptop.send("PATCH", f"/items/{line['id']}", {"quantity": 1})
        home = {"name": "Ada Obi", "lines": ["12 Marina Road"], "city": "Lagos", "country": "NG"}
        address = await laptop.send("POST", "/api/v1/me/addresses", home, status=201)
        quote = await phone.quote(shipping_address={"address_id": address["id"]})
        assert [store["total"]["amount"] for store in quote["stores"]] == ["2.00", "24.00"]
        assert quote["total"]["amount"] == "26.00"
