"""The variants of a store's product, and the options they are made of."""

from uuid import UUID

from litestar import Controller, delete, get, patch, post, put

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import Page
from shoplytics.modules.catalog.routes.permissions import READ, WRITE
from shoplytics.modules.catalog.schemas import NewVariantInput, OptionsInput, VariantOrder, VariantPatch
from shoplytics.modules.catalog.service import OptionService, VariantService
from shoplytics.ports.catalog import ProductView
from shoplytics.ports.catalog.variants import StoreVariantView


class VariantController(Controller):
    path = "/stores/{store_id:uuid}/products/{product_id:uuid}/variants"
    tags = ("Variants",)

    @get(permission=READ)
    async def list_variants(
        self, store_id: UUID, product_id: UUID, variants: VariantService
    ) -> Page[StoreVariantView]:
        """All variants in their order, 250 at most, each with the store's own offer."""
        return await variants.page(store_id=store_id, product_id=product_id)

    @post(permission=WRITE, idempotent=True)
    async def create_variant(
        self,
        store_id: UUID,
        product_id: UUID,
        data: NewVariantInput,
        actor: Actor,
        variants: VariantService,
    ) -> StoreVariantView:
        """A variant of a combination that is not there yet, with the store's offer of it.

        A product without options gets them by `PUT .../options`.
        """
        return await variants.create(store_id=store_id, product_id=product_id, data=data, actor=actor)

    @put("/order", permission=WRITE)
    async def order_variants(
        self,
        *,
        store_id: UUID,
        product_id: UUID,
        data: VariantOrder,
        if_match: int | None,
        actor: Actor,
        variants: VariantService,
    ) -> Page[StoreVariantView]:
        """Put the variants into the order of `ids`."""
        return await variants.order(
            store_id=store_id, product_id=product_id, data=data, version=if_match, actor=actor
        )

    @get("/{variant_id:uuid}", permission=READ)
    async def read_variant(
        self, store_id: UUID, product_id: UUID, variant_id: UUID, variants: VariantService
    ) -> StoreVariantView:
        """One variant; its ETag is its product's, and what If-Match takes."""
        return await variants.one(store_id=store_id, product_id=product_id, variant_id=variant_id)

    @patch("/{variant_id:uuid}", permission=WRITE)
    async def change_variant(
        self,
        *,
        store_id: UUID,
        product_id: UUID,
        variant_id: UUID,
        data: VariantPatch,
        if_match: int | None,
        actor: Actor,
        variants: VariantService,
    ) -> StoreVariantView:
        """Another combination or place, or what the store's offer of it says; stock has its own route."""
        return await variants.change(
            store_id=store_id,
            product_id=product_id,
            variant_id=variant_id,
            data=data,
            version=if_match,
            actor=actor,
        )

    @delete("/{variant_id:uuid}", permission=WRITE)
    async def delete_variant(
        self, store_id: UUID, product_id: UUID, variant_id: UUID, actor: Actor, variants: VariantService
    ) -> None:
        """It leaves every list with all offers of it and can be restored; refused while stock is reserved."""
        await variants.delete(store_id=store_id, product_id=product_id, variant_id=variant_id, actor=actor)

    @post("/{variant_id:uuid}/restore", permission=WRITE, status_code=200)
    async def restore_variant(
        self, store_id: UUID, product_id: UUID, variant_id: UUID, actor: Actor, variants: VariantService
    ) -> StoreVariantView:
        """Bring a deleted variant back with its offer and stock, while the product has the same options."""
        return await variants.restore(
            store_id=store_id, product_id=product_id, variant_id=variant_id, actor=actor
        )


class OptionController(Controller):
    path = "/stores/{store_id:uuid}/products/{product_id:uuid}/options"
    tags = ("Variants",)

    @put(permission=WRITE)
    async def change_options(
        self,
        *,
        store_id: UUID,
        product_id: UUID,
        data: OptionsInput,
        if_match: int | None,
        actor: Actor,
        options: OptionService,
    ) -> ProductView:
        """All options the product has from now on, with `was` where one, or a value, has another name.

        Variants get the first value of an option that is new. Where an option goes, those that become the
        same merge into the first of them, and where a value goes, its variants go; see `stock` for what is
        on hand of them.
        """
        return await options.change(
            store_id=store_id, product_id=product_id, data=data, version=if_match, actor=actor
        )
