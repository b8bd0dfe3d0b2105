"""What a store's part of a cart costs: discounts, shipping, taxes, each to the unit.

Discounts come first, by kind (free items, percent, amount), then by age, each on what those before it left:
free items on the pieces that were not given away, the others on what the lines then cost.
Shipping is chosen on what the goods then cost. Each tax rate is rounded once on all goods of the order and
once on its shipping, halves up, and shared among the lines by largest remainder, so that the parts sum to the
whole in every currency. Rates that the prices contain are taken out of them together; those that come on top
are on the price without the contained ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from shoplytics.modules.sales.domain.discounts import ORDER_OF_KINDS, Discount, DiscountKind
from shoplytics.modules.sales.domain.rates import ShippingRate, TaxRate
from shoplytics.modules.sales.domain.spreading import contained, share, spread


@dataclass(frozen=True, kw_only=True)
class CartLine:
    """Some pieces of one offer, at the price the catalogue has now, in minor units."""

    offer_id: UUID
    product_id: UUID
    quantity: int
    unit_price: int
    categories: frozenset[UUID] = frozenset()
    taxable: bool = True
    requires_shipping: bool = True

    @property
    def gross(self) -> int:
        return self.quantity * self.unit_price


@dataclass(frozen=True, kw_only=True)
class Given:
    """A discount that counted, and all it took off."""

    discount: Discount
    amount: int


@dataclass(frozen=True, kw_only=True)
class PricedLine:
    """`net` is after discounts; `tax` is all of its taxes, of which `tax_included` are within `net`."""

    line: CartLine
    discount: int
    tax: int
    tax_included: int

    @property
    def net(self) -> int:
        return self.line.gross - self.discount

    @property
    def total(self) -> int:
        return self.net + self.tax - self.tax_included


@dataclass(frozen=True, kw_only=True)
class Taxed:
    """One rate and what it comes to in the whole order."""

    rate: TaxRate
    amount: int


@dataclass(frozen=True, kw_only=True)
class Priced:
    """total = subtotal + shipping + tax - tax_included, with subtotal = gross - discount, the lines' nets.

    The lines' totals, shipping and shipping's taxes that are not within it sum to the total.
    """

    lines: tuple[PricedLine, ...]
    discounts: tuple[Given, ...]
    shipping: int
    shipping_tax: int
    shipping_tax_included: int
    taxes: tuple[Taxed, ...]

    @property
    def gross(self) -> int:
        return sum(line.line.gross for line in self.lines)

    @property
    def discount(self) -> int:
        return sum(line.discount for line in self.lines)

    @property
    def subtotal(self) -> int:
        return self.gross - self.discount

    @property
    def tax(self) -> int:
        return sum(taxed.amount for taxed in self.taxes)

    @property
    def tax_included(self) -> int:
        return sum(taxed.amount for taxed in self.taxes if taxed.rate.inclusive)

    @property
    def total(self) -> int:
        return self.subtotal + self.shipping + self.tax - self.tax_included


def price(
    lines: Sequence[CartLine],
    *,
    discounts: Sequence[Discount] = (),
    shipping: ShippingRate | None = None,
    taxes: Sequence[TaxRate] = (),
) -> Priced:
    """`discounts` are those that run and may be used, the oldest first; `taxes` those that hold there.

    Goods that need no shipping cost none.
    """
    given, off = best_discounts(lines, discounts)
    nets = [line.gross - less for line, less in zip(lines, off, strict=True)]
    ships = shipping is not None and any(line.requires_shipping for line in lines)
    cost = shipping.cost(sum(nets)) if shipping is not None and ships else 0
    goods = _taxed([net if line.taxable else 0 for line, net in zip(lines, nets, strict=True)], taxes)
    on_shipping = _taxed([cost], [rate for rate in taxes if rate.on_shipping])
    return Priced(
        lines=tuple(
            PricedLine(line=line, discount=less, tax=goods.parts[place], tax_included=goods.within[place])
            for place, (line, less) in enumerate(zip(lines, off, strict=True))
        ),
        discounts=tuple(given),
        shipping=cost,
        shipping_tax=on_shipping.parts[0],
        shipping_tax_included=on_shipping.within[0],
        taxes=tuple(
            Taxed(rate=rate, amount=goods.sums[rate.id] + on_shipping.sums.get(rate.id, 0)) for rate in taxes
        ),
    )


def best_discounts(lines: Sequence[CartLine], discounts: Sequence[Discount]) -> tuple[list[Given], list[int]]:
    """Those that combine, all together, or one that does not, alone: whichever takes off the most.

    Of equal ones the first, and together before alone. What takes nothing off is not among the given.
    """
    alone = [[discount] for discount in discounts if not discount.combines]
    together = [discount for discount in discounts if discount.combines]
    best: tuple[list[Given], list[int]] = ([], [0] * len(lines))
    for chosen in (together, *alone):
        given, off = _apply(lines, chosen)
        if sum(off) > sum(best[1]):
            best = given, off
    return best


def _apply(lines: Sequence[CartLine], discounts: Sequence[Discount]) -> tuple[list[Given], list[int]]:
    given: list[Given] = []
    off = [0] * len(lines)
    left = [line.quantity for line in lines]
    for discount in sorted(discounts, key=lambda one: ORDER_OF_KINDS.index(one.kind)):
        free = discount.free(lines, left)
        if discount.kind is DiscountKind.FREE_ITEMS:
            taken = [line.unit_price * pieces for line, pieces in zip(lines, free, strict=True)]
        else:
            taken = discount.off(lines, [line.gross - less for line, less in zip(lines, off, strict=True)])
        if any(taken):
            given.append(Given(discount=discount, amount=sum(taken)))
            off = [before + more for before, more in zip(off, taken, strict=True)]
            left = [before - pieces for before, pieces in zip(left, free, strict=True)]
    return given, off


@dataclass(frozen=True, kw_only=True)
class _Taxes:
    """By rate; then of each amount all taxes, and those it contains."""

    sums: dict[UUID, int]
    parts: list[int]
    within: list[int]


def _taxed(amounts: Sequence[int], rates: Sequence[TaxRate]) -> _Taxes:
    inclusive = [rate for rate in rates if rate.inclusive]
    inside = contained(sum(amounts), sum(rate.rate for rate in inclusive))
    shares = spread(inside, [rate.rate for rate in inclusive])
    sums = {rate.id: part for rate, part in zip(inclusive, shares, strict=True)}
    within = spread(inside, amounts)
    base = [amount - part for amount, part in zip(amounts, within, strict=True)]
    parts = list(within)
    for rate in rates:
        if not rate.inclusive:
            sums[rate.id] = share(sum(base), rate.rate)
            parts = [now + more for now, more in zip(parts, spread(sums[rate.id], base), strict=True)]
    return _Taxes(sums=sums, parts=parts, within=within)
