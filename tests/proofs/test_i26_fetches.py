"""I26: what a stranger names is fetched from public hosts only, through every door that takes an address.

A trap listens on this machine, on a port that may be fetched from, so that nothing but the judgement of
addresses keeps fetches away from it. What would be connected to is noted; only the trap is really reached.
"""

import ast
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_network
from uuid import uuid4

import httpx
import pytest

from shoplytics.adapters.fetcher import SafeFetcher
from shoplytics.adapters.fetcher.addresses import Address, Target
from shoplytics.adapters.fetcher.answer import Answer, NotConnected
from shoplytics.adapters.fetcher.client import ask
from shoplytics.api import Api
from shoplytics.modules.catalog.schemas.images import MAX_IMAGES
from shoplytics.modules.catalog.service import SourceDoor
from shoplytics.ports.catalog import ImportSourceView
from shoplytics.ports.fetcher import AddressRefused, FetchFailed
from tests.builders import register, store_of
from tests.drain import drain
from tests.modules.catalog.fakes import FakeObjects
from tests.proofs.mutants import ROOT
from tests.proofs.proof import Mutant, account
from tests.web import Names, Site, site

PUBLIC = "93.184.216.34"
FRIEND = "127.0.0.2"  # a host that the operator trusts, and that sends its visitors on
HOSTS = """
    127.0.0.1 127.0.0.53 127.255.255.254 localhost localhost. 0 0.0.0.0 127.1 127.0.1 2130706433 0x7f000001
    0x7f.1 017700000001 0177.0.0.1 0x7f.0.0.1 10.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1 169.254.169.254
    2852039166 0xa9fea9fe 100.64.0.1 100.127.255.255 192.0.0.8 192.0.2.1 192.88.99.1 198.18.0.1 198.51.100.1
    203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255
    [::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:10.0.0.1] [::127.0.0.1] [fe80::1]
    [fc00::1] [fd00:ec2::254] [ff02::1] [fec0::1] [64:ff9b::7f00:1] [64:ff9b::169.254.169.254] [64:ff9b:1::1]
    [2002:7f00:1::] [2002:a9fe:a9fe::1] [2001::1] [2001:0:7f00:1::] [2001:db8::1] [3fff::1] [100::1]
"""
WRITTEN = [
    "file:///etc/passwd",
    "gopher://127.0.0.1:{trap}/_x",
    "ftp://127.0.0.1:{trap}/",
    "dict://127.0.0.1:{trap}/",
    "//127.0.0.1:{trap}/",
    "http:127.0.0.1:{trap}/",
    "http://",
    "http://user@127.0.0.1:{trap}/",
    "http://public.example@127.0.0.1:{trap}/",
    "http://public.example:80@127.0.0.1:{trap}/",
    "http://public.example:80\\@127.0.0.1:{trap}/",
    "http://127.0.0.1:{trap}\\@public.example/",
    "http://public.example#@127.0.0.1:{trap}/",
    "http://127.0.0.1:{trap}\t.public.example/",
    "http://127。0。0。1:{trap}/",
    "http://①②⑦.0.0.1:{trap}/",
    "http://[::1%25lo]:{trap}/",
    "http://public.example:22/",
    "http://public.example:6379/",
    "http://public.example:0/",
    "http://public.example:99999/",
    "http://public.example:-80/",
]
NAMES: dict[str, list[list[str]]] = {
    "public.example": [[PUBLIC]],
    "rebinding.example": [[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]],
    "both.example": [[PUBLIC, "127.0.0.1"]],
    "both6.example": [[PUBLIC, "::1"]],
    "none.example": [[]],
    "metadata.example": [["169.254.169.254"]],
    "scoped.example": [["fe80::1%lo"]],
    "friend.example": [[FRIEND]],
}


@dataclass
class Stage:
    """The trap, a friend that redirects to it, and a fetcher that may use the ports of both."""

    trap: Site
    friend: Site
    names: Names = field(default_factory=lambda: Names(NAMES))
    reached: set[tuple[str, int]] = field(default_factory=set)

    @property
    def fetcher(self) -> SafeFetcher:
        return SafeFetcher(
            trusted=[ip_network(f"{FRIEND}/32")],
            ports={self.trap.port, self.friend.port},
            resolve=self.names.resolve,
            ask=self._ask,
        )

    def _ask(self, target: Target, address: Address) -> AbstractAsyncContextManager[Answer]:
        self.reached.add((str(address), target.port))
        if not address.is_loopback and not address.is_unspecified:
            raise NotConnected
        return ask(target, address, tls=None)

    @property
    def targets(self) -> list[str]:
        """More than the forty of the promise; none of them may be fetched."""
        names = [name for name in NAMES if not name.startswith(("public", "friend"))]
        found = [f"http://{host}:{self.trap.port}/x" for host in (*HOSTS.split(), *names)]
        found += [text.format(trap=self.trap.port) for text in WRITTEN]
        return [*found, f"http://friend.example:{self.friend.port}/", f"http://{PUBLIC}:22/"]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with site("127.0.0.1") as trap, site(FRIEND) as friend:
        trap.says(b"secret")
        friend.says(status="302 Found", location=f"{trap.url}/secret")
        yield Stage(trap, friend)


Door = Callable[[Sequence[str]], Awaitable[list[str]]]
"""Hands addresses in and waits for what comes of them: those from which something was fetched."""


async def keeps_all_out(stage: Stage, door: Door) -> None:
    """The proof itself, for any door that fetches with the stage's fetcher."""
    assert await door(stage.targets) == []
    assert stage.trap.connections == 0
    assert stage.reached == {(PUBLIC, 80), (PUBLIC, stage.trap.port), (FRIEND, stage.friend.port)}
    assert stage.names.asked.count("rebinding.example") == 1


class TestFetcher:
    async def test_reaches_public_hosts_only(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, stage.trap.url)

        async def door(urls: Sequence[str]) -> list[str]:
            return [url for url in urls if await self._fetched(stage.fetcher, url)]

        await keeps_all_out(stage, door)
        account("I26", targets=len(stage.targets), connections=stage.trap.connections)

    async def _fetched(self, fetcher: SafeFetcher, url: str) -> bool:
        try:
            async with fetcher.fetch(url, limit=1000, seconds=5) as found:
                return [chunk async for chunk in found.chunks] != []
        except (AddressRefused, FetchFailed):
            return False

    async def test_would_spring_the_trap_if_it_went_there(self, stage: Stage) -> None:
        fetcher = SafeFetcher(trusted=[ip_network("127.0.0.1/32")], ports={stage.trap.port})
        async with fetcher.fetch(stage.trap.url, limit=1000, seconds=5) as found:
            assert [chunk async for chunk in found.chunks] == [b"secret"]
        assert stage.trap.connections == 1
        assert len(stage.targets) >= 40


class TestImportSources:
    async def test_fetch_from_public_hosts_only(self, stage: Stage) -> None:
        entrance = SourceDoor(fetcher=stage.fetcher, folder=None, objects=FakeObjects())

        async def taken(url: str) -> bool:
            try:
                await entrance.take(source_at(url), store_id=uuid4())
            except (AddressRefused, FetchFailed):
                return False
            return True

        async def door(urls: Sequence[str]) -> list[str]:
            return [url for url in urls if await taken(url)]

        await keeps_all_out(stage, door)


class TestImages:
    async def test_come_from_public_hosts_only(
        self, stage: Stage, app: Api, client: httpx.AsyncClient
    ) -> None:
        app.parts.infra.fetcher = stage.fetcher
        owner = await register(client)
        products = f"/api/v1/stores/{await store_of(client, owner)}/products"

        async def door(urls: Sequence[str]) -> list[str]:
            galleries = []
            for first in range(0, len(urls), MAX_IMAGES):
                made = await client.post(products, json={"title": "Cup"}, headers=owner.headers)
                galleries.append(f"{products}/{made.json()['id']}/images")
                for url in urls[first : first + MAX_IMAGES]:
                    asked = await client.post(
                        f"{galleries[-1]}/fetch", json={"url": url}, headers=owner.headers
                    )
                    assert asked.status_code in {202, 400}, asked.text
            await drain(app.parts.infra)
            listed = [await client.get(gallery, headers=owner.headers) for gallery in galleries]
            images = [image for answer in listed for image in answer.json()["items"]]
            assert len(images) > 20  # the others were turned away at once
            return [image["source_url"] for image in images if image["status"] != "failed"]

        await keeps_all_out(stage, door)


def source_at(url: str) -> ImportSourceView:
    """A nightly import from there."""
    now = datetime.now(UTC)
    return ImportSourceView(
        id=uuid4(),
        name="Vendor",
        kind="url",
        location=url,
        format="inventory",
        hour=3,
        active=True,
        started_on=None,
        last_run=None,
        version=1,
        created_at=now,
        updated_at=now,
    )


CLIENTS = {
    "httpx": {
        "adapters/oidc/fetch.py",
        "adapters/oidc/provider.py",
        "adapters/fetcher/client.py",
        "seed/client.py",
        "seed/owner.py",
    },
    "urllib.request": set(),
    "http.client": set(),
    "requests": set(),
    "aiohttp": set(),
    "urllib3": set(),
    "httpcore": set(),
}
"""Who may speak to other hosts by which means: providers of sign-in are named by the operator, and
the demo store is sent to our own server."""


def clients_in(source: str) -> set[str]:
    """Which of CLIENTS it imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in CLIENTS if any(f"{one}.".startswith(f"{name}.") for one in found)}


class TestClients:
    def test_are_used_where_addresses_are_judged_and_nowhere_else(self) -> None:
        root = ROOT / "src" / "shoplytics"
        users: dict[str, set[str]] = {name: set() for name in CLIENTS}
        for path in root.rglob("*.py"):
            for name in clients_in(path.read_text()):
                users[name].add(path.relative_to(root).as_posix())
        assert users == CLIENTS

    @pytest.mark.parametrize(
        "source",
        ["import httpx", "from httpx import get", "from urllib import request", "import aiohttp.web"],
    )
    def test_are_seen_however_they_are_imported(self, source: str) -> None:
        assert len(clients_in(f"def f():\n    {source}")) == 1


FETCHER = "src/shoplytics/adapters/fetcher"
PROOF = "test_i26_fetches.py::TestFetcher::test_reaches_public_hosts_only"


def _mutant(says: str, file: str, old: str, new: str) -> Mutant:
    return Mutant(promise="I26", says=says, file=f"{FETCHER}/{file}", old=old, new=new, test=PROOF)


MUTANTS = [
    _mutant(
        "the addresses of a name are not judged",
        "__init__.py",
        "        check(found, trusted=self._trusted)\n        return found",
        "        return found",
    ),
    _mutant(
        "only the first address of a name is judged",
        "__init__.py",
        "        check(found, trusted=self._trusted)\n        return found",
        "        check(found[:1], trusted=self._trusted)\n        return [*found[1:], *found]",
    ),
    _mutant(
        "the name is resolved again after it was judged",
        "__init__.py",
        "        check(found, trusted=self._trusted)\n        return found",
        "        check(found, trusted=self._trusted)\n        return await self._resolve(target.host)",
    ),
    _mutant("redirects are followed", "client.py", "follow_redirects=False", "follow_redirects=True"),
    _mutant("proxies of the environment are used", "client.py", "verify=tls, trust_env=False", "verify=tls"),
    _mutant("any port will do", "addresses.py", "if port not in ports:", "if port == 0:"),
    _mutant(
        "IPv6 addresses that hold private IPv4 ones pass",
        "addresses.py",
        'UNICAST = ip_network("2000::/3")',
        'UNICAST = ip_network("::/0")',
    ),
    _mutant("link-local addresses pass", "addresses.py", '        "169.254.0.0/16",\n', ""),
]
