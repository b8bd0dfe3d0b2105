"""Cells of an uploaded file: text to values, or the reason why not."""

import re

from shoplytics.kernel.money import InvalidMoney, minor_of
from shoplytics.modules.catalog.domain import MAX_ON_HAND

MAX_TEXT = 255
_WHOLE = re.compile(r"[+-]?\d{1,15}(\.0+)?", re.ASCII)


class BadCell(Exception):
    """Why a row is refused, in a stable code and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def text_cell(text: str, name: str, most: int = MAX_TEXT) -> str:
    value = text.strip()
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
