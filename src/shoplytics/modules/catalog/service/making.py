"""From what a request says to the products and offers it means."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec
from msgspec import UNSET
from slugify import slugify

from shoplytics.kernel.errors import Conflict, FieldError, Invalid, invalid_field
from shoplytics.kernel.money import InvalidMoney, Money, minor_of
from shoplytics.kernel.texts import tidy
from shoplytics.modules.catalog.domain import (
    NewOffer,
    NewProduct,
    NewVariant,
    OpenVariant,
    Option,
    check_variants,
    clean_tags,
    matrix,
    tidy_options,
)
from shoplytics.modules.catalog.schemas import (
    Amount,
    NewOfferInput,
    NewProductInput,
    OfferPatch,
    Price,
    ProductPatch,
)
from shoplytics.modules.catalog.service.rich_text import rich_text
from shoplytics.ports.catalog import StoreOfferView
from shoplytics.ports.tenancy import StoreFacts

SLUG_LENGTH = 200


class NeedsOneOffer(Conflict):
    code = "several_variants"
    message = "The product has several variants: change their offers one by one."


def slug_of(title: str) -> str:
    """`product` for a title without a letter that has a Latin form."""
    return slugify(title, max_length=SLUG_LENGTH) or "product"


def money_of(price: Price, currency: str, pointer: str) -> Money:
    """Raises Invalid for a negative or malformed amount, or another currency than the store's."""
    text = price
    if isinstance(price, Amount):
        text = price.amount
        if price.currency != currency:
            raise invalid_field(pointer, "currency_mismatch", f"The store's currency is {currency}.")
    try:
        minor = minor_of(str(text), currency)
    except InvalidMoney as error:
        raise invalid_field(pointer, error.code, str(error)) from None
    if minor < 0:
        raise invalid_field(pointer, "out_of_range", "A price is not negative.")
    return Money(minor, currency)


def product_of(data: NewProductInput, store: StoreFacts, *, actor: str, now: datetime) -> NewProduct:
    """With variants and offers, without category and attributes; the slug may still be taken."""
    options = tuple(Option(name=tidy(o.name), values=tuple(map(tidy, o.values))) for o in data.options)
    return NewProduct(
        store_id=store.id,
        title=tidy(data.title),
        slug=data.slug or slug_of(data.title),
        actor=actor,
        now=now,
        description=rich_text(data.description),
        vendor=tidy(data.vendor),
        product_type=tidy(data.product_type),
        tags=clean_tags(data.tags),
        featured=data.featured,
        active=data.active,
        published_at=now if data.published_at is UNSET else data.published_at,
        image_url=data.image_url,
        marketplace=data.marketplace,
        options=options,
        variants=_variants(data, options, store.currency),
    )


def _variants(data: NewProductInput, options: Sequence[Option], currency: str) -> list[NewVariant]:
    combinations = matrix(options)
    if data.variants:
        check_variants(options, [tidy_options(variant.options) for variant in data.variants])
        if data.sku is not None or data.quantity is not None:
            raise invalid_field("/sku", "given_twice", "Give SKU and quantity with each variant.")
    elif len(combinations) > 1 and (data.sku is not None or data.quantity is not None):
        raise invalid_field("/variants", "several_variants", "Give SKU and quantity with each variant.")
    wrong: list[FieldError] = []
    price, compare_at = _prices(data, currency, "", (None, None), wrong)
    made = []
    for place, given in enumerate(data.variants, start=1):
        prices = _prices(given, currency, f"/variants/{place - 1}", (price, compare_at), wrong)
        values = tidy_options(given.options)
        chosen = {option.name: values[option.name] for option in options}
        made.append(new_variant(chosen, place, given.sku, prices, given.quantity))
    if wrong:
        raise Invalid(errors=wrong)
    return made or [
        new_variant(chosen, place, data.sku, (price, compare_at), data.quantity or 0)
        for place, chosen in enumerate(combinations, start=1)
    ]


def new_variant(
    chosen: Mapping[str, str],
    position: int,
    sku: str | None,
    prices: tuple[int | None, int | None],
    quantity: int,
) -> NewVariant:
    """`prices` are the price and the one it is compared with, in minor units."""
    return NewVariant(
        options=chosen,
        position=position,
        sku=sku,
        price=prices[0],
        compare_at=prices[1],
        quantity=quantity,
    )


class Priced(Protocol):
    """A body with a price and the one it is compared with."""

    @property
    def price(self) -> Price | None: ...
    @property
    def compare_at_price(self) -> Price | None: ...


def prices_of(data: Priced, currency: str) -> tuple[int | None, int | None]:
    """Minor units. Raises Invalid with every error."""
    wrong: list[FieldError] = []
    prices = _prices(data, currency, "", (None, None), wrong)
    if wrong:
        raise Invalid(errors=wrong)
    return prices


def _prices(
    data: Priced,
    currency: str,
    at: str,
    default: tuple[int | None, int | None],
    wrong: list[FieldError],
) -> tuple[int | None, int | None]:
    """What is sent, else the default; errors are added to `wrong`, their pointers below `at`."""
    found = list(default)
    for place, (name, given) in enumerate(
        (("price", data.price), ("compare_at_price", data.compare_at_price))
    ):
        if given is not None:
            try:
                found[place] = money_of(given, currency, f"{at}/{name}").minor
            except Invalid as error:
                wrong += error.errors
                return default
    wrong += _above(found[0], found[1], at)
    return found[0], found[1]


def _above(price: int | None, compare_at: int | None, at: str = "") -> list[FieldError]:
    if price is None or compare_at is None or compare_at > price:
        return []
    message = "The price to compare with is above the price; null takes it away."
    return [FieldError(f"{at}/compare_at_price", "not_above_price", message)]


def offer_of(
    data: NewOfferInput, variant: OpenVariant, store: StoreFacts, *, actor: str, now: datetime
) -> NewOffer:
    """Prices are in the store's currency, which is the product's."""
    _, compare_at = prices_of(data, store.currency)
    return NewOffer(
        store_id=store.id,
        variant_id=data.variant_id,
        variant=variant,
        actor=actor,
        now=now,
        price=money_of(data.price, store.currency, "/price").minor,
        sku=data.sku,
        compare_at=compare_at,
        quantity=data.quantity,
        low_stock_threshold=data.low_stock_threshold,
        active=data.active,
    )


def offered(offer: StoreOfferView, data: OfferPatch, currency: str) -> StoreOfferView:
    """The offer with the sent fields changed."""
    sent: dict[str, object] = {
        name: getattr(data, name)
        for name in ("sku", "low_stock_threshold", "active")
        if getattr(data, name) is not UNSET
    }
    for name in ("price", "compare_at_price"):
        price = getattr(data, name)
        if price is not UNSET:
            sent[name] = None if price is None else money_of(price, currency, f"/{name}")
    changed = msgspec.structs.replace(offer, **sent)
    if sent.keys() & {"price", "compare_at_price"} and changed.price and changed.compare_at_price:
        wrong = _above(changed.price.minor, changed.compare_at_price.minor)
        if wrong:
            raise Invalid(errors=wrong)
    return changed


def sells(data: ProductPatch) -> bool:
    """Whether the change is about the offer too."""
    return any(getattr(data, name) is not UNSET for name in ("price", "compare_at_price", "sku", "quantity"))
