"""Tokens of checkouts: who has one may read, pay and cancel its orders without an account."""

import base64
import hmac
from uuid import UUID


class OrderTokens:
    """Made from the checkout's id and this deployment's secret, so that a mail can tell it again.

    What is kept is a hash of it (see domain/tokens.py).
    """

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, b"shoplytics:order-token:1", "sha256")

    def of(self, checkout_id: UUID) -> str:
        """256 bits as URL-safe text."""
        made = hmac.digest(self._key, checkout_id.bytes, "sha256")
        return base64.urlsafe_b64encode(made).decode().rstrip("=")
