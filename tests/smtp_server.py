"""A mail server as a process of its own, and what it took."""

import argparse
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Taking:
    """Every mail becomes a file of `folder`; addresses that begin with `no-` are refused for good."""

    def __init__(self, folder: Path, *, hang: bool) -> None:
        self.folder = folder
        self.hang = hang

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("no-"):
            return "550 5.1.1 There is nobody of that name"
        if address.startswith("later-"):
            return "451 4.7.1 Greylisted, try again"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        if self.hang:
            time.sleep(3600)  # noqa: ASYNC251 - a server that answers nobody any more
        number = len(list(self.folder.iterdir()))
        (self.folder / f"{number:04}.eml").write_bytes(envelope.original_content or b"")
        return "250 Taken"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def smtp_server(
    port: int,
    folder: Path,
    *,
    host: str = "127.0.0.1",
    hang: bool = False,
    certificate: Path | None = None,
    at_once: bool = False,
) -> Iterator[None]:
    """Listens until the context ends, then is killed.

    With a `certificate` (and its key in one file) it wants STARTTLS, or TLS `at_once`, and then the name
    `shop` with the password `hush`.
    """
    folder.mkdir(exist_ok=True)
    command = [
        sys.executable,
        __file__,
        str(port),
        str(folder),
        "--host",
        host,
        *(["--hang"] if hang else []),
        *(["--certificate", str(certificate)] if certificate else []),
        *(["--at-once"] if at_once else []),
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield
    finally:
        process.kill()
        process.wait()


def taken(folder: Path) -> list[EmailMessage]:
    """In the order in which they came."""
    found = []
    for path in sorted(folder.glob("*.eml")):
        message = message_from_bytes(path.read_bytes(), policy=default)
        assert isinstance(message, EmailMessage)
        found.append(message)
    return found


def _guarded(certificate: Path | None, *, at_once: bool) -> dict[str, Any]:
    if certificate is None:
        return {}
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    signed_in = {"authenticator": _authenticate, "auth_required": True}
    if at_once:  # the server does not know that TLS is around it
        return {**signed_in, "ssl_context": context, "auth_require_tls": False}
    return {**signed_in, "tls_context": context, "require_starttls": True}


def _authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object
) -> AuthResult:
    right = isinstance(given, LoginPassword) and (given.login, given.password) == (b"shop", b"hush")
    return AuthResult(success=right, handled=False)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--host")
    parser.add_argument("--hang", action="store_true")
    parser.add_argument("--certificate", type=Path)
    parser.add_argument("--at-once", action="store_true")
    args = parser.parse_args()
    controller = Controller(
        Taking(args.folder, hang=args.hang),
        hostname=args.host,
        port=args.port,
        enable_SMTPUTF8=True,
        **_guarded(args.certificate, at_once=args.at_once),
    )
    controller.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main()
