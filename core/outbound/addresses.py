"""Which addresses of the network may be reached, and how names become addresses."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Takes a name and a port, returns addresses as text; raises `OSError` for a name that has none."""

_TRANSLATED: Final = ipaddress.ip_network("64:ff9b::/96")
"""NAT64 (RFC 6052): the last 32 bits are an IPv4 address."""


async def resolve_by_system(host: str, port: int) -> Sequence[str]:
    """Ask the system, as every program of this machine does."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def is_public(address: str) -> bool:
    """Say whether an address leads out to the internet.

    Not public: loopback, link-local (with the metadata of clouds), private and shared (CGNAT) networks, multicast,
    reserved, and IPv4 in the disguise of IPv6 (mapped, 6to4, Teredo).
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found in _TRANSLATED:
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)))
        if found.ipv4_mapped or found.sixtofour or found.teredo or found.is_site_local:
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def is_address(host: str) -> bool:
    """Say whether a host is an address and no name."""
    try:
        ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    return True
