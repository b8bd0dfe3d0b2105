"""The API described: OpenAPI, Swagger UI and ReDoc, all from this origin."""

import asyncio
from collections.abc import Callable
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path

import msgspec
import yaml
from litestar import Controller, Response, get

from shoplytics.kernel.codec import to_json
from shoplytics.kernel.errors import NotFound

PACKAGE = "aiohttp_swagger3"  # a wheel that carries Swagger UI 5 and ReDoc 2; only its files are used
ASSETS: dict[str, tuple[str, str]] = {
    "swagger-ui.css": ("swagger_ui/swagger-ui.css", "text/css"),
    "swagger-ui-bundle.js": ("swagger_ui/swagger-ui-bundle.js", "text/javascript"),
    "favicon.png": ("swagger_ui/favicon-32x32.png", "image/png"),
    "redoc.js": ("redoc_ui/redoc.standalone.js", "text/javascript"),
}
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Shoplytics API</title><link rel="icon" href="/docs/assets/favicon.png">{head}</head>
<body>{body}</body></html>
"""
SWAGGER_HEAD = '<link rel="stylesheet" href="/docs/assets/swagger-ui.css">'
SWAGGER_BODY = """<div id="ui"></div>
<script nonce="{nonce}" src="/docs/assets/swagger-ui-bundle.js"></script>
<script nonce="{nonce}">SwaggerUIBundle({{url: "/openapi.json", dom_id: "#ui", deepLinking: true,
persistAuthorization: false, validatorUrl: null}})</script>"""
REDOC_BODY = """<div id="ui"></div><script nonce="{nonce}" src="/docs/assets/redoc.js"></script>
<script nonce="{nonce}">Redoc.init("/openapi.json", {{hideLoading: true, disableSearch: true,
theme: {{logo: {{maxWidth: "0"}}}}}}, document.getElementById("ui"))</script>"""
# Both readers build their styles at run time; scripts stay bound to the nonce and everything to this origin.
POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self'; connect-src 'self'; worker-src blob:; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
DUMPER: type[yaml.SafeDumper] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)  # libyaml's is far quicker
A_DAY = {"cache-control": "public, max-age=86400"}


class ApiDocument:
    """The OpenAPI document, built at the first request that wants it: it would slow every start."""

    def __init__(self, build: Callable[[], dict[str, object]]) -> None:
        self._build = build

    @cached_property
    def document(self) -> dict[str, object]:
        return self._build()

    @cached_property
    def json(self) -> bytes:
        return to_json(self.document)

    @cached_property
    def yaml(self) -> bytes:
        plain = msgspec.json.decode(self.json)  # defaults may be Structs, which YAML does not know
        return bytes(yaml.dump(plain, Dumper=DUMPER, sort_keys=False, encoding="utf-8"))


def _page(nonce: str, head: str, body: str) -> Response[bytes]:
    text = PAGE.format(head=head, body=body.format(nonce=nonce))
    headers = {"content-security-policy": POLICY.format(nonce=nonce)}
    return Response(text.encode(), media_type="text/html", headers=headers)


class DocsController(Controller):
    include_in_schema = False
    opt = {"permission": "operations:docs", "budget": "docs"}  # noqa: RUF012 - Litestar's own attribute

    @get("/openapi.json")
    async def openapi_json(self, api_document: ApiDocument) -> Response[bytes]:
        """OpenAPI 3.1."""
        return Response(api_document.json, media_type="application/json")

    @get("/openapi.yaml")
    async def openapi_yaml(self, api_document: ApiDocument) -> Response[bytes]:
        """The same document."""
        return Response(api_document.yaml, media_type="application/yaml")

    @get("/docs")
    async def swagger(self, nonce: str) -> Response[bytes]:
        """Swagger UI: read and try."""
        return _page(nonce, SWAGGER_HEAD, SWAGGER_BODY)

    @get("/docs/redoc")
    async def redoc(self, nonce: str) -> Response[bytes]:
        """ReDoc: read."""
        return _page(nonce, "", REDOC_BODY)

    @get("/docs/assets/{name:str}")
    async def asset(self, name: str) -> Response[bytes]:
        """Scripts and styles out of installed packages."""
        if name not in ASSETS:
            raise NotFound
        path, media_type = ASSETS[name]
        content = await asyncio.to_thread(_resource(path).read_bytes)
        return Response(content, media_type=media_type, headers=A_DAY)


@cache
def _resource(path: str) -> Path:
    """Found without importing the package, which would load another web framework."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise NotFound
    return Path(spec.origin).parent / path
