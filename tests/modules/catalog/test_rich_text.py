"""What is left of a description: nothing that runs, nothing that leads elsewhere unseen."""

import re
from html.parser import HTMLParser

import httpx
import pytest

from shoplytics.modules.catalog.service.rich_text import rich_text
from tests.modules.catalog.merchants import open_shop

ATTACKS = (
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "<<script>alert(1)//<</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    '<img src="https://e.example/a.png" onload="alert(1)" style="x:expression(alert(1))">',
    '<img src="data:image/svg+xml;base64,PHN2Zz4=">',
    '<img src="mailto:a@e.example"><img src="//evil.example/a.png"><img src="/me/avatar">',
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" java\nscript:alert(1)">x</a>',
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:x" target=_blank rel=opener id=location name=cookie>x</a>',
    '<a href="//evil.example">x</a><a href="/console/sign-out">x</a>',
    "<svg onload=alert(1)><animate onbegin=alert(1) attributeName=x /></svg>",
    '<svg><p><style><img title="</style><img src=x onerror=alert(1)>">',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    "<template><img src=x onerror=alert(1)></template>",
    "<select><template><img src=x onerror=alert(1)></template></select>",
    "<xmp><script>alert(1)</script></xmp><textarea><img src=x onerror=alert(1)></textarea>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe><object data=x></object><embed src=x>",
    "<form action=//evil.example><input autofocus onfocus=alert(1)><button formaction=x>y</button></form>",
    '<p style="position:fixed" class=modal id=app onclick=alert(1)>text</p>',
    "<base href=//evil.example><link rel=stylesheet href=x><meta http-equiv=refresh content=0>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]--><?xml-stylesheet href=x?>",
    '<table background="javascript:alert(1)"><tr><td colspan="2;x" onmouseover=alert(1)>x</td></tr></table>',
    "<b <script>alert(1)</script>0</b>",
    "<p/onmouseover=alert(1)//>x",
    "<a\x0bhref=\x01javascript:alert(1)>x</a>",
)
KEPT = {
    "a": {"href", "rel"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
BANNED = re.compile(
    r"script|svg|math|iframe|object|style|template|textarea|form|input|base|link|meta|xmp|button"
)


class _Reader(HTMLParser):
    """Collects what should not be there."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if BANNED.fullmatch(tag):
            self.wrong.append(tag)
        for name, value in attrs:
            if name not in KEPT.get(tag, set()):
                self.wrong.append(f"{tag} {name}")
            if name in {"href", "src"} and not re.match(r"https?://|mailto:", value or ""):
                self.wrong.append(f"{tag} {value}")
            if tag == "a" and dict(attrs).get("rel") != "noopener nofollow":
                self.wrong.append("a link that may open us")

    def handle_comment(self, data: str) -> None:
        self.wrong.append(data)


class TestRichText:
    @pytest.mark.parametrize("attack", ATTACKS)
    def test_keeps_nothing_that_runs(self, attack: str) -> None:
        cleaned = rich_text(attack)
        reader = _Reader()
        reader.feed(cleaned)
        reader.close()
        assert reader.wrong == []
        assert rich_text(cleaned) == cleaned

    @pytest.mark.parametrize(
        "text",
        [
            "One & two, 3 < 4 > 2; <3 &amp; \"quoted\" & 'so'\n\nas typed  ",
            "",
            "<h2>Care</h2><p>Wash <strong>cold</strong>.</p><ul><li>a</li></ul>",
            '<a href="https://e.example/a?b=1&amp;c=2" rel="noopener nofollow">how</a>',
            '<table><thead><tr><th colspan="2">S</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>',
            '<blockquote>q</blockquote><img src="https://e.example/a.png" alt="A cup">',
        ],
    )
    def test_leaves_what_is_harmless_as_it_is(self, text: str) -> None:
        assert rich_text(text) == text

    async def test_is_what_every_door_lets_in_and_search_reads(self, client: httpx.AsyncClient) -> None:
        merchant = await open_shop(client)
        sent = (
            '<p class="zebra">Glazed<script>alert(1)</script></p><a href="https://giraffe.example/">pot</a>'
        )
        kept = '<p>Glazed</p><a href="https://giraffe.example/" rel="noopener nofollow">pot</a>'
        made = await merchant.product(description=sent, price="1")
        assert made["description"] == kept
        other = await merchant.product(description="plain <3")
        changed = await merchant.send("PATCH", f"/products/{other['id']}", {"description": sent})
        assert changed["description"] == kept
        for word, number in (("glazed", 2), ("pot", 2), ("giraffe", 0), ("nofollow", 0), ("zebra", 0)):
            found = (await client.get(f"/api/v1/products?q={word}")).json()["items"]
            assert len(found) == number, word
