"""Secrets at rest: sealed for one place, and opened only there."""

from typing import Protocol

from shoplytics.kernel.errors import ShopError


class Unsealable(ShopError):
    """A sealed value of another place, another key, or a damaged one. Means that an operator must look."""

    code = "unsealable"
    message = "A stored secret cannot be opened with this deployment's key."


class Vault(Protocol):
    """`context` names the place, `<table>:<column>:<row>`: a value copied to another row does not open."""

    def seal(self, plain: bytes, *, context: str) -> bytes: ...
    def open(self, sealed: bytes, *, context: str) -> bytes:
        """Raises Unsealable."""
        ...
