"""What a list of products was asked for, checked and made into a query."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from uuid import UUID

import msgspec

from shoplytics.kernel.errors import FieldError, Invalid, ShopError, invalid_field
from shoplytics.kernel.money import CURRENCIES, MAX_MINOR, minor_of
from shoplytics.kernel.paging import DEFAULT_LIMIT, decode_cursor, encode_cursor
from shoplytics.modules.catalog.domain import clean_tags
from shoplytics.modules.catalog.ports import FoundProducts, ProductFilter, ProductQuery
from shoplytics.modules.catalog.service.facts import facts_of
from shoplytics.ports.catalog import ProductPage

NEWEST_FIRST = "-created_at"
MOST_DIGITS = 4
MAX_TEXT = 200
LONGEST_DATE = len("2026-03-01")
MAX_INTEGER = 10**15
MAX_RATING = 500  # hundredths
_AMOUNT = re.compile(r"-?[0-9]+(\.[0-9]+)?")  # as money is written everywhere
_WORD = re.compile(r"\w+")
_LAST_WORD = re.compile(r"(|.*\s)(\w+)", re.DOTALL)


def _integer(key: object) -> int:
    number = int(str(key))
    if abs(number) > MAX_INTEGER:
        raise ValueError(number)
    return number


RELEVANCE = "-relevance"
_KEYS: dict[str, Callable[[object], object]] = {
    "created_at": lambda key: datetime.fromisoformat(str(key)),
    "price": _integer,
    "name": str,
    "popularity": _integer,
    "relevance": _integer,
    "rating": lambda key: min(_integer(key), MAX_RATING),
}


class ProductSearch(msgspec.Struct, frozen=True, kw_only=True):
    """The query string of a list as it came; prices are decimal texts, times RFC 3339 or plain dates.

    A date is a whole day in UTC: `_gte` from its beginning, `_lte` to its end.
    """

    q: str | None = None
    store: UUID | None = None
    category: str | None = None
    attribute: list[str] | None = None
    tag: list[str] | None = None
    vendor: list[str] | None = None
    product_type: list[str] | None = None
    name: str | None = None
    description: str | None = None
    price_gte: str | None = None
    price_lte: str | None = None
    currency: str | None = None
    sku: str | None = None
    in_stock: bool | None = None
    featured: bool | None = None
    rating_gte: float | None = None
    created_gte: str | None = None
    created_lte: str | None = None
    updated_gte: str | None = None
    updated_lte: str | None = None
    quantity_gte: int | None = None
    quantity_lte: int | None = None
    sort: str | None = None
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    total: bool = False
    facets: bool = False


def query_of(search: ProductSearch) -> ProductQuery:
    """Raises Invalid for what cannot be looked for."""
    wanted = sort_of(search)
    sort = wanted.removeprefix("-")
    if sort not in _KEYS or (sort == "relevance" and (wanted != RELEVANCE or not search.q)):
        message = f"Sort by one of {', '.join(_KEYS)}, with '-' for descending; by -relevance to q alone."
        raise invalid_field("?sort", "invalid_sort", message)
    priced = sort == "price" or search.price_gte is not None or search.price_lte is not None
    if priced and search.currency is None and search.store is None:
        message = "Prices of several stores compare only in one currency: give currency or store."
        raise invalid_field("?currency", "currency_needed", message)
    return ProductQuery(
        filters=_filters(search),
        sort=sort,
        descending=wanted.startswith("-"),
        limit=search.limit,
        after=_after(search, sort),
        total=search.total,
        facets=search.facets,
    )


def sort_of(search: ProductSearch) -> str:
    """What matches best comes first, where words are looked for; else the newest."""
    return search.sort or (RELEVANCE if search.q else NEWEST_FIRST)


def page_of_products(found: FoundProducts, search: ProductSearch) -> ProductPage:
    items = found.items
    page = ProductPage(items=items)
    if len(items) > search.limit:
        del items[search.limit :]
        page.next_cursor = encode_cursor(sort_of(search), found.last_key, items[-1].id)
    if found.total is not None:
        page.total = found.total
    if found.facets is not None:
        page.facets = found.facets
    return page


def _filters(search: ProductSearch) -> ProductFilter:
    if search.currency is not None and search.currency not in CURRENCIES:
        raise invalid_field("?currency", "unknown_currency", "Give an ISO 4217 code.")
    category_id, category_path = _category(search)
    facts = facts_of(search.attribute or ())
    return ProductFilter(
        store_id=search.store,
        category_id=category_id,
        category_path=category_path,
        facts=facts.all,
        facts_any=facts.any,
        fact_ranges=facts.ranges,
        q=_query(search.q),
        tags=clean_tags(search.tag) if search.tag else None,
        vendors=clean_tags(search.vendor or ()) or None,
        product_types=clean_tags(search.product_type or ()) or None,
        title_words=_words("?name", search.name, "A"),
        description_words=_words("?description", search.description, "D"),
        sku=_text("?sku", search.sku),
        currency=search.currency,
        prices_at_least=_prices("?price_gte", search.price_gte, search.currency, ROUND_CEILING),
        prices_at_most=_prices("?price_lte", search.price_lte, search.currency, ROUND_FLOOR),
        in_stock=search.in_stock,
        featured=search.featured,
        rating_gte=None if search.rating_gte is None else _rating(search.rating_gte),
        created_gte=_time("?created_gte", search.created_gte),
        created_lte=_time("?created_lte", search.created_lte, day=time.max),
        updated_gte=_time("?updated_gte", search.updated_gte),
        updated_lte=_time("?updated_lte", search.updated_lte, day=time.max),
        quantity_gte=search.quantity_gte,
        quantity_lte=search.quantity_lte,
    )


def _category(search: ProductSearch) -> tuple[UUID | None, tuple[str, ...] | None]:
    """An id, or a path of the platform's tree and, where there is one, of the store's."""
    if not search.category:
        return None, None
    try:
        return UUID(search.category), None
    except ValueError:
        return None, (search.category, *((str(search.store),) if search.store else ()))


def _after(search: ProductSearch, sort: str) -> tuple[object, UUID] | None:
    cursor = decode_cursor(search.cursor, sort=sort_of(search), length=2)
    if cursor is None:
        return None
    try:
        return _KEYS[sort](cursor.keys[0]), UUID(str(cursor.keys[1]))
    except ValueError:
        raise invalid_field("?cursor", "invalid_cursor", "Pass next_cursor of the page before.") from None


def _text(pointer: str, text: str | None) -> str | None:
    if text is not None and len(text) > MAX_TEXT:
        raise invalid_field(pointer, "too_long", f"At most {MAX_TEXT} characters.")
    return text or None


def _query(text: str | None) -> tuple[str, str, str] | None:
    """The last word may be only begun, unless it is quoted, excluded or part of another."""
    if not _text("?q", text):
        return None
    asked = text or ""
    last = _LAST_WORD.fullmatch(asked)
    if last is None or asked.count('"') % 2:
        return asked, "", ""
    return asked, last[1], f"{last[2]}:*"


def _words(pointer: str, text: str | None, weight: str) -> str | None:
    """A tsquery of all words, each as the beginning of one, in the part of `weight`."""
    if not _text(pointer, text):
        return None
    words = _WORD.findall(text or "")
    if not words:
        raise invalid_field(pointer, "no_words", "Give at least one letter or digit.")
    return " & ".join(f"{word}:*{weight}" for word in words)


def _prices(pointer: str, text: str | None, currency: str | None, rounding: str) -> tuple[int, ...] | None:
    if text is None:
        return None
    try:
        if currency is not None:
            return (minor_of(text, currency),) * (MOST_DIGITS + 1)
        if not _AMOUNT.fullmatch(text) or abs(amount := Decimal(text)) > MAX_MINOR:
            raise InvalidOperation
        return tuple(
            int((amount * 10**digits).to_integral_value(rounding)) for digits in range(MOST_DIGITS + 1)
        )
    except (ShopError, InvalidOperation):
        raise invalid_field(pointer, "invalid_money", "Give a decimal amount such as 19.99.") from None


def _rating(rating: float) -> int:
    if not 0 <= rating <= 5:  # noqa: PLR2004 - five stars
        raise invalid_field("?rating_gte", "out_of_range", "A rating is between 0 and 5.")
    return round(rating * 100)


def _time(pointer: str, text: str | None, *, day: time = time.min) -> datetime | None:
    """Of a date, that time of its day in UTC."""
    if text is None:
        return None
    try:
        if len(text) <= LONGEST_DATE:
            return datetime.combine(date.fromisoformat(text), day, UTC)
        moment = datetime.fromisoformat(text.replace(" ", "+"))  # a query string makes '+' a blank
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except ValueError:
        message = "Give an RFC 3339 time or a date."
        raise Invalid(errors=[FieldError(pointer, "invalid_time", message)]) from None
