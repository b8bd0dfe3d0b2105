"""Every refusal the house knows. A concrete error subclasses one kind and names a stable `code`.

Kinds say what went wrong; only the HTTP edge knows which status that is.
"""

from collections.abc import Sequence

import msgspec


class FieldError(msgspec.Struct, frozen=True):
    """One bad field: `pointer` is a JSON Pointer (RFC 6901) into the body, or `?name` of the query."""

    pointer: str
    code: str
    message: str


class ShopError(Exception):
    """Base of every expected failure; raised, never returned, and rolls the unit of work back."""

    code = "error"
    message = "The request could not be carried out."

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        errors: Sequence[FieldError] = (),
        retry_after: int | None = None,
        headers: dict[str, str] | None = None,
        extra: dict[str, object] | None = None,
    ) -> None:
        """`retry_after` is in seconds; `extra` adds members to the problem document (RFC 9457, part 3.2)."""
        super().__init__(message or self.message)
        self.code = code or self.code
        self.errors = tuple(errors)
        self.retry_after = retry_after
        self.headers = headers or {}
        self.extra = extra or {}


class Invalid(ShopError):
    code = "invalid"
    message = "The request is malformed or has invalid values."


class Unauthenticated(ShopError):
    code = "unauthenticated"
    message = "Sign in, or send a valid token."


class Forbidden(ShopError):
    code = "forbidden"
    message = "Your role does not allow this."


class ReauthRequired(Forbidden):
    code = "reauth_required"
    message = "Prove that it is you: POST /auth/reauthenticate, then try again."


class NotFound(ShopError):
    code = "not_found"
    message = "There is no such thing here."


class Conflict(ShopError):
    code = "conflict"
    message = "The present state does not allow this."


class Stale(ShopError):
    code = "stale"
    message = "The record has changed since you read it."


class TooLarge(ShopError):
    code = "too_large"
    message = "The body is larger than this endpoint takes."


class UnsupportedMedia(ShopError):
    code = "unsupported_media_type"
    message = "Send application/json."


class KeyReused(ShopError):
    code = "idempotency_key_reused"
    message = "This Idempotency-Key was used with another request."


class RateLimited(ShopError):
    code = "rate_limited"
    message = "Too many requests."


class Unavailable(ShopError):
    code = "unavailable"
    message = "A part this needs cannot be reached; try again."


def invalid_field(pointer: str, code: str, message: str) -> Invalid:
    """An `Invalid` about exactly one field."""
    return Invalid(errors=[FieldError(pointer=pointer, code=code, message=message)])
