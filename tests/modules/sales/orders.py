"""Native orders made for tests about what becomes of them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from shoplytics.adapters.postgres.sales import PgOrderPlacing
from shoplytics.bootstrap import Infra
from shoplytics.bootstrap.checkout import checkouts
from shoplytics.bootstrap.stock import stock_keeper
from shoplytics.kernel.access import DbRole
from shoplytics.kernel.actor import SYSTEM
from shoplytics.kernel.clock import utc_now
from shoplytics.kernel.ids import new_id
from shoplytics.kernel.money import Money
from shoplytics.modules.sales.ports import Buyer, NewCheckout, NewOrder, OrderPiece, OrderState
from shoplytics.modules.sales.service.settlement import stock_lines
from shoplytics.ports.sales import DeliveryAddress
from tests.modules.catalog.merchants import Merchant

HOME = DeliveryAddress(name="Ada Byron", address1="1 High Street", city="York", country="GB")


@dataclass(frozen=True, kw_only=True)
class Goods:
    """A line to order: `tax` comes on top of its price."""

    quantity: int = 1
    price: int = 500
    tax: int = 0
    stock: int = 100


@dataclass(frozen=True, kw_only=True)
class Placed:
    id: UUID
    checkout_id: UUID
    total: int
    offers: tuple[UUID, ...]
    email: str

    @property
    def path(self) -> str:
        """Below the store's."""
        return f"/orders/{self.id}"


async def place(
    infra: Infra, merchant: Merchant, *goods: Goods, shipping: int = 0, email: str = "ada@example.com"
) -> Placed:
    """As a checkout would: its stock is held, and nothing is paid yet."""
    lines = [await _piece(merchant, place, one) for place, one in enumerate(goods or (Goods(),), start=1)]
    state = _state(merchant.store, lines, shipping, email)
    buyer = Buyer(user_id=None, email=email, proved=False, name="Ada Byron", phone=None)
    checkout = NewCheckout(
        id=state.checkout_id or new_id(),
        buyer=buyer,
        token_hash=uuid4().bytes * 2,
        currency=state.currency,
        total=state.total,
        cart_id=None,
        shipping_address=HOME,
        billing_address=HOME,
        note="",
    )
    async with infra.database.work(DbRole.SYSTEM) as work:
        await stock_keeper(infra, work).reserve({state.id: stock_lines(state)})
        placing = PgOrderPlacing(work)
        new = NewOrder(state=state, shipping_method="Post", discount_codes=[], discounts=[], taxes=[])
        await placing.place(checkout, [new], actor="anonymous")
        await work.commit()
    return Placed(
        id=state.id,
        checkout_id=checkout.id,
        total=state.total,
        offers=tuple(line.offer_id for line in lines if line.offer_id is not None),
        email=email,
    )


async def pay(infra: Infra, order: Placed, currency: str = "GBP") -> str:
    """As a payment would; what became of it."""
    async with infra.database.work(DbRole.SYSTEM) as work:
        settled, _ = await checkouts(infra, work).settle(
            checkout_id=order.checkout_id,
            paid=Money(order.total, currency),
            payment_id=new_id(),
            actor=SYSTEM,
        )
        await work.commit()
    return settled.value


async def paid(infra: Infra, merchant: Merchant, *goods: Goods, shipping: int = 0) -> Placed:
    order = await place(infra, merchant, *goods, shipping=shipping)
    assert await pay(infra, order) == "booked"
    return order


async def on_hand(merchant: Merchant, offer: UUID) -> tuple[int, int]:
    """And how many of them are held."""
    found: Any = await merchant.send("GET", f"/offers/{offer}")
    return found["on_hand"], found["reserved"]


async def _piece(merchant: Merchant, position: int, one: Goods) -> OrderPiece:
    price = f"{one.price // 100}.{one.price % 100:02}"
    product = await merchant.product(title=f"Cup {position}", price=price, quantity=one.stock)
    variant = product["variants"][0]
    return OrderPiece(
        position=position,
        product_id=UUID(product["id"]),
        variant_id=UUID(variant["id"]),
        offer_id=UUID(variant["offers"][0]["id"]),
        sku=None,
        title=f"Cup {position}",
        variant_title="",
        image_url=None,
        quantity=one.quantity,
        unit_price=one.price,
        discount=0,
        total=one.price * one.quantity,
        tax=one.tax,
    )


def _state(store: UUID, lines: list[OrderPiece], shipping: int, email: str) -> OrderState:
    gross, tax = sum(line.total for line in lines), sum(line.tax for line in lines)
    return OrderState(
        id=new_id(),
        store_id=store,
        number="",
        source="native",
        status="created",
        financial_status="pending",
        fulfilment_status="unfulfilled",
        counts=True,
        currency="GBP",
        gross=gross,
        subtotal=gross,
        discount=0,
        shipping=shipping,
        tax=tax,
        tax_included=0,
        shipping_tax=0,
        shipping_tax_included=0,
        total=gross + shipping + tax,
        refunded=0,
        customer_id=None,
        user_id=None,
        email=email,
        checkout_id=new_id(),
        session_id=None,
        cancel_reason="",
        placed_at=utc_now(),
        paid_at=None,
        fulfilled_at=None,
        cancelled_at=None,
        held_until=None,
        expires_at=None,
        version=1,
        lines=tuple(lines),
    )
