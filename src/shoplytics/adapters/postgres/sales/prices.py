"""The price books of some stores in one statement."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from shoplytics.adapters.postgres.work import Work
from shoplytics.kernel.codec import from_json
from shoplytics.modules.sales.domain import Discount, ShippingRate, TaxRate
from shoplytics.modules.sales.ports import PriceBook

# `left` is what both limits still allow these shoppers, by the name that used it most.
BOOKS = """
    select 'discount' as kind, d.store_id, d.created_at, d.id, json_build_object('id', d.id, 'title', d.title,
        'kind', d.kind, 'code', d.code, 'rate', d.rate, 'amount', d.amount, 'buy', d.buy, 'get', d.get,
        'scope', d.scope, 'targets', d.targets, 'minimum', d.minimum, 'minimum_quantity', d.minimum_quantity,
        'starts_at', d.starts_at, 'ends_at', d.ends_at, 'combines', d.combines, 'active', d.active,
        'left', case when d.limit_total is not null or d.limit_per_shopper is not null then
            greatest(0, least(d.limit_total - d.used, d.limit_per_shopper - coalesce((
                select max(s.used) from sales_discount_shopper s
                where s.store_id = d.store_id and s.discount_id = d.id and s.shopper = any($3::bytea[])), 0)))
            end)::text as body
    from sales_discount d
    where d.store_id = any($1::uuid[]) and d.deleted_at is null
        and (d.code is null and d.active or lower(d.code) = any($2::text[]))
    union all
    select 'shipping', r.store_id, r.created_at, r.id, json_build_object('id', r.id, 'name', r.name,
        'amount', r.amount, 'free_from', r.free_from, 'places', r.places)::text
    from sales_shipping_rate r where r.store_id = any($1::uuid[]) and r.deleted_at is null and r.active
    union all
    select 'tax', t.store_id, t.created_at, t.id, json_build_object('id', t.id, 'name', t.name,
        'rate', t.rate, 'inclusive', t.inclusive, 'on_shipping', t.on_shipping, 'places', t.places)::text
    from sales_tax_rate t where t.store_id = any($1::uuid[]) and t.deleted_at is null and t.active
    order by created_at, id
"""


class PgPriceBooks:
    """See PriceBooks in the module's ports."""

    def __init__(self, work: Work) -> None:
        self._work = work

    async def books(
        self, *, store_ids: Sequence[UUID], codes: Sequence[str], shoppers: Sequence[bytes]
    ) -> Mapping[UUID, PriceBook]:
        if not store_ids:
            return {}
        asked = [code.lower() for code in codes]
        rows = await self._work.reading.fetch(BOOKS, list(store_ids), asked, list(shoppers))
        discounts: dict[UUID, list[Discount]] = {store: [] for store in store_ids}
        shipping: dict[UUID, list[ShippingRate]] = {store: [] for store in store_ids}
        taxes: dict[UUID, list[TaxRate]] = {store: [] for store in store_ids}
        for kind, store_id, _, _, body in rows:
            if kind == "discount":
                discounts[store_id].append(from_json(body, Discount))
            elif kind == "shipping":
                shipping[store_id].append(from_json(body, ShippingRate))
            else:
                taxes[store_id].append(from_json(body, TaxRate))
        return {
            store: PriceBook(
                discounts=tuple(discounts[store]), shipping=tuple(shipping[store]), taxes=tuple(taxes[store])
            )
            for store in store_ids
        }
