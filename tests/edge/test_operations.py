"""Health, metrics and docs of the whole application."""

import re
from typing import Any

import httpx
import yaml

from shoplytics.api import Api


class TestHealth:
    async def test_is_alive(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/health/live")).json() == {"status": "ok"}

    async def test_is_ready_with_its_parts(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/health/ready")
        assert answer.status_code == 200
        assert answer.json() == {"status": "ok", "database": "up", "migrations": "up", "redis": "up"}


class TestMetrics:
    async def test_name_routes_not_addresses(self, client: httpx.AsyncClient) -> None:
        await client.get("/api/v1/jobs/0199f0a4-8d5e-7c3a-9f51-6d1f6e0c7a11")
        await client.get("/nowhere/secret-token")
        text = (await client.get("/metrics")).text
        assert 'route="/api/v1/jobs/{job_id}",status="401"' in text
        assert 'route="(no route)",status="404"' in text
        assert "0199f0a4" not in text
        assert "secret-token" not in text


class TestDocs:
    async def test_pages_need_nothing_from_elsewhere(self, client: httpx.AsyncClient) -> None:
        for path in ("/docs", "/docs/redoc"):
            page = await client.get(path)
            assert page.status_code == 200
            assert not re.search(r"(src|href|url)\s*[=:]\s*[\"']?(https?:)?//", page.text)
            policy = page.headers["content-security-policy"]
            nonce = re.search(r"script-src 'nonce-([^']+)'", policy)
            assert nonce is not None
            assert page.text.count(f'nonce="{nonce[1]}"') == page.text.count("<script")
            assert "http" not in policy
            for asset in re.findall(r'(?:src|href)="([^"]+)"', page.text):
                assert (await client.get(asset)).status_code == 200, asset

    async def test_nonces_differ(self, client: httpx.AsyncClient) -> None:
        first, second = await client.get("/docs"), await client.get("/docs")
        assert first.headers["content-security-policy"] != second.headers["content-security-policy"]

    async def test_other_assets_are_not_there(self, client: httpx.AsyncClient) -> None:
        for name in ("swagger-editor.js", "..%2f__init__.py"):
            assert (await client.get(f"/docs/assets/{name}")).status_code == 404

    async def test_document_is_the_same_in_both_forms(self, client: httpx.AsyncClient) -> None:
        document = (await client.get("/openapi.json")).json()
        assert document["openapi"].startswith("3.1")
        assert yaml.safe_load((await client.get("/openapi.yaml")).text) == document

    async def test_every_operation_is_complete(self, client: httpx.AsyncClient) -> None:
        document = (await client.get("/openapi.json")).json()
        operations = [
            (path, method, operation)
            for path, item in document["paths"].items()
            for method, operation in item.items()
            if method in {"get", "post", "put", "patch", "delete"}
        ]
        ids = [operation["operationId"] for _, _, operation in operations]
        assert len(ids) == len(set(ids)), sorted(ids)
        for path, method, operation in operations:
            where = f"{method} {path}"
            assert operation["tags"], where
            assert operation["responses"]["default"] == {"$ref": "#/components/responses/Problem"}, where
            assert "security" in operation, where
        refs = set(re.findall(r'"#/components/schemas/([^"]+)"', (await client.get("/openapi.json")).text))
        assert refs <= document["components"]["schemas"].keys()

    async def test_keeps_a_least_value_of_zero(self, probe: httpx.AsyncClient) -> None:
        schemas = (await probe.get("http://test/openapi.json")).json()["components"]["schemas"]
        low = schemas["Thing"]["properties"]["low"]
        assert (low["minimum"], low["maximum"]) == (0, 9)

    async def test_names_304_where_an_answer_has_a_tag(self, client: httpx.AsyncClient) -> None:
        paths = (await client.get("/openapi.json")).json()["paths"]

        def told(path: str, method: str = "get") -> tuple[bool, bool, bool]:
            operation = paths[f"/api/v1{path}"][method]
            names = {one["name"] for one in operation.get("parameters", ())}
            responses = operation["responses"]
            tag = any("ETag" in one.get("headers", {}) for one in responses.values())
            return "304" in responses, "If-None-Match" in names, tag

        for path in ("/products", "/products/{product_id}", "/stores/{store_id}/products/{product_id}"):
            assert told(path) == (True, True, True), path
        assert told("/stores/{store_id}/products") == (False, False, False)
        assert told("/stores/{store_id}/products/{product_id}", "patch") == (False, False, False)

    async def test_says_what_health_and_error_files_are(self, client: httpx.AsyncClient) -> None:
        paths = (await client.get("/openapi.json")).json()["paths"]

        def content(path: str) -> dict[str, Any]:
            found: dict[str, Any] = paths[path]["get"]["responses"]["200"]["content"]
            return found

        assert "$ref" in content("/health/live")["application/json"]["schema"]
        assert content("/api/v1/jobs/{job_id}/errors.csv").keys() == {"text/csv"}

    async def test_describe_a_beacons_body(self, client: httpx.AsyncClient) -> None:
        document = (await client.get("/openapi.json")).json()
        body = document["paths"]["/api/v1/track"]["post"]["requestBody"]
        content = body["content"]["application/json"]
        fields = document["components"]["schemas"]["Track"]["properties"]
        assert (body["required"], content["schema"]) == (True, {"$ref": "#/components/schemas/Track"})
        assert all("description" in str(field) for name, field in fields.items() if name != "type")
        headers = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
        answer = await client.post("/api/v1/track", json=content["example"], headers=headers)
        assert answer.json()["code"] == "unknown_store"  # nothing else is wrong with it

    async def test_money_is_a_decimal_string(self, probe: httpx.AsyncClient) -> None:
        document = (await probe.get("http://test/openapi.json")).json()
        thing = document["components"]["schemas"]
        text = str(next(schema for name, schema in thing.items() if name.endswith("ThingView")))
        assert "'amount': {'type': 'string'" in text


class TestEveryRoute:
    async def test_has_a_permission(self, app: Api) -> None:
        for route in app.app.routes:
            for handler in getattr(route, "route_handlers", []):
                assert "permission" in handler.opt or handler.handler_name == "options_handler"
