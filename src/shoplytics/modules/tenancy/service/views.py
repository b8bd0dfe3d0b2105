"""Stores as their members see them."""

import msgspec

from shoplytics.kernel.access import StoreRole
from shoplytics.modules.tenancy.domain import Store
from shoplytics.ports.pictures import Pictures
from shoplytics.ports.tenancy import StoreAddress, StoreFacts, StoreView


def facts_of(store: Store) -> StoreFacts:
    return StoreFacts(
        id=store.id,
        name=store.name,
        slug=store.slug,
        currency=store.currency,
        timezone=store.timezone,
        active=store.active and store.deleted_at is None,
        low_stock_threshold=store.low_stock_threshold,
    )


def view_of(store: Store, role: StoreRole | None, pictures: Pictures) -> StoreView:
    return StoreView(
        id=store.id,
        name=store.name,
        slug=store.slug,
        description=store.description,
        currency=store.currency,
        timezone=store.timezone,
        active=store.active,
        low_stock_threshold=store.low_stock_threshold,
        created_at=store.created_at,
        updated_at=store.updated_at,
        version=store.version,
        address=None if store.address is None else msgspec.convert(store.address, StoreAddress),
        logo_url=pictures.url(store.logo_key) if store.logo_key else None,
        role=role,
    )
