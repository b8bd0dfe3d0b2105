"""Query strings of product lists: what is understood, and what is refused."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from shoplytics.kernel.errors import Invalid, NotFound
from shoplytics.kernel.paging import encode_cursor
from shoplytics.modules.catalog.service import ProductSearch, Storefront
from tests.modules.catalog.fakes import FakePublicCatalog


async def asked(**search: Any) -> Any:  # noqa: ANN401 - any filter in, a query out
    catalog = FakePublicCatalog()
    await Storefront(catalog=catalog).products(ProductSearch(**search))
    return catalog.asked[0]


class TestSearch:
    async def test_reads_prices_exactly_in_the_currency(self) -> None:
        query = await asked(price_gte="19.99", currency="KWD")
        assert set(query.filters.prices_at_least) == {19990}

    async def test_rounds_inwards_when_the_currency_is_the_stores(self) -> None:
        query = await asked(price_gte="19.995", price_lte="19.995", store=uuid4())
        assert query.filters.prices_at_least == (20, 200, 2000, 19995, 199950)
        assert query.filters.prices_at_most == (19, 199, 1999, 19995, 199950)

    async def test_takes_dates_as_midnight_in_utc(self) -> None:
        query = await asked(created_gte="2026-03-01", created_lte="2026-03-01T12:00:00 02:00")
        assert query.filters.created_gte == datetime(2026, 3, 1, tzinfo=UTC)
        assert query.filters.created_lte == datetime(2026, 3, 1, 10, tzinfo=UTC)

    async def test_takes_dates_to_the_end_of_their_day(self) -> None:
        query = await asked(created_lte="2026-03-01", updated_lte="2026-03-01")
        end = datetime(2026, 3, 1, 23, 59, 59, 999999, tzinfo=UTC)
        assert (query.filters.created_lte, query.filters.updated_lte) == (end, end)

    @pytest.mark.parametrize(
        ("search", "pointer"),
        [
            ({"sort": "secret"}, "?sort"),
            ({"sort": "--price", "currency": "GBP"}, "?sort"),
            ({"sort": "price"}, "?currency"),
            ({"price_gte": "1"}, "?currency"),
            ({"price_gte": "abc", "currency": "GBP"}, "?price_gte"),
            ({"price_gte": "NaN", "store": uuid4()}, "?price_gte"),
            *(
                ({"price_gte": one, "store": uuid4()}, "?price_gte")
                for one in ("1e2", "1_0", "\u0661\u0660", "1\n", " 1")
            ),
            ({"price_lte": "1e999999", "store": uuid4()}, "?price_lte"),
            ({"price_lte": "1.234", "currency": "GBP"}, "?price_lte"),
            ({"currency": "XXX"}, "?currency"),
            ({"rating_gte": 6.0}, "?rating_gte"),
            ({"rating_gte": float("nan")}, "?rating_gte"),
            ({"created_gte": "yesterday"}, "?created_gte"),
            ({"updated_lte": "2026-13-01"}, "?updated_lte"),
            ({"name": "&|!"}, "?name"),
            ({"cursor": "nonsense"}, "?cursor"),
            ({"cursor": encode_cursor("-created_at", "soon", uuid4())}, "?cursor"),
            ({"cursor": encode_cursor("name", "a", uuid4())}, "?cursor"),
            ({"cursor": encode_cursor("popularity", 10**30, uuid4()), "sort": "popularity"}, "?cursor"),
        ],
    )
    async def test_refuses_what_it_cannot_look_for(self, search: dict[str, Any], pointer: str) -> None:
        with pytest.raises(Invalid) as refused:
            await asked(**search)
        assert [error.pointer for error in refused.value.errors] == [pointer]

    async def test_finds_no_product_that_is_not_published(self) -> None:
        with pytest.raises(NotFound):
            await Storefront(catalog=FakePublicCatalog()).product(uuid4())
