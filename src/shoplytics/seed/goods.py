"""What the demo shops sell: goods written by hand in the CSV files beside this, one item per variant."""

import csv
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import msgspec


class Choice(msgspec.Struct, frozen=True):
    """An option of a good: its values, each with the minor units it adds to the price."""

    name: str
    values: tuple[tuple[str, int], ...]


class Good(msgspec.Struct, frozen=True, kw_only=True):
    """`season`, one of season.AFFINITY, is when it sells best; `price` is in minor units."""

    title: str
    kind: str
    price: int
    season: str
    tags: tuple[str, ...]
    description: str
    choices: tuple[Choice, ...]


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One variant of a good; `good` is its index in the shop's list."""

    good: int
    sku: str
    title: str
    options: tuple[tuple[str, str], ...]
    price: int


def _choice(text: str) -> Choice:
    name, _, values = text.partition(": ")
    split = (value.partition(" +") for value in values.split(", "))
    return Choice(name, tuple((value, int(extra or 0)) for value, _, extra in split))


def read_goods(name: str) -> tuple[Good, ...]:
    """The goods of `<name>.csv`; choices read `Colour: Oat, Slate; Size: 45 cm, 60 cm +900`."""
    with Path(__file__).with_name(f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return tuple(
            Good(
                title=row["title"],
                kind=row["kind"],
                price=int(row["price"]),
                season=row["season"],
                tags=tuple(row["tags"].split()),
                description=row["description"],
                choices=tuple(_choice(part) for part in row["choices"].split("; ") if part),
            )
            for row in csv.DictReader(file)
        )


def _short(value: str) -> str:
    return "".join(c for c in value.upper() if c.isalnum())[:3]


def _variants(good: Good) -> Iterator[tuple[tuple[tuple[str, str], ...], int]]:
    for row in product(*(choice.values for choice in good.choices)):
        options = tuple((c.name, value) for c, (value, _) in zip(good.choices, row, strict=True))
        yield options, good.price + sum(extra for _, extra in row)


def items_of(goods: Sequence[Good], prefix: str) -> tuple[Item, ...]:
    """Every variant with a SKU of its own: `HL-007-OAT` is the seventh good in oat."""
    return tuple(
        Item(
            good=number,
            sku="-".join([f"{prefix}-{number + 1:03}", *(_short(value) for _, value in options)]),
            title=" / ".join(value for _, value in options),
            options=options,
            price=price,
        )
        for number, good in enumerate(goods)
        for options, price in _variants(good)
    )
