"""Nightly imports: once a day by the store's clock, only what is news, and a mail about what changed."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest

from shoplytics.adapters.fetcher import SafeFetcher
from shoplytics.api import Api
from shoplytics.bootstrap import WITH_WORK, Infra
from shoplytics.kernel.access import DbRole
from shoplytics.modules.catalog.service import CatalogService
from shoplytics.modules.catalog.tasks import start_due_imports
from tests.builders import Account, prove, register, store_of
from tests.drain import drain
from tests.letters import letters_to
from tests.modules.catalog.merchants import Merchant
from tests.web import Site, site

SOURCES = "/import-sources"
HEAD = b"name,sku,price,inventory_quantity\n"
TOKYO = timedelta(hours=9)


class Night(Merchant):
    """A merchant in Tokyo, and the clock that starts what is due."""

    def __init__(self, app: Api, client: httpx.AsyncClient, account: Account, store: Any) -> None:  # noqa: ANN401
        super().__init__(client, account, store)
        self.infra: Infra = app.parts.infra
        self.email = account.email

    async def source(self, **fields: object) -> Any:  # noqa: ANN401 - JSON
        body = {"name": "Vendor", "kind": "url", "format": "inventory", "hour": 3} | fields
        return await self.send("POST", SOURCES, body, status=201)

    async def comes(self, hour: int, *, days: int) -> int:
        """At that hour of a later day in Tokyo; how many rows of work that made."""
        today = (datetime.now(UTC) + TOKYO).replace(hour=hour, minute=0)
        now = today + timedelta(days=days) - TOKYO
        async with self.infra.database.work(DbRole.SYSTEM) as work:
            catalog = WITH_WORK["catalog"](self.infra, work)
            assert isinstance(catalog, CatalogService)
            await start_due_imports(now, catalog)
            await work.commit()
        return await drain(self.infra)

    async def last_run(self, source: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        return (await self.send("GET", f"{SOURCES}/{source['id']}"))["last_run"]

    async def reports(self) -> list[str]:
        """Texts of the mails about imports."""
        mails = await letters_to(self.infra, self.email)
        return [mail.text for mail in mails if "import" in mail.subject]


@pytest.fixture
async def vendor(app: Api) -> AsyncIterator[Site]:
    """A site on this machine that the operator lets us fetch from."""
    async with site() as opened:
        trusted = [ip_network("127.0.0.1/32")]
        app.parts.infra.fetcher = SafeFetcher(trusted=trusted, ports=(opened.port,))
        yield opened


@pytest.fixture
async def night(app: Api, client: httpx.AsyncClient, owner_url: str) -> Night:
    account = await register(client)
    await prove(owner_url, account)
    store = await store_of(client, account, currency="GBP", timezone="Asia/Tokyo")
    return Night(app, client, account, store)


class TestNight:
    async def test_imports_once_a_day_and_mails_what_changed(self, night: Night, vendor: Site) -> None:
        await night.product(sku="CUP", price="10.00", quantity=5)
        vendor.says(HEAD + b"Cup,CUP,8.00,5\nPot,POT,3.00,1\n,,1,1\n")
        source = await night.source(location=f"{vendor.url}/stock.csv")
        await drain(night.infra)
        assert await night.comes(2, days=1) == 0
        await asyncio.gather(*(night.comes(4, days=1) for _ in range(2)))
        assert (await night.comes(23, days=1), vendor.connections) == (0, 1)
        run = await night.last_run(source)
        assert (run["status"], run["report"]["created"], run["report"]["updated"]) == ("imported", 1, 1)
        (text,) = await night.reports()
        assert "CUP Cup: 10.00 GBP → 8.00 GBP" in text
        assert "Rows refused: 1" in text
        await night.comes(3, days=2)
        assert ((await night.last_run(source))["status"], vendor.connections) == ("unchanged", 2)
        assert len(await night.reports()) == 1

    async def test_mails_a_failure_once_a_day(self, night: Night, vendor: Site) -> None:
        vendor.says(status="500 Broken")
        source = await night.source(location=f"{vendor.url}/stock.csv")
        for _ in range(2):
            job = await night.send("POST", f"{SOURCES}/{source['id']}/run", status=202)
            await drain(night.infra)
        run = await night.last_run(source)
        assert (run["status"], run["job_id"], run["report"]) == ("failed", job["job_id"], None)
        (text,) = await night.reports()
        assert run["message"] in text
        assert vendor.connections == 2

    async def test_takes_the_newest_file_of_the_folder(self, night: Night, home: Path) -> None:
        folder = home / "incoming" / str(night.store)
        folder.mkdir(parents=True)
        for age, price in enumerate(["2.00", "1.00"]):
            path = folder / f"stock-{age}.csv"
            path.write_bytes(HEAD + f"Cup,CUP,{price},1\n".encode())
            os.utime(path, (2_000_000_000 - age, 2_000_000_000 - age))
        source = await night.source(kind="folder", location="stock-*.csv")
        await night.comes(3, days=1)
        assert (await night.last_run(source))["file"] == "stock-0.csv"
        (offer,) = (await night.send("GET", "/offers"))["items"]
        assert offer["price"]["amount"] == "2.00"
        changed = await night.send("PATCH", f"{SOURCES}/{source['id']}", {"location": "none.csv"})
        assert changed["version"] == 2
        await night.comes(3, days=2)
        assert (await night.last_run(source))["status"] == "failed"
        await night.send("DELETE", f"{SOURCES}/{source['id']}", status=204)
        assert await night.comes(3, days=3) == 0

    async def test_have_names_without_blanks_around_them(self, night: Night) -> None:
        source = await night.source(name=" Vendor\n", location="https://vendor.example/a.csv")
        assert source["name"] == "Vendor"

    @pytest.mark.parametrize(
        ("fields", "pointer"),
        [
            ({"location": "http://127.0.0.1/stock.csv"}, "/location"),
            ({"location": "file:///etc/passwd"}, "/location"),
            ({"kind": "folder", "location": "../other/stock.csv"}, "/location"),
            ({"kind": "folder", "location": "*/stock.csv"}, "/location"),
            ({"kind": "ftp"}, "/kind"),
            ({"hour": 24}, "/hour"),
            ({"format": "excel"}, "/format"),
        ],
    )
    async def test_refuses_places_that_are_none(
        self, night: Night, fields: dict[str, object], pointer: str
    ) -> None:
        body = {"name": "V", "kind": "url", "location": "https://vendor.example/a.csv", "format": "inventory"}
        problem = await night.send("POST", SOURCES, body | {"hour": 3} | fields, status=400)
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
