"""What staff do with orders: what sales needs from its tables."""

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

import msgspec

from shoplytics.ports.sales import OrderShipped


class NewFulfilment(msgspec.Struct, frozen=True, kw_only=True):
    """A parcel; `lines` are pieces by the positions of their lines."""

    id: UUID
    store_id: UUID
    order_id: UUID
    tracking_number: str | None
    carrier: str | None
    lines: Mapping[int, int]
    actor: str


class NewReturn(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    store_id: UUID
    order_id: UUID
    lines: Mapping[int, int]
    reason: str
    restocked: bool
    actor: str


class NewRefund(msgspec.Struct, frozen=True, kw_only=True):
    """`amount` in minor units of `currency`."""

    id: UUID
    store_id: UUID
    order_id: UUID
    amount: int
    currency: str
    lines: Mapping[int, int]
    reason: str
    restocked: bool
    actor: str


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """What the buyer is told of a parcel."""

    number: str
    email: str | None
    tracking_number: str | None
    carrier: str | None
    pieces: tuple[tuple[str, int], ...]


class OrderHandling(Protocol):
    """In the store's unit of work, of an order that the caller has locked."""

    async def add_fulfilment(self, new: NewFulfilment) -> None: ...
    async def add_return(self, new: NewReturn) -> None: ...
    async def add_refund(self, new: NewRefund) -> None: ...

    async def note(self, *, store_id: UUID, order_id: UUID) -> str:
        """What staff have written about it."""
        ...

    async def write_note(self, *, store_id: UUID, order_id: UUID, note: str) -> None: ...

    async def parcel(self, *, store_id: UUID, fulfilment_id: UUID) -> Parcel | None:
        """With the titles and quantities of what is in it."""
        ...


class BuyerLetters(Protocol):
    """In a worker: what buyers are told by mail."""

    async def shipped(self, event: OrderShipped) -> None:
        """Nothing of an order without an address, or of a store that is gone."""
        ...
