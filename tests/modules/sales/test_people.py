"""Who a buyer from elsewhere is: the number first, then the address, and what happens where they disagree."""

import csv
import io
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from shoplytics.bootstrap import Infra
from shoplytics.modules.sales.domain.people import KnownPerson, Person, matched
from tests.modules.catalog.merchants import Merchant, open_shop
from tests.modules.sales.importing import FIRST, Run, row, run_import
from tests.modules.sales.orders import place

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
ADA, BO = "ada@example.com", "bo@example.com"


def person(number: str | None = None, email: str | None = None, *, hours: int = 0, name: str = "") -> Person:
    return Person(
        external_id=number,
        email=email,
        name=name,
        phone=None,
        accepts_marketing=False,
        last_order_at=NOON + timedelta(hours=hours),
    )


def known(number: str | None = None, email: str | None = None) -> KnownPerson:
    return KnownPerson(id=uuid4(), external_id=number, email=email)


class TestMatched:
    def test_goes_by_the_number_whatever_the_address(self) -> None:
        ada, bo = known("7", ADA), known(None, BO)
        matches, found = matched([person("7", BO)], [ada, bo], new_id=uuid4)
        assert found == {"id:7": ada.id}
        assert [(one.id, one.person.email) for one in matches] == [(ada.id, ADA)]

    def test_gives_the_number_to_who_has_the_address_and_none(self) -> None:
        ada = known(None, ADA)
        (match,), found = matched([person("7", ADA)], [ada], new_id=uuid4)
        assert (found["id:7"], match.new, match.person.external_id) == (ada.id, False, "7")

    def test_makes_another_without_the_address_of_who_has_another_number(self) -> None:
        ada = known("6", ADA)
        (match,), found = matched([person("7", ADA)], [ada], new_id=uuid4)
        assert match.new
        assert found["id:7"] == match.id != ada.id
        assert (match.person.external_id, match.person.email) == ("7", None)

    def test_goes_by_the_address_where_there_is_no_number(self) -> None:
        ada = known("7", ADA)
        assert matched([person(email=ADA)], [ada], new_id=uuid4)[1] == {f"email:{ADA}": ada.id}

    def test_gives_an_address_to_a_number_that_had_none(self) -> None:
        ada = known("7", None)
        (match,), _ = matched([person("7", ADA)], [ada], new_id=uuid4)
        assert (match.id, match.person.email) == (ada.id, ADA)

    def test_makes_one_of_a_number_and_its_address_in_the_same_batch(self) -> None:
        people = [person(email=ADA, hours=2, name="Ada"), person("7", ADA, hours=1, name="A. Byron")]
        (match,), found = matched(people, [], new_id=uuid4)
        assert set(found.values()) == {match.id}
        assert (match.person.name, match.person.external_id) == ("Ada", "7")

    def test_leaves_an_address_of_two_numbers_to_whose_order_came_first(self) -> None:
        people = [person("8", ADA, hours=2), person("7", ADA, hours=1)]
        matches, _ = matched(people, [], new_id=uuid4)
        assert {one.person.external_id: one.person.email for one in matches} == {"7": ADA, "8": None}


def file(*rows: dict[str, str], with_numbers: bool = True) -> bytes:
    columns = [*FIRST, *(["Customer Id"] if with_numbers else [])]
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def order(number: int, email: str, customer: str = "") -> dict[str, str]:
    return row(Name=f"#{number}", Id=str(7000 + number), Email=email) | {"Customer Id": customer}


@pytest.fixture
async def merchant(client: httpx.AsyncClient) -> Merchant:
    return await open_shop(client)


async def people(merchant: Merchant) -> dict[str | None, tuple[str | None, int]]:
    """Address and count of orders by number."""
    items = (await merchant.send("GET", "/customers"))["items"]
    return {one["external_id"]: (one["email"], one["order_count"]) for one in items}


def outcome(run: Run) -> tuple[object, ...]:
    return tuple(run.result[name] for name in ("new", "changed", "unchanged", "skipped"))


class TestImport:
    async def test_knows_people_by_number_then_address(self, infra: Infra, merchant: Merchant) -> None:
        rows = [order(1, ADA, "7"), order(2, BO, "7"), order(3, BO), order(4, ADA), order(5, "", "9")]
        assert outcome(await run_import(infra, merchant.store, file(*rows))) == (5, 0, 0, 0)
        assert await people(merchant) == {"7": (BO, 3), None: (ADA, 1), "9": (None, 1)}
        assert outcome(await run_import(infra, merchant.store, file(*rows))) == (0, 0, 5, 0)

    async def test_finds_the_customer_that_a_checkout_made(self, infra: Infra, merchant: Merchant) -> None:
        await place(infra, merchant, email=ADA)
        await run_import(infra, merchant.store, file(order(1, ADA, "7"), order(2, ADA, "8")))
        assert await people(merchant) == {"7": (ADA, 2), "8": (None, 1)}
        await place(infra, merchant, email=ADA)
        assert (await people(merchant))["7"] == (ADA, 3)

    async def test_keeps_the_numbers_of_a_file_without_the_column(
        self, infra: Infra, merchant: Merchant
    ) -> None:
        await run_import(infra, merchant.store, file(order(1, ADA, "7"), order(2, BO, "7")))
        plain = file(order(1, ADA), order(2, BO), with_numbers=False)
        assert outcome(await run_import(infra, merchant.store, plain)) == (0, 0, 2, 0)
        assert await people(merchant) == {"7": (BO, 2)}

    async def test_learns_a_number_that_a_later_file_brings(self, infra: Infra, merchant: Merchant) -> None:
        await run_import(infra, merchant.store, file(order(1, ADA), order(2, BO)))
        later = file(order(1, ADA, "7"), order(2, BO, "7"))
        assert outcome(await run_import(infra, merchant.store, later)) == (0, 2, 0, 0)
        assert await people(merchant) == {"7": (BO, 2), None: (ADA, 0)}
        assert outcome(await run_import(infra, merchant.store, later)) == (0, 0, 2, 0)

    async def test_reads_what_an_export_wrote(
        self, client: httpx.AsyncClient, infra: Infra, merchant: Merchant
    ) -> None:
        rows = [order(1, ADA, "7"), order(2, BO, "7"), order(3, BO)]
        await run_import(infra, merchant.store, file(*rows))
        text = (await merchant.attempt("GET", "/orders/export.csv")).content
        assert outcome(await run_import(infra, merchant.store, text)) == (0, 0, 3, 0)
        other = await open_shop(client)
        await run_import(infra, other.store, text)
        assert await people(other) == await people(merchant)

    async def test_refuses_a_number_that_was_rounded(self, infra: Infra, merchant: Merchant) -> None:
        run = await run_import(infra, merchant.store, file(order(1, ADA, "7.1E+12"), order(2, BO, "7")))
        assert [(one.line, one.code) for one in run.errors] == [(2, "invalid_id")]
        assert await people(merchant) == {"7": (BO, 1)}

    async def test_forgets_the_number_with_the_person(
        self, infra: Infra, merchant: Merchant, owner_url: str
    ) -> None:
        await run_import(infra, merchant.store, file(order(1, ADA, "7")))
        (one,) = (await merchant.send("GET", "/customers"))["items"]
        await merchant.send("DELETE", f"/customers/{one['id']}", status=204)
        owner = await asyncpg.connect(owner_url)
        sql = "select external_id, email from sales_customer where id = $1"
        kept = await owner.fetchrow(sql, UUID(one["id"]))
        await owner.close()
        assert kept is not None
        assert tuple(kept) == (None, None)
