"""Orders files that lack some of the columns, imported over orders already known."""

from uuid import UUID

import asyncpg
import pytest
from tests.modules.sales.importing import more, orders_csv, row, run_import

from shoplytics.bootstrap import Infra
from shoplytics.kernel.ids import new_id
from shoplytics.modules.sales.service.shopify_layout import REQUIRED

EVERYTHING = """
    select to_jsonb(o) - '{version,updated_at,total,content_hash}'::text[] as head, (
        select jsonb_agg(to_jsonb(l) order by position) from sales_order_line l where l.order_id = o.id
    ) as lines
    from sales_order o where store_id = $1 order by number
"""


@pytest.fixture
def store() -> UUID:
    return new_id()


async def asked(owner_url: str, sql: str, *values: object) -> list[asyncpg.Record]:
    owner = await asyncpg.connect(owner_url)
    rows = await owner.fetch(sql, *values)
    await owner.close()
    return rows


class TestImport:
    @pytest.mark.parametrize("column", [name for name in row() if name not in REQUIRED])
    async def test_keeps_what_a_file_without_the_column_does_not_say(
        self, infra: Infra, owner_url: str, store: UUID, column: str
    ) -> None:
        cells = {"Discount Code": "TEN", "Discount Amount": "2.00", "Subtotal": "13.00", "Notes": "Hush"}
        cells |= {"Financial Status": "refunded", "Cancelled at": "2026-01-11 10:12:40 +0000"}
        cells |= {"Refunded Amount": "9.00", "Taxes": "1.00", "Currency": "EUR", "Lineitem discount": "0.50"}
        rows = [row() | cells, more(Lineitem_quantity="1", Lineitem_name="Jar")]
        await run_import(infra, store, orders_csv(rows))
        before = await asked(owner_url, EVERYTHING, store)
        run = await run_import(infra, store, orders_csv(rows, without=[column]))
        assert (run.result["changed"], run.result["unchanged"]) == (0, 1)
        rows[0] |= {"Total": "99.00"}
        run = await run_import(infra, store, orders_csv(rows, without=[column]))
        assert (run.result["new"], run.result["changed"]) == (0, 1)
        assert await asked(owner_url, EVERYTHING, store) == before
        [(accepts,)] = await asked(owner_url, "select accepts_marketing from sales_customer")
        assert accepts

    async def test_shares_a_kept_discount_anew_when_the_lines_changed(
        self, infra: Infra, owner_url: str, store: UUID
    ) -> None:
        absent = ["Discount Amount", "Lineitem discount", "Subtotal"]
        await run_import(infra, store, orders_csv([row(Discount_Amount="2.00", Subtotal="8.00")]))
        rows = [row(), more(Lineitem_name="Jar")]
        await run_import(infra, store, orders_csv(rows, without=absent))
        [held] = await asked(owner_url, "select gross, discount, subtotal from sales_order")
        assert tuple(held) == (2000, 200, 1800)
        lines = await asked(owner_url, "select discount from sales_order_line order by position")
        assert [tuple(line) for line in lines] == [(100,), (100,)]

    async def test_takes_an_empty_cell_for_nothing(self, infra: Infra, owner_url: str, store: UUID) -> None:
        await run_import(infra, store, orders_csv([row()]))
        await run_import(infra, store, orders_csv([row(Email="", Tags="")]))
        [held] = await asked(owner_url, "select email, tags from sales_order")
        assert tuple(held) == (None, [])

    async def test_keeps_a_buyers_consent_when_a_new_order_does_not_speak_of_it(
        self, infra: Infra, owner_url: str, store: UUID
    ) -> None:
        await run_import(infra, store, orders_csv([row()]))
        await run_import(infra, store, orders_csv([row(Id="2", Name="#2")], without=["Accepts Marketing"]))
        [(accepts,)] = await asked(owner_url, "select accepts_marketing from sales_customer")
        assert accepts
