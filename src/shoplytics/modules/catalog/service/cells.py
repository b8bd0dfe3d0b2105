"""Cells of an uploaded file: text to values, or the reason why not."""

import re
from collections.abc import Mapping, Sequence

import msgspec

from shoplytics.kernel.money import InvalidMoney, minor_of
from shoplytics.kernel.texts import tidy
from shoplytics.modules.catalog.domain import MAX_ON_HAND, AttributeKind, AttributeValue

MAX_TEXT = 255
SEPARATOR = ";"  # between the choices of one cell
_WHOLE = re.compile(r"[+-]?\d{1,15}(\.0+)?", re.ASCII)


class BadCell(Exception):
    """Why a row is refused, in a stable code and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def filled(codes: Sequence[str], cells: Sequence[str]) -> Mapping[str, str]:
    """Cells that are not empty, by the code of their column."""
    if not codes:
        return {}
    return {code: cell.strip() for code, cell in zip(codes, cells, strict=True) if cell.strip()}


def text_cell(text: str, name: str, most: int = MAX_TEXT) -> str:
    value = tidy(text)
    if len(value) > most:
        raise BadCell("too_long", f"{name} is longer than {most} characters.")
    return value


def sku_cell(text: str) -> str | None:
    return text_cell(text, "The SKU") or None


def price_cell(text: str, currency: str, name: str) -> int | None:
    """Minor units; None for an empty cell."""
    value = text.strip()
    if not value:
        return None
    try:
        minor = minor_of(value, currency)
    except InvalidMoney:
        raise BadCell("bad_price", f"{name} is not an amount in {currency}.") from None
    if minor < 0:
        raise BadCell("bad_price", f"{name} is negative.")
    return minor


def quantity_cell(text: str, name: str) -> int | None:
    """None for an empty cell."""
    value = text.strip()
    if not value:
        return None
    if not _WHOLE.fullmatch(value):
        raise BadCell("bad_quantity", f"{name} is not a whole number.")
    number = int(value.partition(".")[0])
    if not 0 <= number <= MAX_ON_HAND:
        raise BadCell("bad_quantity", f"{name} is not between 0 and {MAX_ON_HAND:,}.")
    return number


def flag_cell(text: str, name: str) -> bool | None:
    value = text.strip().lower()
    if value in {"", "true", "false"}:
        return None if not value else value == "true"
    raise BadCell("bad_flag", f"{name} is neither true nor false.")


_INTEGER = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{1,20})?(e[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)


def value_cell(text: str, kind: AttributeKind) -> AttributeValue:
    """What the text means for that kind; where it means nothing, the text for the attribute to refuse."""
    value = text.strip()
    if kind is AttributeKind.NUMBER and _NUMBER.fullmatch(value):
        return int(value) if _INTEGER.fullmatch(value) else float(value)
    if kind is AttributeKind.BOOLEAN and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    if kind is AttributeKind.CHOICES:
        if value.startswith("["):
            try:
                return msgspec.json.decode(value, type=list[str])
            except msgspec.DecodeError:
                return value
        return [choice.strip() for choice in value.split(SEPARATOR) if choice.strip()]
    return value


def value_text(value: AttributeValue) -> str:
    """What `value_cell` understands again."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        odd = any(SEPARATOR in choice or choice.startswith("[") for choice in value)
        return msgspec.json.encode(value).decode() if odd else f"{SEPARATOR} ".join(value)
    return value if isinstance(value, str) else repr(value)
