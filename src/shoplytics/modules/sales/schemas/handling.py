"""Bodies of requests about what staff do with orders."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from shoplytics.modules.sales.schemas.fields import Price

Reason = Annotated[str, Meta(max_length=500)]
Note = Annotated[str, Meta(max_length=5_000)]
Tracking = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]


class PiecesInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Some pieces of the line at `position`."""

    position: Annotated[int, Meta(ge=1, le=10_000)]
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)]


Lines = Annotated[list[PiecesInput], Meta(min_length=1, max_length=500)]


class ShipInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Without `lines` everything that is left."""

    tracking_number: Tracking | None = None
    carrier: Tracking | None = None
    lines: Lines | None = None


class CancelInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`restock`: what a paid order had taken, and was not shipped, is on the shelf again."""

    reason: Reason = ""
    restock: bool = True


class ReturnInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Pieces that were shipped and are back; with `restock` on the shelf again."""

    lines: Lines
    reason: Reason = ""
    restock: bool = True


class RefundInput(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One of `amount` and `lines`; without both, all that the buyer has not got back yet.

    `restock`: pieces of these lines that were never shipped are on the shelf again, and will not be shipped.
    """

    amount: Price | None = None
    lines: Lines | None = None
    reason: Reason = ""
    restock: bool = False


class OrderPatch(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`staff_note` is for the store's eyes only."""

    staff_note: Note | UnsetType = UNSET
