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


class Limits:
    """`limiter` is None when limits are off."""

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled

    async def admit(self, exchange: Exchange, plan: Plan, gate: Gate) -> None:
        """Let the gate decide, and count the request whoever was refused. Raises RateLimited first."""
        limiter = exchange.parts.infra.limiter if self._enabled else None
        if limiter is None:
            await gate.admit(exchange, plan)
            return
        try:
            await gate.admit(exchange, plan)
        except ShopError:
            await _count(exchange, plan, limiter)
            raise
        await _count(exchange, plan, limiter)


async def _count(exchange: Exchange, plan: Plan, limiter: RateLimiter) -> None:
    key, limit, seconds = _budget(exchange, plan)
    allowance = await limiter.hit(key, limit=limit, seconds=seconds)
    reset = str(allowance.reset_after).encode()
    exchange.headers += [
        (b"ratelimit-limit", str(allowance.limit).encode()),
        (b"ratelimit-remaining", str(max(allowance.remaining, 0)).encode()),
        (b"ratelimit-reset", reset),
    ]
    if not allowance.allowed:
        raise RateLimited(retry_after=max(allowance.reset_after, 1))


def _budget(exchange: Exchange, plan: Plan) -> tuple[str, int, int]:
    if plan.budget is not None:
        limit, seconds = BUDGETS[plan.budget]
        return f"{plan.budget}:{_nameless(exchange)}", limit, seconds
    actor = exchange.actor
    if actor.kind is ActorKind.ANONYMOUS:
        return f"anonymous:{_nameless(exchange)}", ANONYMOUS, HOUR
    if actor.kind is ActorKind.API_KEY:
        return actor.label, API_KEY, HOUR
    return actor.label, ADMIN if actor.platform_admin else SIGNED_IN, HOUR


def _nameless(exchange: Exchange) -> str:
    """An address as Redis may hold it: nobody reads who came there, not even by trying all addresses."""
    address, secret = exchange.client.address, exchange.parts.settings.secret_key
    key = hashlib.sha256(b"shoplytics:address:1" + secret).digest()
    return hmac.digest(key, address.encode(), "sha256")[:16].hex()
