"""What a store sets up over HTTP: discounts, shipping and tax rates, and that pricing reads just that."""

from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from shoplytics.adapters.postgres.sales.prices import PgPriceBooks
from shoplytics.bootstrap import Infra
from shoplytics.kernel.access import DbRole
from shoplytics.modules.sales.domain import Discount, DiscountKind, DiscountScope, percent_of, rate_of
from shoplytics.modules.sales.ports import PriceBook
from tests.modules.catalog.merchants import Merchant, open_shop

TEN = {"title": "Ten off", "kind": "percent", "percent": "10"}


@pytest.fixture
async def merchant(client: httpx.AsyncClient) -> Merchant:
    return await open_shop(client)


def errors_of(problem: Any) -> dict[str, str]:  # noqa: ANN401 - JSON
    return {error["pointer"]: error["code"] for error in problem["errors"]}


async def made(merchant: Merchant, path: str, **body: object) -> Any:  # noqa: ANN401 - JSON
    return await merchant.send("POST", path, body, status=201)


async def book(infra: Infra, store: UUID, *codes: str) -> PriceBook:
    async with infra.database.work(DbRole.SYSTEM) as work:
        return (await PgPriceBooks(work).books(store_ids=[store], codes=codes, shoppers=[]))[store]


class TestPercent:
    @pytest.mark.parametrize(
        ("text", "rate", "shown"),
        [
            ("12.5", 125_000, "12.5"),
            ("0.0001", 1, "0.0001"),
            ("100", 1_000_000, "100"),
            ("07.10", 71_000, "7.1"),
        ],
    )
    def test_is_kept_to_the_last_digit(self, text: str, rate: int, shown: str) -> None:
        assert (rate_of(text), percent_of(rate)) == (rate, shown)


class TestDiscount:
    async def test_is_what_pricing_reads(self, infra: Infra, merchant: Merchant) -> None:
        product = await merchant.product()
        sent = {
            "title": " Two of three ",
            "kind": "free_items",
            "code": "Spring-24",
            "buy": 2,
            "get": 1,
            "scope": "products",
            "targets": [product["id"]],
            "minimum": "12.50",
            "minimum_quantity": 3,
            "starts_at": "2026-01-01T00:00:00Z",
            "ends_at": "2036-01-01T00:00:00+01:00",
            "limit_total": 5,
            "limit_per_shopper": 2,
            "combines": True,
        }
        kept = await made(merchant, "/discounts", **sent)
        (read,) = (await book(infra, merchant.store, "sPRING-24")).discounts
        assert read == Discount(
            id=UUID(kept["id"]),
            title="Two of three",
            kind=DiscountKind.FREE_ITEMS,
            code="Spring-24",
            buy=2,
            get=1,
            scope=DiscountScope.PRODUCTS,
            targets=frozenset({UUID(product["id"])}),
            minimum=1250,
            minimum_quantity=3,
            starts_at=read.starts_at,
            ends_at=read.ends_at,
            combines=True,
            left=2,
        )
        assert kept["ends_at"] == "2035-12-31T23:00:00Z"
        assert (kept["percent"], kept["amount"], kept["used"]) == (None, None, 0)
        assert kept["minimum"] == {"amount": "12.50", "currency": "GBP"}

    async def test_of_each_kind_is_read_as_written(self, infra: Infra, merchant: Merchant) -> None:
        await made(merchant, "/discounts", **TEN)
        await made(merchant, "/discounts", title="Five", kind="amount", amount="5")
        read = (await book(infra, merchant.store)).discounts
        assert [(one.kind.value, one.rate, one.amount) for one in read] == [
            ("percent", 100_000, 0),
            ("amount", 0, 500),
        ]

    async def test_tells_everything_that_is_wrong_at_once(self, merchant: Merchant) -> None:
        twice = str(uuid4())
        wrong = {
            "title": "X",
            "kind": "percent",
            "percent": "100.0001",
            "amount": {"amount": "1", "currency": "USD"},
            "buy": 1,
            "minimum": "1.001",
            "scope": "categories",
            "targets": [twice, twice],
            "starts_at": "2026-02-01T00:00:00Z",
            "ends_at": "2026-02-01T00:00:00Z",
        }
        problem = await merchant.send("POST", "/discounts", wrong, status=400)
        assert errors_of(problem) == {
            "/percent": "out_of_range",
            "/amount": "currency_mismatch",
            "/buy": "not_of_kind",
            "/minimum": "invalid_money",
            "/targets/0": "unknown_target",
            "/targets/1": "unknown_target",
            "/ends_at": "out_of_range",
        }

    @pytest.mark.parametrize(
        ("body", "pointer", "code"),
        [
            ({"percent": "0"}, "/percent", "out_of_range"),
            ({"percent": "1.00001"}, "/percent", "invalid_format"),
            ({"percent": None}, "/percent", "required"),
            ({"code": "ab"}, "/code", "too_short"),
            ({"code": "a b c"}, "/code", "invalid_format"),
            ({"code": "x" * 41}, "/code", "too_long"),
            ({"code": "abc\n"}, "/code", "invalid_format"),
            ({"scope": "products"}, "/targets", "wrong_targets"),
            ({"targets": [str(uuid4())]}, "/targets", "wrong_targets"),
            ({"kind": "free_items", "percent": None, "buy": 1}, "/get", "required"),
            ({"kind": "amount", "percent": None, "amount": "0"}, "/amount", "out_of_range"),
            ({"minimum": "-1"}, "/minimum", "out_of_range"),
            ({"limit_total": 0}, "/limit_total", "out_of_range"),
            ({"starts_at": "2026-01-01T00:00:00"}, "/starts_at", "invalid_type"),
        ],
    )
    async def test_refuses(
        self, merchant: Merchant, body: dict[str, object], pointer: str, code: str
    ) -> None:
        problem = await merchant.send("POST", "/discounts", TEN | body, status=400)
        assert errors_of(problem) == {pointer: code}

    async def test_is_for_what_the_store_or_the_platform_has(
        self, client: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        own = await made(merchant, "/categories", name="Cups")
        other = await open_shop(client)
        foreign = await made(other, "/categories", name="Cups")
        theirs = await other.product()
        scoped = TEN | {"scope": "categories", "targets": [own["id"]]}
        kept = await made(merchant, "/discounts", **scoped)
        for change in ({"targets": [foreign["id"]]}, {"scope": "products", "targets": [theirs["id"]]}):
            problem = await merchant.send("PATCH", f"/discounts/{kept['id']}", change, status=400)
            assert errors_of(problem) == {"/targets/0": "unknown_target"}
        everywhere = await merchant.send("PATCH", f"/discounts/{kept['id']}", {"scope": "all", "targets": []})
        assert (everywhere["scope"], everywhere["targets"], everywhere["version"]) == ("all", [], 2)

    async def test_has_a_code_of_its_own_in_any_case(self, merchant: Merchant) -> None:
        first = await made(merchant, "/discounts", **TEN, code="SAVE10")
        taken = await merchant.send("POST", "/discounts", TEN | {"code": "save10"}, status=409)
        assert taken["code"] == "code_taken"
        await merchant.send("DELETE", f"/discounts/{first['id']}", status=204)
        second = await made(merchant, "/discounts", **TEN, code="save10")
        path = f"/discounts/{first['id']}/restore"
        assert (await merchant.send("POST", path, status=409))["code"] == "code_taken"
        await merchant.send("PATCH", f"/discounts/{second['id']}", {"code": None})
        assert (await merchant.send("POST", path))["code"] == "SAVE10"
        await merchant.send("POST", path, status=404)

    async def test_limits_no_uses_away(self, owner_url: str, infra: Infra, merchant: Merchant) -> None:
        kept = await made(merchant, "/discounts", **TEN, code="ONCE", limit_total=9)
        async with infra.database.work(DbRole.SYSTEM) as work:
            await work.raw.execute("update sales_discount set used = 3")
            await work.commit()
        path = f"/discounts/{kept['id']}"
        problem = await merchant.send("PATCH", path, {"limit_total": 2}, status=409)
        assert (problem["code"], problem["used"]) == ("limit_below_used", 3)
        changed = await merchant.send("PATCH", path, {"limit_total": 3})
        assert (changed["limit_total"], changed["used"]) == (3, 3)
        (read,) = (await book(infra, merchant.store, "once")).discounts
        assert read.left == 0

    async def test_is_changed_only_as_it_was_seen(self, merchant: Merchant) -> None:
        kept = await made(merchant, "/discounts", **TEN)
        path = f"/discounts/{kept['id']}"
        await merchant.send("PATCH", path, {"title": "A"}, If_Match='"1"')
        await merchant.send("PATCH", path, {"title": "B"}, status=412, If_Match='"1"')
        assert (await merchant.send("GET", path))["title"] == "A"

    async def test_lists_find_by_code_and_by_whether_they_run(self, merchant: Merchant) -> None:
        await made(merchant, "/discounts", **TEN | {"title": "now", "code": "NOW"})
        await made(merchant, "/discounts", **TEN | {"title": "off", "active": False})
        await made(merchant, "/discounts", **TEN | {"title": "past", "ends_at": "2020-01-01T00:00:00Z"})
        await made(merchant, "/discounts", **TEN | {"title": "soon", "starts_at": "2090-01-01T00:00:00Z"})

        async def titles(query: str) -> list[str]:
            found = await merchant.send("GET", f"/discounts?{query}")
            return [one["title"] for one in found["items"]]

        assert await titles("") == ["soon", "past", "off", "now"]
        assert await titles("running=true") == ["now"]
        assert await titles("running=false&sort=created_at") == ["off", "past", "soon"]
        assert await titles("active=false") == ["off"]
        assert await titles("code=nOw") == ["now"]
        first = await merchant.send("GET", "/discounts?limit=3&total=true")
        rest = await merchant.send("GET", f"/discounts?limit=3&cursor={first['next_cursor']}")
        assert (first["total"], [one["title"] for one in rest["items"]]) == (4, ["now"])

    async def test_there_are_not_too_many_that_every_cart_asks_about(
        self, infra: Infra, merchant: Merchant
    ) -> None:
        kept = await made(merchant, "/discounts", **TEN)
        async with infra.database.work(DbRole.SYSTEM) as work:
            await work.raw.execute(
                "insert into sales_discount (id, store_id, title, kind, rate, currency)"
                " select gen_random_uuid(), $1, 'x', 'percent', 1, 'GBP' from generate_series(1, 99)",
                merchant.store,
            )
            await work.commit()
        assert (await merchant.send("POST", "/discounts", TEN, status=409))["code"] == "too_many"
        coded = await made(merchant, "/discounts", **TEN, code="CODED")
        path = f"/discounts/{coded['id']}"
        assert (await merchant.send("PATCH", path, {"code": None}, status=409))["code"] == "too_many"
        await merchant.send("PATCH", f"/discounts/{kept['id']}", {"title": "still"})


class TestShippingRate:
    async def test_is_what_pricing_reads(self, infra: Infra, merchant: Merchant) -> None:
        places = [{"country": "gb"}, {"country": "US", "province": " CA "}]
        kept = await made(
            merchant, "/shipping-rates", name=" Post ", amount="4.99", free_from="50", places=places
        )
        (read,) = (await book(infra, merchant.store)).shipping
        assert (str(read.id), read.name, read.amount, read.free_from) == (kept["id"], "Post", 499, 5000)
        assert [(place.country, place.province) for place in read.places] == [("GB", ""), ("US", "CA")]
        assert kept["places"] == [{"country": "GB", "province": ""}, {"country": "US", "province": "CA"}]
        path = f"/shipping-rates/{kept['id']}"
        changed = await merchant.send("PATCH", path, {"free_from": None, "places": [], "amount": "0"})
        assert (changed["free_from"], changed["places"], changed["amount"]["amount"]) == (None, [], "0.00")
        await merchant.send("PATCH", path, {"active": False})
        assert (await book(infra, merchant.store)).shipping == ()

    async def test_tells_everything_that_is_wrong_at_once(self, merchant: Merchant) -> None:
        places = [{"country": "XX"}, {"country": "US", "province": "Ca"}, {"country": "us", "province": "cA"}]
        body = {"name": "Post", "amount": "-1", "free_from": "x", "places": places}
        problem = await merchant.send("POST", "/shipping-rates", body, status=400)
        assert errors_of(problem) == {
            "/amount": "out_of_range",
            "/free_from": "invalid_money",
            "/places/0/country": "unknown_country",
            "/places/2": "duplicate",
        }

    async def test_comes_back_after_it_was_deleted(self, infra: Infra, merchant: Merchant) -> None:
        kept = await made(merchant, "/shipping-rates", name="Post", amount="1")
        path = f"/shipping-rates/{kept['id']}"
        await merchant.send("DELETE", path, status=204)
        await merchant.send("GET", path, status=404)
        assert (await merchant.send("GET", "/shipping-rates"))["items"] == []
        assert (await book(infra, merchant.store)).shipping == ()
        assert (await merchant.send("POST", f"{path}/restore"))["version"] == 3
        assert len((await merchant.send("GET", "/shipping-rates"))["items"]) == 1


class TestTaxRate:
    async def test_is_what_pricing_reads(self, infra: Infra, merchant: Merchant) -> None:
        kept = await made(
            merchant, "/tax-rates", name="VAT", percent="7.25", inclusive=True, on_shipping=False,
            places=[{"country": "NG"}],
        )  # fmt: skip
        (read,) = (await book(infra, merchant.store)).taxes
        assert (str(read.id), read.name, read.rate) == (kept["id"], "VAT", 72_500)
        assert (read.inclusive, read.on_shipping, kept["percent"]) == (True, False, "7.25")
        changed = await merchant.send("PATCH", f"/tax-rates/{kept['id']}", {"percent": "0"})
        assert (changed["percent"], changed["inclusive"]) == ("0", True)
        problem = await merchant.send("PATCH", f"/tax-rates/{kept['id']}", {"percent": "101"}, status=400)
        assert errors_of(problem) == {"/percent": "out_of_range"}

    async def test_pages_go_on_where_they_ended(self, merchant: Merchant) -> None:
        for number in range(3):
            await made(merchant, "/tax-rates", name=f"Tax {number}", percent="1")
        first = await merchant.send("GET", "/tax-rates?limit=2&sort=created_at&total=true")
        rest = await merchant.send("GET", f"/tax-rates?limit=2&sort=created_at&cursor={first['next_cursor']}")
        names = [one["name"] for one in first["items"] + rest["items"]]
        assert (first["total"], names) == (3, ["Tax 0", "Tax 1", "Tax 2"])


class TestSetUp:
    async def test_is_read_by_all_members_and_written_by_managers(
        self, client: httpx.AsyncClient, merchant: Merchant
    ) -> None:
        other = await open_shop(client)
        kept = await made(merchant, "/tax-rates", name="VAT", percent="1")
        address = f"/api/v1/stores/{merchant.store}/tax-rates/{kept['id']}"
        for method, body in (("GET", None), ("PATCH", {"name": "X"}), ("DELETE", None)):
            answer = await client.request(method, address, json=body, headers=other.account.headers)
            assert answer.status_code == 404

    async def test_leaves_a_row_of_who_did_what(self, merchant: Merchant) -> None:
        kept = await made(merchant, "/discounts", **TEN)
        path = f"/discounts/{kept['id']}"
        await merchant.send("PATCH", path, {"percent": "20"})
        await merchant.send("DELETE", path, status=204)
        await merchant.send("POST", f"{path}/restore")
        rows = (await merchant.send("GET", "/audit-log"))["items"]
        told = [row for row in rows if row["target"] == f"discount:{kept['id']}"]
        assert [row["action"] for row in told] == [
            "discounts.restore",
            "discounts.delete",
            "discounts.change",
            "discounts.create",
        ]
        assert (told[2]["before"]["percent"], told[2]["after"]["percent"]) == ("10", "20")
