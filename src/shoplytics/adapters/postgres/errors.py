"""What PostgreSQL's refusals mean in the house's words."""

from collections.abc import Iterator

import asyncpg
import sqlalchemy.exc
import structlog

from shoplytics.kernel.errors import Conflict, Invalid, NotFound, ShopError, Unavailable

log = structlog.get_logger("shoplytics.postgres")

RETRY_SECONDS = 1
# Serialization, deadlock, lock, statement and idle time-outs, a server that only reads or only starts.
TRANSIENT = {"40001", "40P01", "55P03", "57014", "25P03", "25P04", "25006", "55000"}
TRANSIENT_CLASSES = ("08", "53", "57", "58")
OUT_OF_RANGE = {"22003", "22008", "22015"}
INVALID_TEXT = {"22021", "22P05", "22023"}
ROW_SECURITY = "42501"
NOT_SENT = "22000"  # asyncpg's own, for a value it cannot encode as the parameter's type


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        found = getattr(found, "orig", None) or found.__cause__


def _of_state(state: str) -> ShopError | None:
    if state in TRANSIENT or state.startswith(TRANSIENT_CLASSES):
        return Unavailable(retry_after=RETRY_SECONDS)
    if state in OUT_OF_RANGE:
        return Invalid("A number or date is out of range.", code="out_of_range")
    if state in INVALID_TEXT:
        return Invalid("A text holds characters that cannot be stored.", code="invalid_text")
    if state.startswith("22"):
        return Invalid("A value has the wrong form.", code="invalid")
    if state.startswith("23"):
        return Conflict()
    return None


def shop_error_of(error: BaseException) -> ShopError | None:
    """The expected failure behind a driver's error, or None when it can only be a mistake in our code."""
    for cause in _causes(error):
        state = getattr(cause, "sqlstate", None)
        if state == ROW_SECURITY:
            log.error("row_security_refused", exc_info=error)
            return NotFound()
        if state == NOT_SENT:
            return (
                Invalid("A number is out of range.", code="out_of_range") if "range" in str(cause) else None
            )
        found = _of_state(state) if isinstance(state, str) else None
        if found is not None:
            return found
        if _unreachable(cause):
            return Unavailable(retry_after=RETRY_SECONDS)
    return None


def _unreachable(error: BaseException) -> bool:
    if isinstance(error, ConnectionError | TimeoutError | sqlalchemy.exc.TimeoutError):
        return True
    if isinstance(error, FileNotFoundError):
        return error.filename is None  # the server's socket, not a file
    if isinstance(error, asyncpg.InternalClientError):
        return True  # a connection whose server died while it prepared a statement
    return isinstance(error, asyncpg.InterfaceError) and "clos" in str(error)
