"""What a store does with its own products."""

from uuid import UUID

from litestar import Controller, delete, get, patch, post

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import DEFAULT_LIMIT
from shoplytics.modules.catalog.routes.parameters import (
    REPEATABLE,
    AnyOf,
    Attributes,
    Category,
    FacetsToo,
    Limit,
    OwnSort,
    Price,
    Quantity,
    Query,
    Tags,
    Time,
    Words,
)
from shoplytics.modules.catalog.routes.permissions import READ, WRITE
from shoplytics.modules.catalog.schemas import NewProductInput, ProductPatch
from shoplytics.modules.catalog.service import CatalogService, ProductSearch
from shoplytics.ports.catalog import ProductPage, ProductView


class StoreProductController(Controller):
    path = "/stores/{store_id:uuid}/products"
    tags = ("Products of a store",)

    @get(permission=READ, repeatable=REPEATABLE)
    async def list_own_products(
        self,
        *,
        store_id: UUID,
        catalog: CatalogService,
        q: Query = None,
        category: Category = None,
        attribute: Attributes = None,
        tag: Tags = None,
        vendor: AnyOf = None,
        product_type: AnyOf = None,
        name: Words = None,
        description: Words = None,
        price_gte: Price = None,
        price_lte: Price = None,
        sku: Words = None,
        in_stock: bool | None = None,
        featured: bool | None = None,
        rating_gte: float | None = None,
        created_gte: Time = None,
        created_lte: Time = None,
        updated_gte: Time = None,
        updated_lte: Time = None,
        quantity_gte: Quantity = None,
        quantity_lte: Quantity = None,
        sort: OwnSort = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
        total: bool = False,
        facets: FacetsToo = False,
    ) -> ProductPage:
        """The store's products, unpublished ones too; quantities are what its own offers have available."""
        search = ProductSearch(
            q=q, category=category, attribute=attribute, tag=tag, vendor=vendor,
            product_type=product_type, name=name, description=description,
            price_gte=price_gte, price_lte=price_lte,
            sku=sku, in_stock=in_stock, featured=featured, rating_gte=rating_gte, created_gte=created_gte,
            created_lte=created_lte, updated_gte=updated_gte, updated_lte=updated_lte,
            quantity_gte=quantity_gte, quantity_lte=quantity_lte, sort=sort, limit=limit, cursor=cursor,
            total=total, facets=facets,
        )  # fmt: skip
        return await catalog.products(store_id=store_id, search=search)

    @post(permission=WRITE)
    async def create_product(
        self, store_id: UUID, data: NewProductInput, actor: Actor, catalog: CatalogService
    ) -> ProductView:
        """A product with its variants and the store's offers of them."""
        return await catalog.create(store_id=store_id, actor=actor, data=data)

    @get("/{product_id:uuid}", permission=READ)
    async def read_own_product(
        self, store_id: UUID, product_id: UUID, catalog: CatalogService
    ) -> ProductView:
        """One product with all its offers; its ETag is what If-Match takes."""
        return await catalog.product(store_id=store_id, product_id=product_id)

    @patch("/{product_id:uuid}", permission=WRITE)
    async def change_product(
        self,
        *,
        store_id: UUID,
        product_id: UUID,
        data: ProductPatch,
        if_match: int | None,
        actor: Actor,
        catalog: CatalogService,
    ) -> ProductView:
        """Only what is sent changes; SKU, prices and quantity are those of the only variant's offer."""
        return await catalog.change(
            store_id=store_id, product_id=product_id, data=data, version=if_match, actor=actor
        )

    @delete("/{product_id:uuid}", permission=WRITE)
    async def delete_product(
        self, store_id: UUID, product_id: UUID, actor: Actor, catalog: CatalogService
    ) -> None:
        """It leaves every list and its SKUs are free; it can be restored."""
        await catalog.delete(store_id=store_id, product_id=product_id, actor=actor)

    @post("/{product_id:uuid}/restore", permission=WRITE, status_code=200)
    async def restore_product(
        self, store_id: UUID, product_id: UUID, actor: Actor, catalog: CatalogService
    ) -> ProductView:
        """Bring a deleted product back, unless its slug or a SKU was taken since."""
        return await catalog.restore(store_id=store_id, product_id=product_id, actor=actor)
