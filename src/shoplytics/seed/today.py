"""A demo shop's last hours: orders as shoppers place them, in every state, reviews, a cart left behind."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from shoplytics.kernel.clock import utc_now
from shoplytics.seed.client import Client
from shoplytics.seed.counter import CODE
from shoplytics.seed.owner import SHOPPER, at
from shoplytics.seed.shops import Shop

ENOUGH = 4  # for all purchases
LEFT_BEHIND = timedelta(hours=3)
ADDRESSES = {
    "GBP": {"address1": "4 Mill Lane", "city": "York", "zip": "YO1 7EP", "country": "GB"},
    "NGN": {"address1": "12 Marina Road", "city": "Lagos", "country": "NG"},
}
"""By the shop's currency."""


class Purchase(msgspec.Struct, frozen=True):
    """Who buys which of the goods, and how far it has come: the steps of `Today`, in turn.

    Without an e-mail address it is the demo's shopper, who is signed in.
    """

    name: str
    email: str | None
    goods: tuple[int, ...]
    steps: tuple[str, ...] = ()
    code: str | None = None


PURCHASES = (
    Purchase("Sade Hart", None, (0, 1), ("pay", "ship", "complete", "review"), CODE),
    Purchase("Tom Reed", "tom@demo.example", (2,), ("pay", "ship")),
    Purchase("Ada Obi", "ada@demo.example", (3, 0), ("pay",)),
    Purchase("Lena Fox", "lena@demo.example", (1, 4), ("pay", "ship", "take_back", "refund")),
    Purchase("Ike Bello", "ike@demo.example", (2, 3), ("cancel",)),
    Purchase("Mia Stone", "mia@demo.example", (4,)),
)
LEAVER = "noor@demo.example"
REVIEWS = ((5, "Just as shown, and well packed."), (4, "Lovely, though a little smaller than I thought."))
STORE_REVIEW = (5, "Quick, and kind when I asked something.")


class Today:
    """`shopper` is the demo's shopper, signed in; `guest` is nobody."""

    def __init__(self, *, owner: Client, shopper: Client, guest: Client, shop: Shop, store_id: UUID) -> None:
        self._owner = owner
        self._shopper = shopper
        self._guest = guest
        self._shop = shop
        self._store_id = store_id
        self._base = f"/stores/{store_id}"

    async def happened(self) -> bool:
        """Orders of visitors count, too."""
        return len(await self._orders()) == len(PURCHASES)

    async def trade(self) -> None:
        """What is missing of it; nothing where nothing is left to buy."""
        goods = await self._goods()
        there = {order["email"] for order in await self._orders()}
        for purchase in PURCHASES if goods else ():
            if (purchase.email or SHOPPER["email"]) in there:
                continue
            order = await self._bought(purchase, goods)
            for step in purchase.steps:
                await getattr(self, f"_{step}")(f"{self._base}/orders/{order['id']}", order)
            if purchase is PURCHASES[-1]:
                await self._leave_behind(goods[0])

    async def _orders(self) -> Sequence[Mapping[str, Any]]:
        path, most = f"{self._base}/orders", str(len(PURCHASES))
        return await self._owner.items(path, source="native", limit=most)

    async def _goods(self) -> Sequence[str]:
        """Variants that are on the shelf."""
        query = {"store": str(self._store_id), "in_stock": "true", "sort": "name", "limit": "24"}
        found = []
        for item in (await self._owner.items("/products", **query))[::4]:
            product = (await self._owner.http.get(f"/products/{item['id']}")).raise_for_status().json()
            variants = [
                variant["id"]
                for variant in product["variants"]
                for offer in variant["offers"]
                if offer["store_id"] == str(self._store_id) and offer["available"] >= ENOUGH
            ]
            found += variants[:1]
        return found

    async def _bought(self, purchase: Purchase, goods: Sequence[str]) -> dict[str, Any]:
        buyer = self._shopper if purchase.email is None else self._guest
        headers: dict[str, str] = {}
        if purchase.email is None:
            (await buyer.http.delete("/cart")).raise_for_status()  # of a shop that sells in another currency
        for place in purchase.goods:
            wanted = {"variant_id": goods[place % len(goods)], "quantity": 1, "store_id": str(self._store_id)}
            cart = await _sent(buyer, "/cart/items", wanted, headers)
            if cart.get("token") is not None:
                headers = {"X-Cart-Token": cart["token"]}
        if purchase.code is not None:
            await _sent(buyer, "/cart/discounts", {"code": purchase.code}, headers)
        address = {"name": purchase.name, **ADDRESSES[self._shop.currency]}
        form = {"shipping_address": address, "email": purchase.email}
        placed = await _sent(buyer, "/checkout", form, headers)
        order: dict[str, Any] = placed["orders"][0]
        return order

    async def _pay(self, path: str, order: Mapping[str, Any]) -> None:
        await self._owner.send(f"{path}/mark-paid", {"note": "By transfer"})

    async def _ship(self, path: str, order: Mapping[str, Any]) -> None:
        await self._owner.send(f"{path}/ship", {"carrier": "Demo Post", "tracking_number": order["number"]})

    async def _complete(self, path: str, order: Mapping[str, Any]) -> None:
        (await self._owner.http.post(f"{path}/complete")).raise_for_status()

    async def _cancel(self, path: str, order: Mapping[str, Any]) -> None:
        await self._owner.send(f"{path}/cancel", {"reason": "Asked for by the buyer"})

    async def _take_back(self, path: str, order: Mapping[str, Any]) -> None:
        await self._owner.send(f"{path}/returns", {"lines": _first_of(order), "reason": "Too large"})

    async def _refund(self, path: str, order: Mapping[str, Any]) -> None:
        await self._owner.send(f"{path}/refunds", {"lines": _first_of(order), "reason": "Sent back"})

    async def _review(self, path: str, order: Mapping[str, Any]) -> None:
        buyer = self._shopper
        for line, (rating, comment) in zip(order["lines"], REVIEWS, strict=False):
            review = {"rating": rating, "comment": comment}
            await buyer.send(f"/products/{line['product_id']}/reviews", review)
        await buyer.send(f"{self._base}/reviews", dict(zip(("rating", "comment"), STORE_REVIEW, strict=True)))

    async def _leave_behind(self, variant_id: str) -> None:
        """Some hours ago, so that it counts as left behind now."""
        with at(utc_now() - LEFT_BEHIND):
            wanted = {"variant_id": variant_id, "quantity": 2, "store_id": str(self._store_id)}
            cart = await self._guest.send("/cart/items", wanted)
            answer = await self._guest.http.patch(
                "/cart", json={"email": LEAVER}, headers={"X-Cart-Token": cart["token"]}
            )
            answer.raise_for_status()


async def _sent(buyer: Client, path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Any:  # noqa: ANN401 - JSON
    answer = await buyer.http.post(path, json=body, headers=headers)
    return answer.raise_for_status().json()


def _first_of(order: Mapping[str, Any]) -> list[dict[str, int]]:
    return [{"position": order["lines"][0]["position"], "quantity": 1}]
