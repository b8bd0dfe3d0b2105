"""Words that read the same are the same, however they were typed."""

import httpx
from tests.builders import register, store_of

COMPOSED, APART = "\u00c9cru", "E\u0301cru"


class TestSpelling:
    async def test_keeps_one_spelling_of_options_tags_and_titles(self, client: httpx.AsyncClient) -> None:
        owner = await register(client)
        store = await store_of(client, owner, currency="USD")
        address = f"/api/v1/stores/{store}/products"
        body = {
            "title": f" {APART} ",
            "vendor": f"{APART} ",
            "tags": [APART, f" {COMPOSED} "],
            "options": [{"name": " Colour", "values": [f" {APART}"]}],
            "variants": [{"options": {"Colour ": APART}}],
        }
        made = await client.post(address, json=body, headers=owner.headers)
        assert made.status_code == 201, made.text
        shown = made.json()
        assert (shown["title"], shown["vendor"], shown["tags"]) == (COMPOSED, COMPOSED, [COMPOSED])
        assert shown["options"] == [{"name": "Colour", "values": [COMPOSED]}]
        product = f"{address}/{shown['id']}"
        for value in (COMPOSED, APART, f" {COMPOSED} "):
            twice = {"options": {"Colour": value}}
            answer = await client.post(f"{product}/variants", json=twice, headers=owner.headers)
            assert (answer.status_code, answer.json()["code"]) == (409, "variant_exists")
        blank = await client.post(
            f"{product}/variants", json={"options": {"Colour": " "}}, headers=owner.headers
        )
        assert blank.status_code == 400
        renamed = await client.put(
            f"{product}/options",
            json={"options": [{"name": "Colour ", "values": [f"{APART} ", "Red"]}]},
            headers=owner.headers,
        )
        assert renamed.status_code == 200, renamed.text
        assert renamed.json()["options"] == [{"name": "Colour", "values": [COMPOSED, "Red"]}]
