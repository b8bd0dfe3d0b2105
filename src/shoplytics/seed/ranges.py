"""How the demo shops sort what they sell, and the neighbour who offers some of it too."""

from collections.abc import Mapping
from typing import Any

import msgspec

from shoplytics.seed.goods import Good

SALE = 6  # every so many goods one is reduced, by a fifth
GIFT = "gift"


class TagAttribute(msgspec.Struct, frozen=True, kw_only=True):
    """A choice that a good's tags make."""

    code: str
    name: str
    tags: tuple[str, ...]


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """`tree` holds the kinds of goods that lie under each top; a kind of the same name is the top itself."""

    tree: Mapping[str, tuple[str, ...]]
    choices: tuple[TagAttribute, ...]


class Shopfront(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    slug: str
    description: str
    currency: str
    timezone: str


class Neighbour(Shopfront, frozen=True, kw_only=True):
    """A second store, without trade, that offers the first variant of some goods for a part of the price."""

    goods: Mapping[str, float]


def attributes_of(shelves: Range) -> list[dict[str, Any]]:
    """Bodies of `POST /stores/{id}/attributes`."""
    chosen = [
        {
            "code": one.code,
            "name": one.name,
            "kind": "choice",
            "choices": [tag.capitalize() for tag in one.tags],
            "position": place,
        }
        for place, one in enumerate(shelves.choices, start=1)
    ]
    ready = {"code": "ready_in", "name": "Ready in", "kind": "number", "unit": "days", "position": 8}
    gift = {"code": "gift", "name": "Makes a gift", "kind": "boolean", "position": 9}
    return [*chosen, ready, gift]


def values_of(good: Good, number: int, shelves: Range) -> dict[str, Any]:
    """Of a product's `attributes`."""
    chosen = {
        one.code: tag.capitalize()
        for one in shelves.choices
        for tag in reversed(one.tags)
        if tag in good.tags
    }
    return chosen | {"ready_in": 2 + number % 4, "gift": good.season == GIFT}


def old_price(number: int, price: int) -> int | None:
    """What a reduced good cost before."""
    return price * 5 // 4 if number % SALE == SALE - 1 else None


HOMEWARE = Range(
    tree={
        "Kitchen": ("Kitchen", "Tableware", "Mugs", "Glassware"),
        "Living": ("Cushions", "Throws", "Rugs", "Candles", "Lighting", "Decor"),
        "Bed and bath": ("Bedding", "Bathroom"),
        "Garden": ("Garden",),
        "Christmas": ("Christmas",),
    },
    choices=(
        TagAttribute(
            code="material",
            name="Material",
            tags=(
                "stoneware",
                "wood",
                "glass",
                "linen",
                "cotton",
                "wool",
                "brass",
                "iron",
                "jute",
                "terracotta",
            ),
        ),
    ),
)
FASHION = Range(
    tree={
        "Clothing": ("Dresses", "Tops", "Sets", "Trousers", "Skirts", "Jackets"),
        "Accessories": ("Accessories", "Bags", "Shoes"),
        "Fabric": ("Fabric",),
    },
    choices=(
        TagAttribute(
            code="fabric",
            name="Fabric",
            tags=("ankara", "adire", "cotton", "linen", "denim", "silk", "leather", "raffia"),
        ),
        TagAttribute(code="wearer", name="Made for", tags=("women", "men", "unisex")),
    ),
)
CUPBOARD = Neighbour(
    name="The Corner Cupboard",
    slug="corner-cupboard",
    description="A little of what the neighbours make.",
    currency="GBP",
    timezone="Europe/London",
    goods={"Stoneware Mug": 0.95, "Butter Dish": 1.1, "Teapot": 1.0},
)
