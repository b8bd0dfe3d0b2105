"""Rows to views, by position: what the public and the store's own reads have in common."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import asyncpg
import msgspec

from shoplytics.kernel.money import Money
from shoplytics.ports.catalog import (
    AttributeValueView,
    ImageView,
    OfferView,
    ProductCategory,
    ProductOption,
    ProductSummary,
    ProductView,
    Rendition,
    VariantView,
)
from shoplytics.ports.pictures import PUBLIC

SUMMARY_COLUMNS = """p.id, p.store_id, p.store_name, p.title, p.slug, p.image_url, p.featured, p.tags,
    p.best_price, p.best_compare_at, p.best_sku, p.in_stock, p.rating::float8, p.review_count,
    p.created_at, p.updated_at, p.published_at, p.category_id, p.currency"""

# Read by name, and so in any order; whoever selects them adds `variants` and `version`.
DETAIL_COLUMNS = """p.id, p.store_id, p.store_name, p.title, p.slug, p.description, p.vendor, p.product_type,
    p.tags, p.featured, p.active, p.marketplace, p.options::text, p.image_url, p.rating::float8,
    p.review_count, p.created_at, p.updated_at, p.published_at, p.currency,
    (select (c.id, c.name, c.path) from catalog_category c
     where c.id = p.category_id and c.deleted_at is null) as category,
    array(select (a.code, a.name, a.kind, a.unit, (p.attributes -> a.code)::text)
          from catalog_attribute a
          left join catalog_category ac on ac.id = a.category_id
          left join catalog_category pc on pc.id = p.category_id
          where a.store_id = p.store_id and a.deleted_at is null and p.attributes ? a.code
              and (a.product_type is null or a.product_type = p.product_type)
              and (a.category_id is null
                  or ac.deleted_at is null and pc.store_id is not distinct from ac.store_id
                  and (pc.path = ac.path or starts_with(pc.path, ac.path || '/')))
          order by a.position, a.code) as attributes,
    array(select (i.id, i.url, i.alt, i.position, i.width, i.height, i.renditions::text) from catalog_image i
          where i.product_id = p.id and i.store_id = p.store_id and i.status in ('linked', 'ready')
          order by i.position) as images"""

Row: TypeAlias = "asyncpg.Record"
Link: TypeAlias = Callable[[str], str]
"""Makes the address of a picture from its key in the object store."""

_options = msgspec.json.Decoder(list[ProductOption])
_value = msgspec.json.Decoder(str | bool | int | float | list[str])
_chosen = msgspec.json.Decoder(dict[str, str])


class _StoredRendition(msgspec.Struct):
    key: str
    width: int
    height: int


_stored = msgspec.json.Decoder(list[_StoredRendition])


def shown(address: str | None, link: Link) -> str | None:
    """An image lies elsewhere, at its address, or is ours, known by its key."""
    return link(address) if address is not None and address.startswith(PUBLIC) else address


def renditions_of(text: str, link: Link) -> list[Rendition]:
    """Of the column `renditions`."""
    return [Rendition(width=one.width, height=one.height, url=link(one.key)) for one in _stored.decode(text)]


def summary(row: Row, link: Link) -> ProductSummary:
    """Of SUMMARY_COLUMNS, which end with the currency."""
    currency = row[18]
    price, compare_at = row[8], row[9]
    return ProductSummary(
        row[0],
        row[1],
        row[2],
        row[3],
        row[4],
        shown(row[5], link),
        row[6],
        row[7],
        None if price is None else Money(price, currency),
        None if compare_at is None else Money(compare_at, currency),
        *row[10:18],
    )


def detail(row: Row, link: Link) -> ProductView:
    """Of DETAIL_COLUMNS, an array of variants joined with their offers (see `_variants`), and a version."""
    category = row["category"]
    return ProductView(
        id=row["id"],
        store_id=row["store_id"],
        store_name=row["store_name"],
        title=row["title"],
        slug=row["slug"],
        description=row["description"],
        vendor=row["vendor"],
        product_type=row["product_type"],
        category=None if category is None else ProductCategory(*category),
        attributes=[_attribute(one) for one in row["attributes"]],
        tags=row["tags"],
        featured=row["featured"],
        active=row["active"],
        marketplace=row["marketplace"],
        options=_options.decode(row["options"]),
        image_url=shown(row["image_url"], link),
        rating=row["rating"],
        review_count=row["review_count"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        published_at=row["published_at"],
        images=[_image(image, link) for image in row["images"]],
        variants=_variants(row["variants"], row["currency"]),
        version=int(row["version"]),
    )


def _image(row: Row, link: Link) -> ImageView:
    return ImageView(
        id=row[0],
        url=shown(row[1], link) or "",
        alt=row[2],
        position=row[3],
        width=row[4],
        height=row[5],
        renditions=renditions_of(row[6], link),
    )


def _attribute(row: Row) -> AttributeValueView:
    return AttributeValueView(code=row[0], name=row[1], kind=row[2], unit=row[3], value=_value.decode(row[4]))


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
