"""Clients by their address: under which name one is counted, and which are not."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

NETWORK_BITS = 64
"""Of an IPv6 address, what one household or one machine has."""
NOBODY = "unknown"
"""Whom a proxy names by something that is no address."""


@lru_cache(4096)
def counted_as(host: str) -> str | None:
    """The name under which an address is counted: itself, or its IPv6 network; None: this machine, which is not."""
    try:
        address = ip_address(host)
    except ValueError:
        return NOBODY
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address.is_loopback:
        return None
    if isinstance(address, IPv6Address):
        return str(ip_network((int(address), NETWORK_BITS), strict=False))
    return str(address)


def is_among(host: str, networks: str) -> bool:
    """Whether an address is one of those, or in one of the networks, that a setting lists with commas."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in ip_network(part.strip()) for part in networks.split(",") if part.strip())
