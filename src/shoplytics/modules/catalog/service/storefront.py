"""What anyone may see."""

from uuid import UUID

from shoplytics.kernel.errors import NotFound
from shoplytics.modules.catalog.ports import PublicCatalog
from shoplytics.modules.catalog.service.search import ProductSearch, page_of_products, query_of
from shoplytics.ports.catalog import ProductPage, ProductView


class Storefront:
    """Published products of active stores."""

    def __init__(self, *, catalog: PublicCatalog) -> None:
        self._catalog = catalog

    async def products(self, search: ProductSearch) -> ProductPage:
        """A price sort leaves out products without an open offer; `total` of 1,001 means more than 1,000."""
        return page_of_products(await self._catalog.products(query_of(search)), search)

    async def product(self, product_id: UUID) -> ProductView:
        product = await self._catalog.product(product_id)
        if product is None:
            raise NotFound
        return product
