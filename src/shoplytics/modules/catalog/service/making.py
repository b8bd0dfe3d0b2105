"""From what a request says to the products and offers it means."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import UNSET
from slugify import slugify

from shoplytics.kernel.errors import Conflict, invalid_field
from shoplytics.kernel.money import InvalidMoney, Money, minor_of
from shoplytics.modules.catalog.domain import (
    NewOffer,
    NewProduct,
    NewVariant,
    OpenVariant,
    Option,
    check_variants,
    clean_tags,
    matrix,
)
from shoplytics.modules.catalog.schemas import (
    Amount,
    NewOfferInput,
    NewProductInput,
    OfferPatch,
    Price,
    ProductPatch,
)
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


def product_of(
    data: NewProductInput, store: StoreFacts, *, category_id: UUID | None, actor: str, now: datetime
) -> NewProduct:
    """The product with its variants and their offers; the slug may still be taken."""
    options = tuple(Option(name=o.name, values=tuple(o.values)) for o in data.options)
    return NewProduct(
        store_id=store.id,
        title=data.title.strip(),
        slug=data.slug or slug_of(data.title),
        actor=actor,
        now=now,
        description=data.description,
        vendor=data.vendor,
        product_type=data.product_type,
        category_id=category_id,
        tags=clean_tags(data.tags),
        featured=data.featured,
        active=data.active,
        published_at=data.published_at or now,
        image_url=data.image_url,
        marketplace=data.marketplace,
        options=options,
        variants=_variants(data, options, store.currency),
    )


def _variants(data: NewProductInput, options: Sequence[Option], currency: str) -> list[NewVariant]:
    price = _minor(data.price, currency, "/price")
    compare_at = _minor(data.compare_at_price, currency, "/compare_at_price")
    combinations = matrix(options)
    if data.variants:
        check_variants(options, [variant.options for variant in data.variants])
        if data.sku is not None or data.quantity is not None:
            raise invalid_field("/sku", "given_twice", "Give SKU and quantity with each variant.")
        return [
            NewVariant(
                options={option.name: given.options[option.name] for option in options},
                position=place,
                sku=given.sku,
                price=_minor(given.price, currency, f"/variants/{place - 1}/price", price),
                compare_at=_minor(
                    given.compare_at_price, currency, f"/variants/{place - 1}/compare_at_price", compare_at
                ),
                quantity=given.quantity,
            )
            for place, given in enumerate(data.variants, start=1)
        ]
    if len(combinations) > 1 and (data.sku is not None or data.quantity is not None):
        raise invalid_field("/variants", "several_variants", "Give SKU and quantity with each variant.")
    return [
        NewVariant(
            options=chosen,
            position=place,
            sku=data.sku,
            price=price,
            compare_at=compare_at,
            quantity=data.quantity or 0,
        )
        for place, chosen in enumerate(combinations, start=1)
    ]


def _minor(price: Price | None, currency: str, pointer: str, default: int | None = None) -> int | None:
    return default if price is None else money_of(price, currency, pointer).minor


def offer_of(
    data: NewOfferInput, variant: OpenVariant, store: StoreFacts, *, actor: str, now: datetime
) -> NewOffer:
    """Prices are in the store's currency, which is the product's."""
    return NewOffer(
        store_id=store.id,
        variant_id=data.variant_id,
        variant=variant,
        actor=actor,
        now=now,
        price=money_of(data.price, store.currency, "/price").minor,
        sku=data.sku,
        compare_at=_minor(data.compare_at_price, store.currency, "/compare_at_price"),
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
    return msgspec.structs.replace(offer, **sent)


def sells(data: ProductPatch) -> bool:
    """Whether the change is about the offer too."""
    return any(getattr(data, name) is not UNSET for name in ("price", "compare_at_price", "sku", "quantity"))
