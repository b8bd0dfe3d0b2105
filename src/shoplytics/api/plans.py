"""What the edge knows of each route before the first request: read from its signature once, at the start."""

import sys
import types
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any, TypeAlias

import msgspec
from litestar import Litestar
from litestar._kwargs import KwargsModel
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import Method

from shoplytics.api.budgets import BUDGETS
from shoplytics.api.parts import Parts
from shoplytics.kernel.access import Audience, Permission
from shoplytics.kernel.codec import decode_hook
from shoplytics.kernel.module import Module

BODY_LIMIT = 64 * 1024
REQUEST_SECONDS = 15.0
Pairs: TypeAlias = Sequence[tuple[str, str]]
TagsOf: TypeAlias = Callable[[Mapping[str, object], Pairs], Collection[str] | None]
"""The tags of an answer by its path's parameters and its query; None for one that is not to be kept."""

CALLERS = {"actor", "client", "request", "work"}


class RouteError(RuntimeError):
    """A route that must not be served; stops the start."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """`body_type` is the annotation of `data` (None: no JSON body is read), `query` the known parameters.

    `whole` are those of `query` that take whole numbers only, `decimal` those that take any. The kept
    answer of a `secret` route is sealed: it tells something that is stored nowhere else. `recent` is for
    what a stolen token must not do: the caller's session has to have proved itself lately. `foreign_query` is
    for addresses that others send browsers to, with parameters of their own. `own_work` is for services that
    end units of work of their own, and the request has none: an Idempotency-Key is claimed before the deed
    and the answer kept after it. So one deed at a time is done under a key; when a process dies in between it
    is done again, which it must bear. `console` is for pages, whose
    caller is known by a cookie and by nothing else; `at_home` for those that whoever sits at this machine may
    read unknown (console/browser.py). `copies` says what a kept answer tells of, and
    `own_tag` that its version is what If-Match of a change takes (api/kept.py). `keyed` is for what finds all
    it needs by keys: see Scope in adapters/postgres/work.py.
    """

    name: str
    method: str
    template: str
    permission: Permission
    body_type: Any = None
    body_optional: bool = False
    decoder: "msgspec.json.Decoder[Any] | None" = None
    body_limit: int = BODY_LIMIT
    raw_body: bool = False
    upload: bool = False
    if_match: bool = False
    query: Mapping[str, str] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()
    decimal: frozenset[str] = frozenset()
    repeatable: frozenset[str] = frozenset()
    foreign_query: bool = False
    idempotent: bool = False
    own_work: bool = False
    secret: bool = False
    recent: bool = False
    console: bool = False
    at_home: bool = False
    budget: str | None = None
    seconds: float = REQUEST_SECONDS
    copies: TagsOf | None = None
    own_tag: bool = False
    keyed: bool = False
    metrics: dict[int, Any] = field(default_factory=dict)

    @property
    def signs_in(self) -> bool:
        """Whoever signs in may still carry a token that has ended; it counts as none."""
        return self.budget == "auth" and self.audience is Audience.SYSTEM

    @property
    def audience(self) -> Audience:
        return self.permission.audience


def permissions_of(modules: Sequence[Module]) -> dict[str, Permission]:
    """Every declared permission by name. Raises RouteError when two modules declare one name differently."""
    found: dict[str, Permission] = {}
    for module in modules:
        for permission in module.permissions:
            if found.setdefault(permission.name, permission) != permission:
                msg = f"The permission {permission.name!r} of module {module.name!r} is declared twice."
                raise RouteError(msg)
    return found


def plans_of(
    app: Litestar, permissions: Mapping[str, Permission], parts: Parts
) -> dict[HTTPRouteHandler, Plan]:
    """A plan for every handler. Raises RouteError, naming the route, for one that breaks a rule."""
    plans: dict[HTTPRouteHandler, Plan] = {}
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for method, (handler, model) in route.route_handler_map.items():
            # One after the other: the services of a request share one connection, and tasks cost more.
            model.dependency_batches = [{one} for batch in model.dependency_batches for one in batch]
            if handler.handler_name != "options_handler":
                plans[handler] = _plan(route, method, permissions, parts)
    return plans


def _plan(route: HTTPRoute, method: Method, permissions: Mapping[str, Permission], parts: Parts) -> Plan:
    handler, model = route.route_handler_map[method]
    opt = handler.opt
    where = f"{method} {route.path_format} ({handler.handler_name})"
    permission = permissions.get(str(opt.get("permission")))
    if permission is None:
        named = (
            f"names the undeclared permission {opt['permission']!r}" if "permission" in opt else "has none"
        )
        msg = f"Every route needs a declared permission=; {where} {named}."
        raise RouteError(msg)
    _check_scope(where, route, handler, permission, parts)
    data = handler.parsed_fn_signature.parameters.get("data")
    raw_body = bool(opt.get("raw_body"))
    body_type = data.annotation if data is not None and not raw_body else None
    return Plan(
        name=handler.handler_name,
        method=method,
        template=route.path_format,
        permission=permission,
        body_type=body_type,
        body_optional=bool(data is not None and data.is_optional),
        decoder=msgspec.json.Decoder(body_type, dec_hook=decode_hook) if body_type is not None else None,
        body_limit=int(opt.get("body_limit", BODY_LIMIT)),
        raw_body=raw_body,
        upload="upload" in handler.parsed_fn_signature.parameters,
        if_match="if_match" in handler.parsed_fn_signature.parameters,
        query={p.field_alias: p.field_name for p in model.expected_query_params},
        whole=_of_kinds(handler, model, {int}),
        decimal=_of_kinds(handler, model, {float}) | _of_kinds(handler, model, {Decimal}),
        repeatable=frozenset(opt.get("repeatable", ())),
        foreign_query=bool(opt.get("foreign_query")),
        idempotent=bool(opt.get("idempotent")),
        own_work=bool(opt.get("own_work")),
        secret=bool(opt.get("secret")),
        recent=bool(opt.get("recent")),
        console=bool(opt.get("console")),
        at_home=bool(opt.get("at_home")),
        budget=_budget(where, opt.get("budget"), permission),
        seconds=float(opt.get("seconds", REQUEST_SECONDS)),
        copies=opt.get("copies"),
        own_tag=bool(opt.get("own_tag")),
        keyed=bool(opt.get("keyed")),
    )


def _budget(where: str, named: str | None, permission: Permission) -> str | None:
    if named is None and permission.name.startswith("auth:"):
        return "auth"
    if named is not None and named not in BUDGETS:
        msg = f"{where} names the budget {named!r}; there are {', '.join(BUDGETS)}."
        raise RouteError(msg)
    return named


def _of_kinds(handler: HTTPRouteHandler, model: KwargsModel, wanted: set[type]) -> frozenset[str]:
    found = set()
    for parameter in model.expected_query_params:
        field = handler.parsed_fn_signature.parameters.get(parameter.field_name)
        if field is None:
            continue
        inner = {one.annotation for one in field.inner_types} - {types.NoneType}
        if (inner or {field.annotation}) == wanted:
            found.add(parameter.field_alias)
    return frozenset(found)


def _check_scope(
    where: str, route: HTTPRoute, handler: HTTPRouteHandler, permission: Permission, parts: Parts
) -> None:
    audience = permission.audience
    if audience is Audience.STORE and "store_id" not in route.path_parameters:
        msg = f"{where} is for members of a store, so its path must hold {{store_id:uuid}}."
        raise RouteError(msg)
    if handler.opt.get("recent") and audience in {Audience.PUBLIC, Audience.SYSTEM}:
        msg = f"{where} is for anyone, so it cannot want a recent=True sign-in."
        raise RouteError(msg)
    if handler.opt.get("keyed") and audience is not Audience.SYSTEM:
        msg = f"{where} is not the system's own work, so it cannot be keyed=True."
        raise RouteError(msg)
    _check_names(where, handler, parts)
    names = handler.parsed_fn_signature.parameters
    if handler.opt.get("own_work") and any(name == "work" or name in parts.with_work for name in names):
        msg = f"{where} ends its own units of work (own_work=True), so it cannot take part in one."
        raise RouteError(msg)
    if handler.opt.get("copies") and (audience is not Audience.PUBLIC or CALLERS & set(names)):
        msg = f"{where} is not the same for everybody, so its answers cannot be kept (copies=)."
        raise RouteError(msg)
    if audience is not Audience.PUBLIC:
        return
    if handler.opt.get("idempotent"):
        msg = f"{where} is public and has no unit of work, so it cannot be idempotent=True."
        raise RouteError(msg)
    for name in names:
        if name == "work" or (name in parts.with_work and not parts.has_alone(name)):
            msg = f"{where} is public, but {name!r} needs a unit of work."
            raise RouteError(msg)


def _check_names(where: str, handler: HTTPRouteHandler, parts: Parts) -> None:
    """What is given by name hides a query parameter of that name, and the handler gets the wrong thing."""
    for name, parameter in handler.parsed_fn_signature.parameters.items():
        if name in parts.names and (parameter.has_default or not _is_service(parameter.annotation)):
            msg = f"{where} takes {name!r}, which is the name of a service: one of them needs another name."
            raise RouteError(msg)


def _is_service(annotation: object) -> bool:
    """A class of ours that holds no value."""
    if not isinstance(annotation, type) or issubclass(annotation, (Enum, msgspec.Struct)):
        return False
    return annotation.__module__.partition(".")[0] not in sys.stdlib_module_names
