"""Soft rate limits: who may ask how often. With the counter down everything is allowed.

What guards a secret (passwords, codes, resets) is counted in PostgreSQL besides, and never open.
"""

import hashlib
import hmac

from shoplytics.api.access import Gate
from shoplytics.api.budgets import ADMIN, ANONYMOUS, API_KEY, BUDGETS, HOUR, SIGNED_IN
from shoplytics.api.exchange import Exchange
from shoplytics.api.plans import Plan
from shoplytics.kernel.actor import ActorKind
from shoplytics.kernel.errors import RateLimited, ShopError
from shoplytics.ports.rate_limiter import RateLimiter
from shoplytics.settings import Settings


class Limits:
    """Counts nothing where the settings turn limits off."""

    def __init__(self, settings: Settings) -> None:
        self._enabled = settings.rate_limits
        self._key = hashlib.sha256(b"shoplytics:address:1" + settings.secret_key).digest()

    async def admit(self, exchange: Exchange, plan: Plan, gate: Gate) -> None:
        """Let the gate decide, and count the request whoever was refused. Raises RateLimited first."""
        limiter = exchange.parts.infra.limiter if self._enabled else None
        if limiter is None:
            await gate.admit(exchange, plan)
            return
        try:
            await gate.admit(exchange, plan)
        except ShopError:
            await self._count(exchange, plan, limiter)
            raise
        await self._count(exchange, plan, limiter)

    async def _count(self, exchange: Exchange, plan: Plan, limiter: RateLimiter) -> None:
        key, limit, seconds = self._budget(exchange, plan)
        allowance = await limiter.hit(key, limit=limit, seconds=seconds)
        reset = str(allowance.reset_after).encode()
        exchange.headers += [
            (b"ratelimit-limit", str(allowance.limit).encode()),
            (b"ratelimit-remaining", str(max(allowance.remaining, 0)).encode()),
            (b"ratelimit-reset", reset),
        ]
        if not allowance.allowed:
            raise RateLimited(retry_after=max(allowance.reset_after, 1))

    def _budget(self, exchange: Exchange, plan: Plan) -> tuple[str, int, int]:
        if plan.budget is not None:
            limit, seconds = BUDGETS[plan.budget]
            return f"{plan.budget}:{self._nameless(exchange)}", limit, seconds
        actor = exchange.actor
        if actor.kind is ActorKind.ANONYMOUS:
            return f"anonymous:{self._nameless(exchange)}", ANONYMOUS, HOUR
        if actor.kind is ActorKind.API_KEY:
            return actor.label, API_KEY, HOUR
        return actor.label, ADMIN if actor.platform_admin else SIGNED_IN, HOUR

    def _nameless(self, exchange: Exchange) -> str:
        """An address as Redis may hold it: nobody reads who came there, not even by trying all addresses."""
        return hmac.digest(self._key, exchange.client.address.encode(), "sha256")[:16].hex()
