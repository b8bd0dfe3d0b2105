"""The one JSON codec: msgspec with `Money` taught to it. Payloads, caches and answers all go through here."""

from typing import Any, TypeVar

import msgspec

from shoplytics.kernel.errors import Invalid
from shoplytics.kernel.money import Money

T = TypeVar("T")


class _WireMoney(msgspec.Struct, forbid_unknown_fields=True):
    amount: str
    currency: str


def encode_hook(value: object) -> object:
    """What msgspec cannot encode by itself."""
    if isinstance(value, Money):
        return {"amount": value.amount, "currency": value.currency}
    msg = f"{type(value).__name__} has no JSON form"
    raise NotImplementedError(msg)


def decode_hook(kind: type, value: object) -> object:
    """What msgspec cannot build by itself. Raises ValueError, which msgspec turns into a ValidationError."""
    if kind is Money:
        wire = msgspec.convert(value, _WireMoney)
        try:
            return Money.parse(wire.amount, wire.currency)
        except Invalid as error:
            raise ValueError(str(error)) from None
    msg = f"{kind.__name__} has no JSON form"
    raise NotImplementedError(msg)


_encoder = msgspec.json.Encoder(enc_hook=encode_hook)


def to_json(value: Any) -> bytes:  # noqa: ANN401 - anything msgspec can encode
    """UTF-8 JSON."""
    return _encoder.encode(value)


def from_json(raw: bytes | str, kind: type[T]) -> T:
    """Strictly typed value. Raises msgspec.ValidationError or msgspec.DecodeError."""
    return msgspec.json.decode(raw, type=kind, dec_hook=decode_hook)
