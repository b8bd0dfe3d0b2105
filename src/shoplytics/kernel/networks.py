"""Addresses, as coarse as people share them."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address


@lru_cache(maxsize=8192)
def network_of(address: str) -> bytes:
    """The network of an address: /24 of IPv4, /48 of IPv6; the text itself when it is none."""
    try:
        found = ip_address(address)
    except ValueError:
        return address.encode()
    if isinstance(found, IPv6Address):
        return found.packed[:6]
    return found.packed[:3]
