"""What a request says about where it comes from and what for."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import unquote_to_bytes

from core.access.errors import InvalidPurpose

Network = IPv4Network | IPv6Network

LONGEST_PURPOSE: Final = 200
_LONGEST_HEADER: Final = LONGEST_PURPOSE * 12
"""A character is at most four bytes of UTF-8, and each of these three characters of a percent-encoded text."""
_IPV6_HOLDER: Final = 64
"""Who has an IPv6 address has its whole /64: throttling by single addresses would stop nobody."""


def networks(addresses: Sequence[str]) -> tuple[Network, ...]:
    """Return `service.trusted_proxies` (addresses or networks) as networks; raise `ValueError` for anything else."""
    return tuple(ip_network(address, strict=False) for address in addresses)


def client_address(peer: str, forwarded: str | None, trusted: Sequence[Network]) -> str:
    """Return the address of the client: the last one in `X-Forwarded-For` that no trusted proxy wrote.

    `peer` is the other end of the connection; the header counts only if that is a trusted proxy.
    """
    address = peer
    hops = [hop.strip() for hop in forwarded.split(",")] if forwarded else []
    while hops and _trusted(address, trusted):
        candidate = hops.pop()
        if _parsed(candidate) is None:
            break
        address = candidate
    return address


def address_group(address: str) -> str:
    """Return what is throttled together: an IPv4 address, or the /64 of an IPv6 address."""
    parsed = _parsed(address)
    if parsed is None or parsed.version == 4:  # noqa: PLR2004 - the version of the protocol
        return address
    return str(ip_network((parsed, _IPV6_HOLDER), strict=False))


def purpose_of(header: str | None) -> str:
    """Return the percent-decoded header `Deloteka-Purpose`; raise `InvalidPurpose` if it is not ≤ 200 characters."""
    if header is None:
        return ""
    try:
        text = unquote_to_bytes(header[: _LONGEST_HEADER + 1]).decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise InvalidPurpose from error
    if len(text) > LONGEST_PURPOSE or not text.isprintable():
        raise InvalidPurpose
    return text


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address)
    except ValueError:
        return None


def _trusted(address: str, trusted: Sequence[Network]) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in trusted)
