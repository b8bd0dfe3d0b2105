"""The catalogue over HTTP: what anyone may see, and what a store does with its own."""

from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, patch, post
from litestar.params import Parameter, QueryParameter

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT, Page
from shoplytics.modules.catalog.schemas import NewProductInput, OfferPatch, ProductPatch, StockInput
from shoplytics.modules.catalog.service import CatalogService, Layout, ProductSearch, Storefront
from shoplytics.ports.catalog import ProductSummary, ProductView, StoreOfferView
from shoplytics.ports.edge import Upload
from shoplytics.ports.jobs import JobAccepted

BROWSE = "products:browse"
READ = "products:read"
WRITE = "products:write"
STOCK = "stock:write"
IMPORT = "products:import"

UPLOAD_LIMIT = 512 * 1024 * 1024

Limit = Annotated[int, Parameter(ge=1, le=MAX_LIMIT)]
SORTS = "created_at, price, name, popularity or rating; '-' before it for descending."
Sort = Annotated[
    str, Parameter(description=f"{SORTS} By price, products without one are left out, of `total` too.")
]
OwnSort = Annotated[str, Parameter(description=f"{SORTS} By price, products without one come last.")]
Words = Annotated[str | None, Parameter(max_length=200)]
Tags = Annotated[
    list[str] | None, Parameter(max_items=20, description="Repeat it: products with all of them.")
]
Price = Annotated[str | None, Parameter(max_length=24, description="A decimal amount such as 19.99.")]
Time = Annotated[str | None, Parameter(max_length=40, description="An RFC 3339 time or a date.")]


class ProductController(Controller):
    path = "/products"
    tags = ("Products",)

    @get(permission=BROWSE, repeatable=("tag",))
    async def list_products(
        self,
        *,
        storefront: Storefront,
        q: Words = None,
        store: UUID | None = None,
        tag: Tags = None,
        name: Words = None,
        description: Words = None,
        price_gte: Price = None,
        price_lte: Price = None,
        currency: Annotated[str | None, Parameter(max_length=3)] = None,
        sku: Words = None,
        in_stock: bool | None = None,
        featured: bool | None = None,
        rating_gte: float | None = None,
        created_gte: Time = None,
        created_lte: Time = None,
        updated_gte: Time = None,
        updated_lte: Time = None,
        sort: Sort = "-created_at",
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
        total: bool = False,
    ) -> Page[ProductSummary]:
        """Published products; prices compare within `currency` or `store`; `total` counts to 1,001."""
        search = ProductSearch(
            q=q, store=store, tag=tag, name=name, description=description, price_gte=price_gte,
            price_lte=price_lte, currency=currency, sku=sku, in_stock=in_stock, featured=featured,
            rating_gte=rating_gte, created_gte=created_gte, created_lte=created_lte, updated_gte=updated_gte,
            updated_lte=updated_lte, sort=sort, limit=limit, cursor=cursor, total=total,
        )  # fmt: skip
        return await storefront.products(search)

    @get("/{product_id:uuid}", permission=BROWSE)
    async def read_product(self, product_id: UUID, storefront: Storefront) -> ProductView:
        """One published product with its variants and everyone's open offers."""
        return await storefront.product(product_id)


class StoreProductController(Controller):
    path = "/stores/{store_id:uuid}/products"
    tags = ("Products of a store",)

    @get(permission=READ, repeatable=("tag",))
    async def list_own_products(
        self,
        *,
        store_id: UUID,
        catalog: CatalogService,
        q: Words = None,
        tag: Tags = None,
        name: Words = None,
        sku: Words = None,
        in_stock: bool | None = None,
        featured: bool | None = None,
        sort: OwnSort = "-created_at",
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
        total: bool = False,
    ) -> Page[ProductSummary]:
        """The store's products, unpublished ones too; `q`, `tag` and `name` find published ones only."""
        search = ProductSearch(
            q=q,
            tag=tag,
            name=name,
            sku=sku,
            in_stock=in_stock,
            featured=featured,
            sort=sort,
            limit=limit,
            cursor=cursor,
            total=total,
        )
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

    @post(
        "/import",
        permission=IMPORT,
        status_code=202,
        idempotent=True,
        raw_body=True,
        body_limit=UPLOAD_LIMIT,
    )
    async def import_products(
        self,
        *,
        store_id: UUID,
        upload: Upload,
        actor: Actor,
        catalog: CatalogService,
        layout: Annotated[Layout, QueryParameter(name="format")],
        dry_run: bool = False,
    ) -> JobAccepted:
        """Take a CSV, plain or gzip: `inventory` upserts by SKU, `shopify` by Handle and options."""
        job_id = await catalog.imports.start(
            store_id=store_id,
            actor=actor,
            chunks=upload.chunks(),
            layout=layout,
            dry_run=dry_run,
        )
        return JobAccepted(job_id)


class OfferController(Controller):
    path = "/stores/{store_id:uuid}/offers"
    tags = ("Offers and stock",)

    @get(permission=READ)
    async def list_offers(
        self,
        *,
        store_id: UUID,
        catalog: CatalogService,
        sku: Words = None,
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
    ) -> Page[StoreOfferView]:
        """What the store sells, with its stock, the oldest offer first."""
        return await catalog.offers(store_id=store_id, sku=sku, limit=limit, cursor=cursor)

    @get("/{offer_id:uuid}", permission=READ)
    async def read_offer(self, store_id: UUID, offer_id: UUID, catalog: CatalogService) -> StoreOfferView:
        """One offer with its stock."""
        return await catalog.offer(store_id=store_id, offer_id=offer_id)

    @patch("/{offer_id:uuid}", permission=WRITE)
    async def change_offer(
        self,
        *,
        store_id: UUID,
        offer_id: UUID,
        data: OfferPatch,
        if_match: int | None,
        actor: Actor,
        catalog: CatalogService,
    ) -> StoreOfferView:
        """SKU, prices, low-stock threshold and whether it is sold at all."""
        return await catalog.change_offer(
            store_id=store_id, offer_id=offer_id, data=data, version=if_match, actor=actor
        )

    @post("/{offer_id:uuid}/stock", permission=STOCK, status_code=200, idempotent=True)
    async def move_stock(
        self, store_id: UUID, offer_id: UUID, data: StockInput, actor: Actor, catalog: CatalogService
    ) -> StoreOfferView:
        """Add to the quantity on hand, or set it; each change is kept with its reason and actor."""
        return await catalog.move_stock(store_id=store_id, offer_id=offer_id, data=data, actor=actor)
