"""Rows to views, by position: what the public and the store's own reads have in common."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import asyncpg
import msgspec

from shoplytics.kernel.money import Money
from shoplytics.ports.catalog import (
    ImageView,
    OfferView,
    ProductOption,
    ProductSummary,
    ProductView,
    VariantView,
)

SUMMARY_COLUMNS = """p.id, p.store_id, p.store_name, p.title, p.slug, p.image_url, p.featured, p.tags,
    p.best_price, p.best_compare_at, p.best_sku, p.in_stock, p.rating::float8, p.review_count,
    p.created_at, p.updated_at, p.published_at, p.currency"""

DETAIL_COLUMNS = """p.id, p.store_id, p.store_name, p.title, p.slug, p.description, p.vendor, p.product_type,
    p.tags, p.featured, p.active, p.options::text, p.image_url, p.rating::float8, p.review_count,
    p.created_at, p.updated_at, p.published_at, p.currency,
    array(select (i.url, i.alt) from catalog_image i
          where i.product_id = p.id and i.store_id = p.store_id order by i.position)"""

Row: TypeAlias = "asyncpg.Record"

_options = msgspec.json.Decoder(list[ProductOption])
_chosen = msgspec.json.Decoder(dict[str, str])


def summary(row: Row) -> ProductSummary:
    """Of SUMMARY_COLUMNS, which end with the currency."""
    currency = row[17]
    price, compare_at = row[8], row[9]
    return ProductSummary(
        row[0],
        row[1],
        row[2],
        row[3],
        row[4],
        row[5],
        row[6],
        row[7],
        None if price is None else Money(price, currency),
        None if compare_at is None else Money(compare_at, currency),
        *row[10:17],
    )


def detail(row: Row, *, version: int) -> ProductView:
    """Of DETAIL_COLUMNS, then an array of variants joined with their offers (see `_variants`)."""
    return ProductView(
        id=row[0],
        store_id=row[1],
        store_name=row[2],
        title=row[3],
        slug=row[4],
        description=row[5],
        vendor=row[6],
        product_type=row[7],
        tags=row[8],
        featured=row[9],
        active=row[10],
        options=_options.decode(row[11]),
        image_url=row[12],
        rating=row[13],
        review_count=row[14],
        created_at=row[15],
        updated_at=row[16],
        published_at=row[17],
        images=[ImageView(url=url, alt=alt) for url, alt in row[19]],
        variants=_variants(row[20], row[18]),
        version=version,
    )


def _variants(rows: Sequence[Any], currency: str) -> list[VariantView]:
    """Of (variant id, title, options, position, offer id, store, its name, SKU, price, compare-at, available,
    active), ordered by variant; without an offer its columns are null."""
    variants: list[VariantView] = []
    for row in rows:
        if not variants or variants[-1].id != row[0]:
            chosen = _chosen.decode(row[2])
            variants.append(VariantView(id=row[0], title=row[1], options=chosen, position=row[3], offers=[]))
        if row[4] is not None:
            variants[-1].offers.append(_offer(row, currency))
    return variants


def _offer(row: Row, currency: str) -> OfferView:
    return OfferView(
        id=row[4],
        variant_id=row[0],
        store_id=row[5],
        store_name=row[6],
        sku=row[7],
        price=None if row[8] is None else Money(row[8], currency),
        compare_at_price=None if row[9] is None else Money(row[9], currency),
        available=row[10],
        active=row[11],
    )
