"""The tokens of guests: who has one has what it stands for. Kept as SHA-256."""

import hashlib
import re
import secrets

SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")


def new_token() -> str:
    """256 random bits as URL-safe text."""
    return secrets.token_urlsafe(32)


def token_hash(token: str | None) -> bytes | None:
    """What is kept of it; None for what none of ours can be, so that it never matches anything."""
    if token is None or SHAPE.fullmatch(token) is None:
        return None
    return hashlib.sha256(token.encode()).digest()
