"""A payment provider that does as a test says."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from shoplytics.kernel.errors import Unavailable
from shoplytics.kernel.money import Money
from shoplytics.ports.payment_provider import (
    Charge,
    Outcome,
    ReferenceUsed,
    Settlement,
    ShopperReturn,
    Started,
)


@dataclass
class FakeProvider:
    """Goes by references of its own, as Zarinpal does, and has no webhooks.

    It begins a reference once (`begun`), and then `away` keeps its next answers to itself.
    """

    name: str = "fake"
    away: int = 0
    refuse: Exception | None = None
    slow: float = 0.0
    says: dict[str, Settlement] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    asked: int = 0
    meanwhile: Callable[[], Awaitable[object]] | None = None
    """Happens once, while an answer is on its way."""

    async def start(self, charge: Charge) -> Started:
        if self.refuse is not None:
            raise self.refuse
        await asyncio.sleep(self.slow)
        if charge.reference in self.begun:
            raise ReferenceUsed
        if self.away:
            self.away -= 1
            raise Unavailable
        self.begun.append(charge.reference)
        own = f"A{charge.reference}"
        return Started(authorization_url=f"https://pay.example/{own}", provider_reference=own)

    async def confirm(self, charge: Charge) -> Settlement:
        self.asked += 1
        if self.away:
            self.away -= 1
            raise Unavailable
        said = self.says.get(charge.reference, Settlement(outcome=Outcome.PENDING))
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        return said

    def read_return(self, query: Mapping[str, str]) -> ShopperReturn:
        return ShopperReturn(provider_reference=query.get("Authority"))

    def paid(self, reference: str, minor: int, currency: str = "GBP") -> None:
        self.says[reference] = Settlement(outcome=Outcome.PAID, paid=Money(minor, currency))
