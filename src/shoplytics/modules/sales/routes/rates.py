"""A store's shipping and tax rates over HTTP."""

from uuid import UUID

from litestar import Controller, delete, get, patch, post

from shoplytics.kernel.actor import Actor
from shoplytics.kernel.paging import DEFAULT_LIMIT, Page
from shoplytics.modules.sales.ports import PageOf, SetUpFilter
from shoplytics.modules.sales.routes.parameters import Age, Limit
from shoplytics.modules.sales.routes.permissions import READ_SET_UP, WRITE_SET_UP
from shoplytics.modules.sales.schemas import NewShippingRate, NewTaxRate, ShippingRatePatch, TaxRatePatch
from shoplytics.modules.sales.service import ShippingRateService, TaxRateService
from shoplytics.ports.sales import ShippingRateView, TaxRateView


class ShippingRateController(Controller):
    path = "/stores/{store_id:uuid}/shipping-rates"
    tags = ("Shipping and taxes",)

    @get(permission=READ_SET_UP)
    async def list_shipping_rates(
        self,
        *,
        store_id: UUID,
        shipping_rates: ShippingRateService,
        active: bool | None = None,
        sort: Age = "-created_at",
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
        total: bool = False,
    ) -> Page[ShippingRateView]:
        """What the store takes for shipping, the newest first."""
        page = PageOf(sort=sort, limit=limit, cursor=cursor, total=total)
        return await shipping_rates.page(store_id=store_id, wanted=SetUpFilter(active=active), page=page)

    @post(permission=WRITE_SET_UP)
    async def create_shipping_rate(
        self, store_id: UUID, data: NewShippingRate, actor: Actor, shipping_rates: ShippingRateService
    ) -> ShippingRateView:
        """A flat price, everywhere or in some places. With one rate the store ships nowhere else."""
        return await shipping_rates.create(store_id=store_id, data=data, actor=actor)

    @get("/{shipping_rate_id:uuid}", permission=READ_SET_UP)
    async def read_shipping_rate(
        self, store_id: UUID, shipping_rate_id: UUID, shipping_rates: ShippingRateService
    ) -> ShippingRateView:
        """One rate; its ETag is what If-Match takes."""
        return await shipping_rates.keeping.read(store_id=store_id, ident=shipping_rate_id)

    @patch("/{shipping_rate_id:uuid}", permission=WRITE_SET_UP)
    async def change_shipping_rate(
        self,
        *,
        store_id: UUID,
        shipping_rate_id: UUID,
        data: ShippingRatePatch,
        if_match: int | None,
        actor: Actor,
        shipping_rates: ShippingRateService,
    ) -> ShippingRateView:
        """Orders that were placed stay as they are."""
        return await shipping_rates.change(
            store_id=store_id, rate_id=shipping_rate_id, data=data, version=if_match, actor=actor
        )

    @delete("/{shipping_rate_id:uuid}", permission=WRITE_SET_UP)
    async def delete_shipping_rate(
        self, store_id: UUID, shipping_rate_id: UUID, actor: Actor, shipping_rates: ShippingRateService
    ) -> None:
        """It holds for no more orders."""
        await shipping_rates.keeping.delete(store_id=store_id, ident=shipping_rate_id, actor=actor)

    @post("/{shipping_rate_id:uuid}/restore", permission=WRITE_SET_UP, status_code=200)
    async def restore_shipping_rate(
        self, store_id: UUID, shipping_rate_id: UUID, actor: Actor, shipping_rates: ShippingRateService
    ) -> ShippingRateView:
        """As it was."""
        return await shipping_rates.keeping.restore(store_id=store_id, ident=shipping_rate_id, actor=actor)


class TaxRateController(Controller):
    path = "/stores/{store_id:uuid}/tax-rates"
    tags = ("Shipping and taxes",)

    @get(permission=READ_SET_UP)
    async def list_tax_rates(
        self,
        *,
        store_id: UUID,
        tax_rates: TaxRateService,
        active: bool | None = None,
        sort: Age = "-created_at",
        limit: Limit = DEFAULT_LIMIT,
        cursor: str | None = None,
        total: bool = False,
    ) -> Page[TaxRateView]:
        """The taxes the store charges, the newest first."""
        page = PageOf(sort=sort, limit=limit, cursor=cursor, total=total)
        return await tax_rates.page(store_id=store_id, wanted=SetUpFilter(active=active), page=page)

    @post(permission=WRITE_SET_UP)
    async def create_tax_rate(
        self, store_id: UUID, data: NewTaxRate, actor: Actor, tax_rates: TaxRateService
    ) -> TaxRateView:
        """Within the prices or on top of them, everywhere or in some places."""
        return await tax_rates.create(store_id=store_id, data=data, actor=actor)

    @get("/{tax_rate_id:uuid}", permission=READ_SET_UP)
    async def read_tax_rate(
        self, store_id: UUID, tax_rate_id: UUID, tax_rates: TaxRateService
    ) -> TaxRateView:
        """One rate; its ETag is what If-Match takes."""
        return await tax_rates.keeping.read(store_id=store_id, ident=tax_rate_id)

    @patch("/{tax_rate_id:uuid}", permission=WRITE_SET_UP)
    async def change_tax_rate(
        self,
        *,
        store_id: UUID,
        tax_rate_id: UUID,
        data: TaxRatePatch,
        if_match: int | None,
        actor: Actor,
        tax_rates: TaxRateService,
    ) -> TaxRateView:
        """Orders that were placed stay as they are."""
        return await tax_rates.change(
            store_id=store_id, rate_id=tax_rate_id, data=data, version=if_match, actor=actor
        )

    @delete("/{tax_rate_id:uuid}", permission=WRITE_SET_UP)
    async def delete_tax_rate(
        self, store_id: UUID, tax_rate_id: UUID, actor: Actor, tax_rates: TaxRateService
    ) -> None:
        """It holds for no more orders."""
        await tax_rates.keeping.delete(store_id=store_id, ident=tax_rate_id, actor=actor)

    @post("/{tax_rate_id:uuid}/restore", permission=WRITE_SET_UP, status_code=200)
    async def restore_tax_rate(
        self, store_id: UUID, tax_rate_id: UUID, actor: Actor, tax_rates: TaxRateService
    ) -> TaxRateView:
        """As it was."""
        return await tax_rates.keeping.restore(store_id=store_id, ident=tax_rate_id, actor=actor)
