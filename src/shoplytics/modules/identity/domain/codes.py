"""One-time codes: six digits for one purpose, one address and one request."""

import hmac
import os
import secrets
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

DIGITS = 6
CODE_LIFE = timedelta(minutes=5)
TRIES = 5
"""At one code, right or wrong."""


class Purpose(StrEnum):
    LOGIN = "login"
    REGISTER = "register"
    VERIFY_EMAIL = "verify_email"
    VERIFY_PHONE = "verify_phone"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a purpose, not a password
    CHANGE_EMAIL = "change_email"


SIGNS_IN = frozenset({Purpose.LOGIN, Purpose.REGISTER})


class CodeSeal:
    """Makes codes and what is kept of them: an HMAC that holds for one challenge, purpose and address."""

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, b"shoplytics:code:1", "sha256")

    def new_code(self) -> str:
        return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"

    def nobodys(self) -> bytes:
        """What is kept where nobody is sent a code: no code matches it."""
        return os.urandom(32)

    def seal(self, code: str, *, challenge_id: UUID, purpose: Purpose, target: str) -> bytes:
        text = f"{challenge_id} {purpose} {target} {code}"
        return hmac.digest(self._key, text.encode(), "sha256")

    def fits(self, code: str, sealed: bytes, *, challenge_id: UUID, purpose: Purpose, target: str) -> bool:
        again = self.seal(code, challenge_id=challenge_id, purpose=purpose, target=target)
        return hmac.compare_digest(again, sealed)
