"""The catalogue in PostgreSQL: hot public reads, the store's own side, and imports in sets."""

from shoplytics.adapters.postgres.catalog.lookup import catalog_lookup

__all__ = ["catalog_lookup"]
