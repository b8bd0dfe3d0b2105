"""Exact money: integer minor units inside, a decimal string at the edge.

Exponents are those of ISO 4217 (list one): JPY 0, KWD 3, most 2, IRR too.
"""

from functools import lru_cache
from typing import Self

from shoplytics.kernel.errors import Invalid

MAX_MINOR = 10**12
CURRENCIES: dict[str, int] = {}
"""Every currency of ISO 4217 and the digits after its point."""
_CODES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY"
        " COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF"
        " IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR"
        " MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG"
        " SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES"
        " WST XCD XCG YER ZAR ZMW ZWG"
    ),
}
for _digits, _codes in _CODES.items():
    CURRENCIES.update(dict.fromkeys(_codes.split(), _digits))


class InvalidMoney(Invalid):
    code = "invalid_money"
    message = "Money is a decimal string with at most the currency's digits, and a known ISO 4217 currency."


def exponent(currency: str) -> int:
    """Digits after the point of one unit. Raises InvalidMoney for a code that is not in ISO 4217."""
    try:
        return CURRENCIES[currency]
    except KeyError:
        msg = f"{currency[:8]!r} is not an ISO 4217 currency."
        raise InvalidMoney(msg, code="unknown_currency") from None


@lru_cache(maxsize=65536)
def minor_of(text: str, currency: str) -> int:
    """Minor units of a plain decimal text ("19.99" -> 1999). Raises InvalidMoney for anything else.

    No exponent notation, no sign but a leading minus, no more digits than the currency has (zeros aside).
    """
    digits = exponent(currency)
    whole, _, part = text.removeprefix("-").partition(".")
    kept, rest = part[:digits], part[digits:]
    plain = whole.isascii() and whole.isdigit() and (part == "" or (part.isascii() and part.isdigit()))
    if not plain or text.endswith(".") or rest.strip("0") or len(whole) > len(str(MAX_MINOR)):
        raise InvalidMoney
    minor = int(whole + kept.ljust(digits, "0"))
    if minor > MAX_MINOR:
        msg = "The amount is out of range."
        raise InvalidMoney(msg, code="out_of_range")
    return -minor if text.startswith("-") else minor


@lru_cache(maxsize=65536)
def text_of(minor: int, currency: str) -> str:
    """The decimal text of an amount in minor units (1999 -> "19.99")."""
    digits = exponent(currency)
    if digits == 0:
        return str(minor)
    sign, body = ("-", -minor) if minor < 0 else ("", minor)
    whole, part = divmod(body, 10**digits)
    return f"{sign}{whole}.{part:0{digits}d}"


class Money:
    """An amount in integer minor units of one currency; on the wire `{"amount": "19.99", "currency": "USD"}`.

    A plain class, because the JSON codec leaves only those to `kernel.codec`.
    """

    __slots__ = ("currency", "minor")

    def __init__(self, minor: int, currency: str) -> None:
        self.minor = minor
        self.currency = currency

    @classmethod
    def parse(cls, text: str, currency: str) -> Self:
        """From a decimal string. Raises InvalidMoney."""
        return cls(minor_of(text, currency), currency)

    @property
    def amount(self) -> str:
        return text_of(self.minor, self.currency)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __mul__(self, factor: int) -> "Money":
        return Money(self.minor * factor, self.currency)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            msg = f"{self.currency} and {other.currency} cannot be put together."
            raise InvalidMoney(msg, code="currency_mismatch")
        return other.minor

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Money) and (self.minor, self.currency) == (other.minor, other.currency)

    def __hash__(self) -> int:
        return hash((self.minor, self.currency))

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def __repr__(self) -> str:
        return f"Money({self.minor}, {self.currency!r})"
