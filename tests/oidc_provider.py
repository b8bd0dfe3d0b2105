"""Sign-in providers: a real one as a process of its own, and one that answers whatever a test wants."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from tests.smtp_server import free_port

CLIENT_ID, CLIENT_SECRET = "the shop: 1", "hush & hush"
KEY_ID = "first"
Key: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()


@contextmanager
def real_provider() -> Iterator[str]:
    """oidc-provider-mock listens at the address until the context ends, then is killed."""
    port = free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--host", "127.0.0.1"]
    environment = {**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet) as child:
        try:
            wait_for(f"http://127.0.0.1:{port}/jwks", lambda: child.poll() is None)
            yield f"http://127.0.0.1:{port}"
        finally:
            child.kill()


def wait_for(url: str, alive: Callable[[], bool], *, seconds: float = 60) -> None:
    """Until it answers 200."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and alive():
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.05)
    msg = f"{url} did not answer"
    raise AssertionError(msg)


def person(issuer: str, subject: str, **claims: object) -> None:
    """Somebody with an account at the real provider."""
    assert httpx.put(f"{issuer}/users/{subject}", json=claims).status_code == 204


def consent(url: str, subject: str | None) -> dict[str, str]:
    """What a browser brings back from the real provider's page, signed in as `subject` (None: refused)."""
    form = {"action": "deny"} if subject is None else {"sub": subject}
    answer = httpx.post(url, data=form)
    assert answer.status_code == 302, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


@dataclass
class Forge:
    """A provider whose every answer a test may change; `asked` are the forms its token endpoint got."""

    issuer: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    keys: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    token: str = ""
    user_info: dict[str, Any] | None = None
    seen: list[str] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)

    def begin(self, issuer: str) -> None:
        """As an honest provider."""
        self.issuer = issuer
        self.metadata = {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize?theme=dark",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/jwks",
            "id_token_signing_alg_values_supported": ["RS256", "ES256", "EdDSA", "HS256", "none"],
        }
        self.keys = [public(RSA, "RS256", KEY_ID), public(EC, "ES256", "ec"), public(ED, "EdDSA", "ed")]

    def answer(self, path: str) -> Any:  # noqa: ANN401 - JSON
        if path == "/.well-known/openid-configuration":
            return self.metadata
        if path == "/jwks":
            return {"keys": self.keys}
        if path == "/token":
            return {"access_token": "at-1", "token_type": "Bearer", "id_token": self.token}
        return self.user_info

    def claims(self, nonce: str, /, **changed: object) -> dict[str, Any]:
        """Of a right ID token; None leaves one out."""
        now = int(time.time())
        right = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "sub": "sub-1",
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "email": "ada@example.com",
            "email_verified": True,
        }
        return {name: value for name, value in {**right, **changed}.items() if value is not None}


def public(key: Key, algorithm: str, kid: str | None) -> dict[str, Any]:
    """The JSON Web Key that goes with a private key."""
    made = jwt.get_algorithm_by_name(algorithm).to_jwk(key.public_key(), as_dict=True)
    return {**made, "use": "sig", "alg": algorithm} | ({} if kid is None else {"kid": kid})


def sign(
    claims: dict[str, Any], *, key: Key = RSA, algorithm: str = "RS256", kid: str | None = KEY_ID
) -> str:
    return jwt.encode(claims, key, algorithm=algorithm, headers={} if kid is None else {"kid": kid})


def by_hand(header: dict[str, Any], claims: dict[str, Any], signature: bytes) -> str:
    """A token that no library of good manners makes."""
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def s256(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@contextmanager
def forge() -> Iterator[Forge]:
    """Listens until the context ends."""
    made = Forge()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            length = int(self.headers["content-length"])
            form = dict(parse_qsl(self.rfile.read(length).decode()))
            made.asked.append(form | {"authorization": self.headers.get("authorization", "")})
            self._answer()

        def _answer(self) -> None:
            made.seen.append(self.path)
            body = made.body if made.body is not None else json.dumps(made.answer(self.path)).encode()
            self.send_response(made.status)
            for name, value in made.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.begin(f"http://127.0.0.1:{server.server_port}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield made
        finally:
            server.shutdown()
            thread.join()
