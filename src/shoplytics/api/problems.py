"""Every refusal as one problem document (RFC 9457): the only place that knows which error is which status."""

import re
from collections.abc import Mapping
from typing import Any

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException

from shoplytics.adapters.postgres.errors import shop_error_of
from shoplytics.api.asgi import Scope, header
from shoplytics.api.exchange import current
from shoplytics.api.field_errors import code_of
from shoplytics.console.pages import missing, refusal
from shoplytics.kernel import errors
from shoplytics.kernel.codec import to_json
from shoplytics.kernel.errors import FieldError, ShopError

log = structlog.get_logger("shoplytics.api")

MEDIA_TYPE = "application/problem+json"
KINDS: tuple[tuple[type[ShopError], int, str], ...] = (
    (errors.Invalid, 400, "Bad Request"),
    (errors.Unauthenticated, 401, "Unauthorized"),
    (errors.Forbidden, 403, "Forbidden"),
    (errors.NotFound, 404, "Not Found"),
    (errors.Conflict, 409, "Conflict"),
    (errors.Stale, 412, "Precondition Failed"),
    (errors.TooLarge, 413, "Content Too Large"),
    (errors.UnsupportedMedia, 415, "Unsupported Media Type"),
    (errors.KeyReused, 422, "Unprocessable Content"),
    (errors.RateLimited, 429, "Too Many Requests"),
    (errors.Unavailable, 503, "Service Unavailable"),
)
RETRY_SECONDS = 1
NOT_FOUND = 404
MISSING = re.compile(r"Missing required (\w+) parameter '([^']*)'")


class Problem:
    """A status and the document that goes with it."""

    __slots__ = ("document", "headers", "status")

    def __init__(self, status: int, document: dict[str, object], headers: Mapping[str, str]) -> None:
        self.status = status
        self.document = document
        self.headers = headers


def _document(
    status: int, title: str, detail: str, code: str, found: tuple[FieldError, ...] = ()
) -> dict[str, object]:
    exchange = current()
    return {
        "type": f"urn:shoplytics:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": exchange.scope["path"],
        "code": code,
        "request_id": exchange.request_id,
        "errors": found,
    }


def of_shop_error(error: ShopError) -> Problem:
    """By its kind; an error whose fields all failed for one reason takes that reason as its code."""
    status, title = next(((s, t) for kind, s, t in KINDS if isinstance(error, kind)), (400, "Bad Request"))
    code = error.code
    reasons = {field.code for field in error.errors}
    if code == errors.Invalid.code and len(reasons) == 1:
        code = reasons.pop()
    headers = dict(error.headers)
    if status == 401:  # noqa: PLR2004 - the status this line is about
        headers.setdefault("WWW-Authenticate", 'Bearer realm="shoplytics"')
    if error.retry_after is not None or status in {429, 503}:
        headers["Retry-After"] = str(error.retry_after or RETRY_SECONDS)
    return Problem(status, _document(status, title, str(error), code, error.errors) | error.extra, headers)


def of_http_exception(error: HTTPException) -> Problem:
    """Litestar's own refusals (unknown route, wrong method, bad parameter) in our words."""
    if isinstance(error, ValidationException):
        return of_shop_error(_invalid(error))
    status = error.status_code
    code = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(status, "invalid")
    title = {404: "Not Found", 405: "Method Not Allowed", 413: "Content Too Large"}.get(status, "Bad Request")
    if status >= 500:  # noqa: PLR2004 - the start of the server's own errors
        return internal_error(error)
    headers = (
        {"Allow": _with_head(error.headers["allow"])} if error.headers and "allow" in error.headers else {}
    )
    detail = errors.NotFound.message if status == NOT_FOUND else title + "."
    return Problem(status, _document(status, title, detail, code), headers)


def _with_head(allowed: str) -> str:
    """HEAD is answered by the shell wherever GET is."""
    methods = allowed.split(", ")
    return ", ".join([*methods, "HEAD"]) if "GET" in methods and "HEAD" not in methods else allowed


def _invalid(error: ValidationException) -> ShopError:
    """Litestar's refusal of a parameter: a bad path is an address that does not exist."""
    missing = MISSING.match(error.detail)
    if missing:
        pointer = f"?{missing[2]}" if missing[1] == "query" else missing[2]
        return errors.invalid_field(pointer, "required", "This parameter is required.")
    extra: Any = error.extra
    found: list[FieldError] = []
    for item in extra if isinstance(extra, list) else []:
        if item.get("source") == "path":
            return errors.NotFound()
        key = item.get("key", "")
        pointer = key if item.get("source") in {"header", "cookie"} else f"?{_alias(key)}"
        found.append(FieldError(pointer, code_of(item["message"]), item["message"]))
    return errors.Invalid(errors=found)


def _alias(name: str) -> str:
    """What the caller calls the query parameter that the handler calls `name`."""
    plan = current().plan
    aliases = {} if plan is None else {inner: outer for outer, inner in plan.query.items()}
    return aliases.get(name, name)


def internal_error(error: BaseException) -> Problem:
    """Someone must change code: the log has the trace, the caller only the request id."""
    exchange = current()
    route = exchange.plan.template if exchange.plan is not None else None
    log.error("unexpected_error", request_id=exchange.request_id, route=route, exc_info=error)
    detail = "Something went wrong on our side; name the request_id when you report it."
    return Problem(500, _document(500, "Internal Server Error", detail, "internal_error"), {})


def problem_of(error: BaseException) -> Problem:
    """Whatever was raised, as a problem; nothing but a bug of ours becomes a 500."""
    if isinstance(error, ShopError):
        return of_shop_error(error)
    if isinstance(error, HTTPException):
        return of_http_exception(error)
    known = shop_error_of(error)
    if known is None:
        return internal_error(error)
    log.info(
        "refused_by_database", request_id=current().request_id, code=known.code, reason=type(error).__name__
    )
    return of_shop_error(known)


def _is_page(scope: Scope) -> bool:
    """Whether a browser asks for something to look at; programs hear of a problem, whatever they accept."""
    inside = scope["path"].startswith("/api/")
    return scope["method"] == "GET" and not inside and "text/html" in (header(scope, b"accept") or "")


def answer_of(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Litestar's exception handler for everything."""
    problem = problem_of(error)
    exchange = current()
    if exchange.plan is not None and exchange.plan.console:
        return refusal(
            (problem.status, str(problem.document["title"]), str(problem.document["detail"])),
            path=exchange.scope["path"],
            headers=exchange.scope["headers"],
            settings=exchange.parts.settings,
            more=problem.headers,
        )
    if exchange.plan is None and problem.status == NOT_FOUND and _is_page(exchange.scope):
        return missing(exchange.parts.settings)
    return Response(
        content=to_json(problem.document),
        status_code=problem.status,
        headers=dict(problem.headers),
        media_type=MEDIA_TYPE,
    )
