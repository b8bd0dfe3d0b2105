"""AES-256-GCM under keys derived from the deployment's secret (NIST SP 800-38D; HKDF, RFC 5869).

A sealed value is one byte of format, four of key id, twelve of nonce, then the ciphertext with its tag. The
context is authenticated with it. The first secret seals; every secret of the ring opens.
"""

import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shoplytics.ports.vault import Unsealable

FORMAT = b"\x01"
KEY_ID, NONCE = 4, 12
HEAD = len(FORMAT) + KEY_ID + NONCE


class AesVault:
    """See ports/vault.py."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        """Newest secret first."""
        self._ring = dict(_key(secret) for secret in reversed(secrets))
        self._newest = _key(secrets[0])[0]

    def seal(self, plain: bytes, *, context: str) -> bytes:
        nonce = os.urandom(NONCE)
        return (
            FORMAT + self._newest + nonce + self._ring[self._newest].encrypt(nonce, plain, context.encode())
        )

    def open(self, sealed: bytes, *, context: str) -> bytes:
        key = self._ring.get(sealed[1 : 1 + KEY_ID])
        if sealed[:1] != FORMAT or key is None:
            raise Unsealable
        try:
            return key.decrypt(sealed[1 + KEY_ID : HEAD], sealed[HEAD:], context.encode())
        except (InvalidTag, ValueError):
            raise Unsealable from None


def _key(secret: bytes) -> tuple[bytes, AESGCM]:
    derived = HKDF(algorithm=SHA256(), length=32 + KEY_ID, salt=None, info=b"shoplytics:vault:1").derive(
        secret
    )
    return derived[32:], AESGCM(derived[:32])
