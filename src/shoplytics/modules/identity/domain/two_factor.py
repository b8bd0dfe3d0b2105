"""Codes by time (RFC 6238: SHA-1, six digits, thirty seconds) and recovery codes that stand in for them."""

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import pyotp
import segno

from shoplytics.kernel.errors import Conflict

SECONDS = 30
WINDOW = 1
"""Steps before and after ours that count too: telephones' clocks are wrong by a little."""
RECOVERY_CODES = 10
ALPHABET = "abcdefghjkmnpqrstvwxyz0123456789"  # 32 signs; without i, l, o and u, which look like others
HALF = 5


class TwoFactorOn(Conflict):
    code = "two_factor_on"
    message = "Two-factor sign-in is on already; turn it off first."


class TwoFactorOff(Conflict):
    code = "two_factor_off"
    message = "Two-factor sign-in is off."


class TwoFactorNotBegun(Conflict):
    code = "two_factor_not_begun"
    message = "Ask for a secret first: POST /me/two-factor."


def new_totp_secret() -> str:
    """160 random bits in base 32, as RFC 4226 wants."""
    return pyotp.random_base32(32)


def otpauth_uri(secret: str, *, account: str, issuer: str) -> str:
    """What authenticator apps read, mostly from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def qr_svg(text: str) -> str:
    """The code as one <svg> element, dark on light whatever the page."""
    return segno.make(text, error="m", micro=False).svg_inline(scale=4, light="#fff", dark="#000")


def step_of(secret: str, code: str, *, now: datetime, after: int) -> int | None:
    """The time step whose code this is, if it is near and later than `after`; a step is good once."""
    totp, present = pyotp.TOTP(secret), int(now.timestamp()) // SECONDS
    near = range(present - WINDOW, present + WINDOW + 1)
    return next(
        (
            step
            for step in near
            if step > after and hmac.compare_digest(totp.at(step * SECONDS).encode(), code.encode())
        ),
        None,
    )


def is_totp(text: str) -> bool:
    """Whether it looks like a code by time rather than a recovery code."""
    return len(text) == 6 and text.isascii() and text.isdigit()  # noqa: PLR2004 - six digits


def new_recovery_codes() -> Sequence[str]:
    """Fifty random bits each, in two halves that can be read out."""
    return [f"{_half()}-{_half()}" for _ in range(RECOVERY_CODES)]


def _half() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(HALF))


class RecoverySeal:
    """What is kept of a recovery code tells nothing without the deployment's key."""

    def __init__(self, secret: bytes) -> None:
        self._key = hmac.digest(secret, b"shoplytics:recovery-code:1", "sha256")

    def digest(self, user_id: UUID, code: str) -> bytes:
        """The same however it is typed: capitals, blanks and dashes do not count."""
        plain = "".join(sign for sign in code.lower() if sign in ALPHABET)
        return hmac.digest(self._key, user_id.bytes + plain.encode(), "sha256")
