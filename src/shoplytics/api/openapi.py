"""The OpenAPI document: Litestar's view of the routes, with what only the edge knows added."""

import re
import warnings
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

import msgspec
from litestar import Litestar
from litestar._openapi.plugin import OpenAPIPlugin
from litestar._openapi.schema_generation import SchemaCreator
from litestar.exceptions import LitestarDeprecationWarning
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import OpenAPIType, Schema
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition

from shoplytics.api.plans import Plan
from shoplytics.kernel.access import Audience
from shoplytics.kernel.money import Money
from shoplytics.kernel.patterns import END

Document = dict[str, Any]
PROBLEM = {"$ref": "#/components/responses/Problem"}
WHO = {
    Audience.PUBLIC: "Anyone.",
    Audience.SYSTEM: "Anyone.",
    Audience.USER: "Any signed-in user.",
    Audience.PLATFORM: "Platform administrators.",
}
DESCRIPTION = """JSON over HTTP. Money is a decimal string with its currency, times are UTC (RFC 3339).
Lists take `limit` and `cursor`; errors are problem documents (RFC 9457) that name every bad field at once.
Unknown fields and unknown query parameters are refused."""


class MoneySchema(OpenAPISchemaPlugin):
    """Money on the wire, for the document."""

    @staticmethod
    def is_plugin_supported_type(value: Any) -> bool:  # noqa: ANN401 - any annotation
        return value is Money

    def to_openapi_schema(self, field_definition: FieldDefinition, schema_creator: SchemaCreator) -> Schema:
        amount = Schema(type=OpenAPIType.STRING, pattern=r"^-?[0-9]+(\.[0-9]+)?" + END, examples=["19.99"])
        currency = Schema(type=OpenAPIType.STRING, pattern="^[A-Z]{3}" + END, examples=["NGN"])
        return Schema(
            type=OpenAPIType.OBJECT,
            description="A decimal string with at most the currency's digits, and an ISO 4217 code.",
            properties={"amount": amount, "currency": currency},
            required=["amount", "currency"],
        )


def operation_id(template: str, method: str) -> str:
    """`GET /stores/{id}/orders` is `get_stores_id_orders`: stable while the address is."""
    path = template.removeprefix("/api/v1")
    words = re.findall(r"[a-z0-9]+", path.replace("_id}", "}").lower())
    return "_".join([method.lower(), *words])


def build_document(app: Litestar, plans: Mapping[HTTPRouteHandler, Plan], public_url: str) -> Document:
    """OpenAPI 3.1 of every route in the schema."""
    plugin = app.plugins.get(OpenAPIPlugin)
    plugin._openapi_config = OpenAPIConfig(  # noqa: SLF001 - its own setter would add routes without permissions
        title="Shoplytics",
        version=version("shoplytics"),
        description=DESCRIPTION,
        use_handler_docstrings=True,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LitestarDeprecationWarning)
        document: Document = plugin.provide_openapi_schema()
    document["servers"] = [{"url": public_url}]
    components = document.setdefault("components", {})
    components.setdefault("schemas", {}).update(_SCHEMAS)
    components["responses"] = {"Problem": _PROBLEM_RESPONSE}
    components["securitySchemes"] = _SECURITY_SCHEMES
    for handler, plan in plans.items():
        operation = document.get("paths", {}).get(plan.template, {}).get(plan.method.lower())
        if operation is not None:
            _complete(operation, plan)
            if _tagged(handler, plan):
                _describe_tag(operation)
            if "body" in handler.opt:
                _describe_body(operation, components["schemas"], handler.opt)
            if plan.body_type is not None:
                _keep_zeros(components["schemas"], msgspec.inspect.type_info(plan.body_type))
    _drop_default_errors(document)
    return document


def _keep_zeros(schemas: Document, kind: msgspec.inspect.Type) -> None:
    """Litestar drops a least value of 0 from what may be null or left out."""
    if isinstance(kind, msgspec.inspect.UnionType):
        for one in kind.types:
            _keep_zeros(schemas, one)
    elif isinstance(kind, msgspec.inspect.ListType):
        _keep_zeros(schemas, kind.item_type)
    elif isinstance(kind, msgspec.inspect.StructType):
        properties = schemas.get(kind.cls.__name__, {}).get("properties", {})
        for field in kind.fields:
            if any(getattr(one, "ge", None) == 0 for one in _alternatives(field.type)):
                properties[field.encode_name].setdefault("minimum", 0)
            _keep_zeros(schemas, field.type)


def _alternatives(kind: msgspec.inspect.Type) -> Iterator[msgspec.inspect.Type]:
    yield from kind.types if isinstance(kind, msgspec.inspect.UnionType) else (kind,)


def _complete(operation: Document, plan: Plan) -> None:
    audience = plan.audience
    operation["operationId"] = operation_id(plan.template, plan.method)
    bearer: list[Document] = [{"bearer": []}]
    operation["security"] = [{}, *bearer] if audience in {Audience.PUBLIC, Audience.SYSTEM} else bearer
    roles = ", ".join(sorted(plan.permission.roles))
    keys = ", and API keys with the scope" if plan.permission.keys else ""
    who = WHO.get(audience) or f"Members of the store who are {roles}{keys}."
    told = operation.get("description") or ""
    lately = (
        " The password must have been given within 15 minutes (403 `reauth_required`)." if plan.recent else ""
    )
    operation["description"] = f"{told}\n\n{who} Permission `{plan.permission.name}`.{lately}".strip()
    operation["x-permission"], operation["x-audience"] = plan.permission.name, audience.value
    if plan.permission.roles:
        operation["x-roles"] = sorted(role.value for role in plan.permission.roles)
    responses = operation.setdefault("responses", {})
    responses.pop("400", None)
    responses["default"] = PROBLEM
    parameters = operation.setdefault("parameters", [])
    if plan.idempotent:
        parameters.append(_header("Idempotency-Key", "The same key and body again replays the first answer."))
    if plan.if_match:
        parameters.append(_header("If-Match", "The ETag last seen; 412 when it is no longer the newest."))
    if plan.upload:
        operation["requestBody"] = _FILE_BODY
    if not parameters:
        del operation["parameters"]


def _tagged(handler: HTTPRouteHandler, plan: Plan) -> bool:
    """Whether the answer has an ETag, being kept or a view with a version (see answers.py)."""
    view = handler.parsed_fn_signature.return_type.annotation
    versioned = (
        isinstance(view, type)
        and issubclass(view, msgspec.Struct)
        and any(field.name == "version" and field.type is int for field in msgspec.structs.fields(view))
    )
    return plan.method == "GET" and (versioned or plan.copies is not None)


def _describe_tag(operation: Document) -> None:
    operation["responses"]["200"].setdefault("headers", {})["ETag"] = _ETAG
    operation["responses"]["304"] = {"description": _UNCHANGED, "headers": {"ETag": _ETAG}}
    seen = _header("If-None-Match", "ETags of answers you have; 304 without a body when one is still right.")
    operation.setdefault("parameters", []).append(seen)


def _describe_body(operation: Document, schemas: Document, opt: Mapping[str, Any]) -> None:
    """Of a handler that reads JSON itself and says so: `body=` the struct, `example=` a body."""
    (schema,), found = msgspec.json.schema_components(
        [opt["body"]], ref_template="#/components/schemas/{name}"
    )
    schemas.update(found)
    content = {"schema": schema, "example": opt["example"]}
    operation["requestBody"] = {"required": True, "content": {"application/json": content}}


def _header(name: str, description: str) -> Document:
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": description,
        "schema": {"type": "string", "maxLength": 255},
    }


def _drop_default_errors(document: Document) -> None:
    """Litestar's own error shape, which no route of ours answers with."""
    for name in ("ValidationException", "HTTPException"):
        document["components"]["schemas"].pop(name, None)


_UNCHANGED = "What If-None-Match names is still right."
_ETAG: Document = {"description": "Of this state of the answer.", "schema": {"type": "string"}}
_SCHEMAS: Document = {
    "FieldError": {
        "type": "object",
        "required": ["pointer", "code", "message"],
        "properties": {
            "pointer": {
                "type": "string",
                "description": "A JSON Pointer (RFC 6901) into the body, or `?name` of a query parameter.",
            },
            "code": {"type": "string"},
            "message": {"type": "string"},
        },
    },
    "Problem": {
        "type": "object",
        "required": ["type", "title", "status", "detail", "instance", "code", "request_id", "errors"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "instance": {"type": "string"},
            "code": {"type": "string", "description": "Stable; decide by this."},
            "request_id": {"type": "string"},
            "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldError"}},
        },
    },
}
_PROBLEM_RESPONSE: Document = {
    "description": (
        "A refusal (RFC 9457): 400 invalid, 401 not signed in, 403 a missing role, 404 also for what belongs"
        " to others, 409 conflict, 412 stale, 413, 415, 422 a reused key, 429 and 503 with Retry-After."
    ),
    "content": {
        "application/problem+json": {
            "schema": {"$ref": "#/components/schemas/Problem"},
            "example": {
                "type": "urn:shoplytics:problem:out_of_range",
                "title": "Bad Request",
                "status": 400,
                "detail": "The request is malformed or has invalid values.",
                "instance": "/api/v1/products",
                "code": "out_of_range",
                "request_id": "0199f0a4-8d5e-7c3a-9f51-6d1f6e0c7a11",
                "errors": [
                    {
                        "pointer": "?limit",
                        "code": "out_of_range",
                        "message": "Give a whole number from 1 to 100.",
                    }
                ],
            },
        }
    },
}
_SECURITY_SCHEMES: Document = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An access token from `POST /auth/login`, or a store's API key (`sk_...`).",
    }
}
_FILE_BODY: Document = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {"file": {"type": "string", "format": "binary"}},
            }
        }
    },
}
