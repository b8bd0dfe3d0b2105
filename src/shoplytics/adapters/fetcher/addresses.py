"""Which addresses may be fetched: how they are written, and where their names lead."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from shoplytics.ports.fetcher import AddressRefused

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

PORTS = frozenset({80, 443})
USUAL = {"http": 80, "https": 443}
LONGEST = 2048
# Stricter than RFC 3986: what two readers could split differently (a user name, a backslash, a blank) is no
# address here, so nothing depends on how the HTTP client would have read it.
WRITTEN = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9_.-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>[/?][^\s\\\x00-\x1f\x7f#]*)?(?:#[^\s\\\x00-\x1f\x7f]*)?",
    re.IGNORECASE | re.ASCII,
)
# https://www.iana.org/assignments/iana-ipv4-special-registry, without what is globally reachable there.
NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        # Of 2000::/3: Teredo and other protocols, documentation, 6to4 (which holds an IPv4 address).
        "2001::/23",
        "2001:db8::/32",
        "2002::/16",
        "3fff::/20",
    )
)
# All unicast that is handed out. Outside lie loopback, link-local, private and multicast addresses and those
# that hold an IPv4 address: ::ffff:0:0/96, ::/96, 64:ff9b::/96.
UNICAST = ip_network("2000::/3")


@dataclass(frozen=True, kw_only=True)
class Target:
    """An address taken apart; `host` without brackets, `authority` as the Host header has it."""

    scheme: str
    host: str
    port: int
    path: str
    authority: str


def target_of(url: str, *, ports: Collection[int]) -> Target:
    """Raises AddressRefused."""
    found = WRITTEN.fullmatch(url) if len(url) <= LONGEST else None
    if found is None:
        raise AddressRefused
    scheme, host = found["scheme"].lower(), found["host"].lower()
    port = USUAL[scheme] if found["port"] is None else int(found["port"])
    if port not in ports:
        raise AddressRefused
    path = found["path"] or "/"
    return Target(
        scheme=scheme,
        host=host.strip("[]"),
        port=port,
        path=path if path.startswith("/") else f"/{path}",
        authority=host if port == USUAL[scheme] else f"{host}:{port}",
    )


def literal(host: str) -> Address | None:
    """The address that a host is by itself, in its usual notation."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_public(address: Address) -> bool:
    """Whether the whole internet reaches the same host there."""
    if isinstance(address, IPv6Address) and (address.scope_id is not None or address not in UNICAST):
        return False
    return not any(address in network for network in NOT_PUBLIC)


def check(addresses: Sequence[Address], *, trusted: Sequence[Network]) -> None:
    """Every one of them, for a name may resolve to several. Raises AddressRefused."""
    for address in addresses:
        if not is_public(address) and not any(address in network for network in trusted):
            raise AddressRefused
