"""Query strings: checked before a handler's parameters are read from them."""

from decimal import Decimal
from functools import lru_cache
from urllib.parse import parse_qsl

from shoplytics.api.plans import Plan
from shoplytics.kernel.errors import FieldError, Invalid
from shoplytics.kernel.paging import MAX_LIMIT

INT64 = 2**63
MAX_DIGITS = 18
MAX_PARAMETERS = 100


class InvalidQueryText(Invalid):
    code = "invalid_text"
    message = "The query string holds bytes that are no text."


@lru_cache(1024)
def _pairs(raw: bytes) -> tuple[tuple[str, str], ...]:
    try:
        pairs = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS
        )
    except UnicodeError:
        raise InvalidQueryText from None
    except ValueError:
        msg = f"A query has {MAX_PARAMETERS} parameters at most."
        raise Invalid(msg, code="too_many_parameters") from None
    if b"%00" in raw or b"\x00" in raw:
        found = [name for name, value in pairs if "\x00" in name + value]
        raise InvalidQueryText(errors=[_error(name, "invalid_text", "NUL is not allowed.") for name in found])
    return tuple(pairs)


def _error(name: str, code: str, message: str) -> FieldError:
    return FieldError(f"?{name}".replace("\x00", ""), code, message)


def check_query(raw: bytes, plan: Plan) -> tuple[tuple[str, str], ...]:
    """Name and value pairs. Raises Invalid with every unknown, repeated or ill-formed parameter."""
    pairs = _pairs(raw)
    found: list[FieldError] = []
    seen: set[str] = set()
    for name, value in pairs:
        if name not in plan.query:
            if plan.foreign_query:
                continue
            found.append(_error(name, "unknown_parameter", "There is no such parameter."))
        elif name in seen and name not in plan.repeatable:
            found.append(_error(name, "duplicate_parameter", "Give this parameter once."))
        elif name in plan.whole:
            found += _whole(name, value)
        elif name in plan.decimal:
            found += _decimal(name, value)
        seen.add(name)
    if found:
        raise Invalid(errors=found)
    return pairs


def _whole(name: str, value: str) -> list[FieldError]:
    digits = value.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        return [_error(name, "invalid_type", "Give a whole number.")]
    number = int(value) if len(digits) <= len(str(INT64)) else INT64
    low, high = (1, MAX_LIMIT) if name == "limit" else (-INT64, INT64 - 1)
    if not low <= number <= high:
        return [_error(name, "out_of_range", f"Give a whole number from {low} to {high}.")]
    return []


def _decimal(name: str, value: str) -> list[FieldError]:
    try:
        number = Decimal(value)
    except ArithmeticError:
        return [_error(name, "invalid_type", "Give a number.")]
    if not number.is_finite() or number.adjusted() > MAX_DIGITS:
        return [_error(name, "out_of_range", "Give a number of reasonable size.")]
    return []
