"""Who is at the other end of the wire."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from shoplytics.api.asgi import Scope, header
from shoplytics.ports.edge import Client

Networks = tuple[IPv4Network | IPv6Network, ...]
USER_AGENT_LENGTH = 512
REFUSALS = ((b"sec-gpc", "gpc"), (b"dnt", "dnt"))


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.strip().removeprefix("[").partition("]")[0])
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def _trusted(address: IPv4Address | IPv6Address | None, proxies: Networks) -> bool:
    return address is not None and any(address in network for network in proxies)


def client_of(scope: Scope, proxies: Networks) -> Client:
    """The peer, unless it is a trusted proxy: then the rightmost hop of X-Forwarded-For that is not one."""
    peer = scope["client"]
    address = peer[0] if peer else ""
    known = _address(address)
    if proxies and _trusted(known, proxies):
        lines = [value.decode("latin-1") for key, value in scope["headers"] if key == b"x-forwarded-for"]
        for hop in reversed(",".join(lines).split(",")):
            found = _address(hop)
            if found is None:
                break
            known = found
            if not _trusted(found, proxies):
                break
    agent = (header(scope, b"user-agent") or "")[:USER_AGENT_LENGTH]
    return Client(address=str(known) if known else address, user_agent=agent, refusal=_refusal(scope))


def _refusal(scope: Scope) -> str | None:
    for name, word in REFUSALS:
        if header(scope, name) == "1":
            return word
    return None
