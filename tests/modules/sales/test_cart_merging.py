"""A guest's cart becomes part of the user's who brings it: once, as far as there is stock, nothing lost."""

import asyncio
from uuid import UUID, uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from shoplytics.kernel.clock import utc_now
from shoplytics.modules.sales.domain import MOST_LINES, MOST_PIECES, joined
from shoplytics.modules.sales.ports import CartOwner, CartRow
from shoplytics.modules.sales.service import CartOpening
from shoplytics.modules.sales.service.shoppers import Shopper
from shoplytics.ports.catalog.shelf import ShelfOffer
from tests.builders import register
from tests.modules.catalog.merchants import Merchant, open_shop
from tests.modules.sales.buyers import Buyer, Json, shown
from tests.modules.sales.fakes import FakeCarts, FakeShelf, on_shelf

GUEST = CartOwner(token_hash=b"g" * 32)
USER = CartOwner(user_id=UUID(int=7))
BOTH = Shopper(user_id=UUID(int=7), guest=b"g" * 32)
pieces = st.integers(1, MOST_PIECES)


class TestJoined:
    @given(own=st.integers(0, MOST_PIECES), other=pieces, available=st.integers(-5, 30_000))
    def test_is_never_less_than_was_had_nor_more_than_both(
        self, own: int, other: int, available: int
    ) -> None:
        together = joined(own, other, available)
        assert 1 <= together <= MOST_PIECES
        assert own <= together <= own + other
        assert together <= max(own, available) or (own == 0 and together == other)


async def cart_of(carts: FakeCarts, owner: CartOwner, *lines: tuple[ShelfOffer, int]) -> None:
    cart = await carts.open(owner) or await carts.create(owner)
    rows = [
        CartRow(
            id=uuid4(),
            offer_id=offer.offer_id,
            quantity=quantity,
            unit_price=500,
            store_id=offer.store_id,
            product_id=offer.product_id,
            variant_id=offer.variant_id,
            title=offer.title,
        )
        for offer, quantity in lines
    ]
    currency = lines[0][0].price.currency if lines[0][0].price is not None else ""
    await carts.put_lines(cart_id=cart.id, currency=currency, lines=rows, now=utc_now())


class TestMerging:
    async def test_tells_which_lines_have_no_room(self) -> None:
        carts, goods = FakeCarts(), [on_shelf() for _ in range(MOST_LINES + 1)]
        opening = CartOpening(carts=carts, shelf=FakeShelf(*goods), clock=utc_now)
        await cart_of(carts, USER, *((offer, 1) for offer in goods[:99]))
        await cart_of(carts, GUEST, (goods[0], 2), (goods[99], 1), (goods[100], 4))
        opened = await opening.open(BOTH)
        assert opened.cart is not None
        assert len(opened.cart.lines) == MOST_LINES
        assert opened.cart.lines[0].quantity == 3
        (left,) = opened.not_taken
        assert (left.offer_id, left.quantity, left.reason) == (goods[100].offer_id, 4, "too_many_lines")
        assert await carts.open(GUEST) is None

    async def test_keeps_what_cannot_be_had_any_more_to_be_seen(self) -> None:
        carts, cup = FakeCarts(), on_shelf(available=0)
        opening = CartOpening(carts=carts, shelf=FakeShelf(replace(cup, sold=False)), clock=utc_now)
        await cart_of(carts, GUEST, (cup, 3))
        opened = await opening.open(BOTH)
        assert opened.cart is not None
        assert [line.quantity for line in opened.cart.lines] == [3]


@pytest.fixture
async def merchant(client: httpx.AsyncClient) -> Merchant:
    opened = await open_shop(client)
    await opened.catch_up()
    return opened


@pytest.fixture
async def cups(merchant: Merchant) -> Json:
    return await merchant.product(price="5.00", quantity=6)


class TestSignedIn:
    async def test_with_the_guests_token_has_both_carts(
        self, client: httpx.AsyncClient, merchant: Merchant, cups: Json
    ) -> None:
        pots = await merchant.product(title="Tea pot", price="9.00", quantity=9)
        for code in ("ONE", "TWO"):
            form = {"title": code, "kind": "percent", "percent": "10", "code": code}
            await merchant.send("POST", "/discounts", form, status=201)
        guest, ada = Buyer(client), Buyer(client, await register(client))
        await guest.add(cups, 4)
        await guest.add(pots, 2)
        await guest.send("POST", "/discounts", {"code": "one"})
        await ada.add(cups, 4)
        await ada.send("POST", "/discounts", {"code": "TWO"})
        ada.token = guest.token
        cart = await ada.cart()
        assert (shown(cart), cart["codes"]) == ({"Tea cup": 6, "Tea pot": 2}, ["TWO", "ONE"])
        assert (cart["not_taken"], cart["token"]) == ([], None)
        assert (await guest.cart())["lines"] == []
        assert shown(await ada.cart()) == shown(cart)
        ada.token = None
        assert shown(await ada.cart()) == shown(cart)

    async def test_merges_once_however_many_requests_bring_it(
        self, client: httpx.AsyncClient, cups: Json
    ) -> None:
        guest, ada = Buyer(client), Buyer(client, await register(client))
        await guest.add(cups, 2)
        ada.token = guest.token
        carts = await asyncio.gather(*(ada.cart() for _ in range(8)))
        assert [shown(cart) for cart in carts] == [{"Tea cup": 2}] * 8
        assert shown(await ada.add(cups)) == {"Tea cup": 3}

    async def test_leaves_a_cart_in_another_currency_where_it_is(
        self, client: httpx.AsyncClient, cups: Json
    ) -> None:
        naira = await open_shop(client, "NGN")
        await naira.catch_up()
        pots = await naira.product(title="Tea pot", price="900", quantity=9)
        guest, ada = Buyer(client), Buyer(client, await register(client))
        await guest.add(pots, 2)
        await ada.add(cups)
        ada.token = guest.token
        for _ in range(2):
            cart = await ada.cart()
            (left,) = cart["not_taken"]
            assert (shown(cart), cart["currency"]) == ({"Tea cup": 1}, "GBP")
            assert (left["title"], left["quantity"], left["reason"]) == ("Tea pot", 2, "currency_mismatch")
        assert shown(await guest.cart()) == {"Tea pot": 2}
        await ada.send("DELETE")
        assert shown(await ada.cart()) == {"Tea pot": 2}
        assert (await guest.cart())["lines"] == []

    async def test_with_anothers_token_that_is_none_has_only_their_own(
        self, client: httpx.AsyncClient, cups: Json
    ) -> None:
        ada, bob = Buyer(client, await register(client)), Buyer(client, await register(client))
        await ada.add(cups, 2)
        for token in ("", "null", "0", "A" * 43):
            bob.token = token
            assert (await bob.cart())["lines"] == []
        assert shown(await ada.cart()) == {"Tea cup": 2}
