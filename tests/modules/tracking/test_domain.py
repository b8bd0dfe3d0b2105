"""What is kept of an address, a page and a referrer."""

import json
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from shoplytics.kernel.errors import Invalid
from shoplytics.modules.tracking import domain
from shoplytics.modules.tracking.schemas import read_track

STORE = UUID(int=7)


def visitor(**changed: object) -> int:
    known = {"salt": b"s" * 32, "store_id": STORE, "address": "192.0.2.7", "user_agent": "Firefox"} | changed
    return domain.visitor_id(**known)  # type: ignore[arg-type]


class TestVisitorId:
    def test_knows_a_network_not_an_address(self) -> None:
        assert visitor() == visitor(address="192.0.2.200")
        assert visitor() != visitor(address="192.0.3.7")
        assert visitor(address="2001:db8:1:2::1") == visitor(address="2001:db8:1:ffff::9")
        assert visitor(address="2001:db8:1::1") != visitor(address="2001:db8:2::1")

    @pytest.mark.parametrize(
        "changed", [{"salt": b"t" * 32}, {"store_id": UUID(int=8)}, {"user_agent": "Safari"}]
    )
    def test_differs_by_salt_store_and_agent(self, changed: dict[str, object]) -> None:
        assert visitor() != visitor(**changed)


class TestPlace:
    def test_keeps_the_path_and_the_campaign_and_drops_the_rest_of_the_query(self) -> None:
        found = domain.place("https://shop.example/tea?email=a@example.com&utm_source=mail&utm_medium=#top")
        assert (found.path, found.host, found.campaign) == ("/tea", "shop.example", {"utm_source": "mail"})
        assert domain.place("/tea?token=1").path == "/tea"

    def test_keeps_no_control_characters_of_a_campaign(self) -> None:
        found = domain.place("/tea?utm_source=%00ma%0Ail&utm_medium=%00")
        assert found.campaign == {"utm_source": "mail"}

    @pytest.mark.parametrize(
        "url",
        [
            "",
            "tea",
            "javascript:alert(1)",
            "ftp://x/y",
            "https://[bad",
            "http://",
            "/te\na",
            "/\x01",
            "\x1b/tea",
            "/tea\x7f",
            "/\x85",
            "https://shop.example/te\ta",
        ],
    )
    def test_refuses_what_is_no_page(self, url: str) -> None:
        with pytest.raises(domain.InvalidAddress):
            domain.place(url)

    def test_names_other_hosts_as_referrers(self) -> None:
        assert domain.referrer_host("https://www.Example.org/a?b", own="shop.example") == "example.org"
        assert domain.referrer_host("https://shop.example/", own="shop.example") is None
        assert domain.referrer_host("https://[", own=None) is None
        assert domain.referrer_host(None, own=None) is None
        assert domain.referrer_host("https://a\x01b.example/", own=None) is None


class TestMoment:
    def test_begins_an_hour_where_the_stores_clock_does(self) -> None:
        at = datetime(2026, 3, 1, 20, 20, tzinfo=UTC)
        found = domain.moment(at, ZoneInfo("Asia/Kathmandu"))  # 02:05 on the next day
        assert (found.day, found.hour) == (date(2026, 3, 2), datetime(2026, 3, 1, 20, 15, tzinfo=UTC))


class TestBody:
    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (b"", "malformed_json"),
            (b"\xff", "malformed_json"),
            (b'{"path":' + b"[" * 50_000, "invalid"),
            (b'{"path": "a\\u0000"}', "invalid_text"),
            (b'{"path": 1}', "invalid"),
            (b'{"nonsense": 1}', "invalid"),
            (b'{"engaged_ms": -1}', "invalid"),
            (b'{"engaged_ms": 1800001}', "invalid"),
            (b'{"engaged_ms": 1e99}', "invalid"),
            (b'{"page_id": ""}', "invalid"),
            (b'{"store_id": "x"}', "invalid"),
            (b'{"path": "/", "path": "/"}', "duplicate_key"),
            (b'{"path":"/a" ,"page_id"\n:1,"page_id" : 2}', "duplicate_key"),
            (b'{"path": "/", "p\\u0061th": "/"}', "duplicate_key"),
        ],
    )
    def test_refuses_nonsense_and_says_where(self, body: bytes, code: str) -> None:
        with pytest.raises(Invalid) as caught:
            read_track(body)
        assert code in {caught.value.code, *(error.code for error in caught.value.errors)}

    @pytest.mark.parametrize("text", ['path":', "a:b,c:d", '"path":1,"path":2', "\\", '\\"path":'])
    def test_takes_texts_that_look_like_keys(self, text: str) -> None:
        assert read_track(json.dumps({"url": text, "path": "/"}).encode()).url == text

    def test_takes_a_page_named_by_a_very_long_number(self) -> None:
        assert read_track(b'{"path": "\\/", "page_id": 1%s}' % (b"0" * 4200)).path == "/"
