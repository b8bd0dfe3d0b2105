"""Fetches as they should be; what must never be fetched stands in tests/proofs/test_i26_fetches.py."""

import datetime
import ssl
from collections.abc import AsyncIterator
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.web import Names, Site, site

from shoplytics.adapters.fetcher import SafeFetcher
from shoplytics.adapters.fetcher.addresses import is_public
from shoplytics.ports.fetcher import AddressRefused, FetchedTooMuch, FetchFailed

HERE = (ip_network("127.0.0.0/8"),)


@pytest.fixture
async def shop() -> AsyncIterator[Site]:
    async with site() as made:
        made.says(b"content", content_type="Image/PNG; charset=x")
        yield made


def fetcher_of(shop: Site, **names: list[str]) -> SafeFetcher:
    known = Names({name.replace("_", "."): [answer] for name, answer in names.items()})
    return SafeFetcher(trusted=HERE, ports={shop.port}, resolve=known.resolve)


async def fetched(fetcher: SafeFetcher, url: str, *, limit: int = 1000, seconds: float = 10) -> bytes:
    async with fetcher.fetch(url, limit=limit, seconds=seconds) as found:
        return b"".join([chunk async for chunk in found.chunks])


class TestFetch:
    async def test_brings_what_lies_at_an_allowed_address(self, shop: Site) -> None:
        fetcher = fetcher_of(shop)
        fetcher.check(f"{shop.url}/a?b=c#d")
        async with fetcher.fetch(f"{shop.url}/a?b=c#d", limit=7, seconds=10) as found:
            assert found.media_type == "image/png"
            assert [chunk async for chunk in found.chunks] == [b"content"]
        (head,) = shop.heads
        assert head.startswith("GET /a?b=c HTTP/1.1\r\n")
        assert "Accept-Encoding: identity\r\n" in head

    async def test_asks_in_the_name_of_the_host(self, shop: Site) -> None:
        fetcher = fetcher_of(shop, shop_example=["127.0.0.1"])
        assert await fetched(fetcher, f"HTTP://Shop.Example:{shop.port}?q") == b"content"
        assert f"\r\nHost: shop.example:{shop.port}\r\n" in shop.heads[0]
        assert shop.heads[0].startswith("GET /?q HTTP/1.1\r\n")

    async def test_tries_the_next_of_its_addresses(self, shop: Site) -> None:
        fetcher = fetcher_of(shop, shop_example=["127.0.0.9", "127.0.0.1"])
        assert await fetched(fetcher, f"http://shop.example:{shop.port}/") == b"content"

    @pytest.mark.parametrize(
        ("status", "headers"),
        [
            ("404 Not Found", {}),
            ("204 No Content", {}),
            ("301 Moved", {"location": "/elsewhere"}),
            ("200 OK", {"content_encoding": "gzip"}),
        ],
    )
    async def test_refuses_any_other_answer(self, shop: Site, status: str, headers: dict[str, str]) -> None:
        shop.says(b"content", status=status, **headers)
        with pytest.raises(FetchFailed):
            await fetched(fetcher_of(shop), shop.url)
        assert shop.connections == 1

    async def test_is_never_for_more_than_its_limit(self, shop: Site) -> None:
        with pytest.raises(FetchedTooMuch):
            await fetched(fetcher_of(shop), shop.url, limit=6)
        shop.says(b"4\r\ncont\r\n4\r\nent!\r\n0\r\n\r\n", transfer_encoding="chunked")
        shop.answer = (shop.answer or b"").replace(b"content-length: 23\r\n", b"")
        assert await fetched(fetcher_of(shop), shop.url, limit=8) == b"content!"
        with pytest.raises(FetchedTooMuch):
            await fetched(fetcher_of(shop), shop.url, limit=7)

    async def test_ends_in_time_whether_the_head_or_the_body_is_late(self, shop: Site) -> None:
        shop.answer = None
        with pytest.raises(FetchFailed, match="in time"):
            await fetched(fetcher_of(shop), shop.url, seconds=0.05)
        shop.says(b"content", content_length="1000")
        shop.hold = True
        with pytest.raises(FetchFailed, match="in time"):
            await fetched(fetcher_of(shop), shop.url, seconds=0.3)

    async def test_says_when_nobody_is_there(self, shop: Site) -> None:
        with pytest.raises(FetchFailed, match="Nobody answers"):
            await fetched(fetcher_of(shop, gone_example=["127.0.0.9"]), f"http://gone.example:{shop.port}/")
        with pytest.raises(FetchFailed, match="not known"):
            await fetched(fetcher_of(shop), f"http://{'a' * 64}.example/")

    async def test_breaks_off_with_the_connection(self, shop: Site) -> None:
        shop.says(b"content", content_length="1000")
        with pytest.raises(FetchFailed, match="broke off"):
            await fetched(fetcher_of(shop), shop.url)


class TestTls:
    async def test_believes_a_certificate_of_the_name_that_was_asked_for(self, tmp_path: Path) -> None:
        server, client = contexts("shop.example", tmp_path)
        async with site(tls=server) as shop:
            shop.says(b"content")
            names = Names({name: [["127.0.0.1"]] for name in ("shop.example", "other.example")})
            fetcher = SafeFetcher(trusted=HERE, ports={shop.port}, resolve=names.resolve, tls=client)
            assert await fetched(fetcher, f"https://shop.example:{shop.port}/") == b"content"
            with pytest.raises(FetchFailed):
                await fetched(fetcher, f"https://other.example:{shop.port}/")


def contexts(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Of a server that is `name`, and of a client that believes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = built.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "server.pem"
    file.write_bytes(pem + secret)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cadata=pem.decode())


class TestAddresses:
    @pytest.mark.parametrize("text", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "192.31.196.1"])
    def test_are_public(self, text: str) -> None:
        assert is_public(ip_address(text))

    async def test_are_trusted_where_the_operator_says_so_and_only_there(self) -> None:
        fetcher = SafeFetcher(trusted=[ip_network("10.1.0.0/16")], ports={8080})
        fetcher.check("http://10.1.2.3:8080/x")
        for url in ("http://10.2.0.1/x", "http://10.1.2.3:8081/x", "http://[::ffff:10.1.2.3]/x"):
            with pytest.raises(AddressRefused):
                fetcher.check(url)
