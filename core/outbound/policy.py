"""What a connection may ask, and whom; every hop of every request is held against it."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

import httpx

from core.outbound.addresses import is_address, is_public
from core.sdk.connectors import AllowedRequest, Hosts
from core.sdk.errors import ConnectorBug, ConnectorMisconfigured

_READING: Final = frozenset({"GET", "HEAD"})
_HOST: Final = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
_USUAL_PORTS: Final = frozenset({80, 443})


def authority(host: str, *, plain: bool = False) -> str:
    """Return `host` or `host:port` as it is compared: lower case, no final dot, no usual port; IDNA for other letters.

    Raises `ConnectorMisconfigured` for what is no host.
    """
    try:
        url = httpx.URL(f"{'http' if plain else 'https'}://{host.strip()}/")
    except httpx.InvalidURL:
        url = httpx.URL("")
    if not _HOST.fullmatch(url.raw_host.decode("ascii")) or url.userinfo or url.raw_path != b"/" or url.fragment:
        detail = f"{host!r} is no host; expected a name such as lms.example.org, with a port if it is not the usual one"
        raise ConnectorMisconfigured(detail)
    return authority_of(url)


def authority_of(url: httpx.URL) -> str:
    """Return the host of an address as `authority` spells it."""
    name = url.raw_host.decode("ascii").lower().removesuffix(".")
    name = f"[{name}]" if ":" in name else name
    return f"{name}:{url.port}" if url.port is not None else name


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The hosts and requests of one connection; hosts as `authority` spells them."""

    api: frozenset[str]
    """Where requests go, and secrets with them."""
    files: frozenset[str] = frozenset()
    """Where files come from besides."""
    private: frozenset[str] = frozenset()
    """Hosts that may lie at addresses that are not public."""
    plain: bool = False
    """Whether the connection's own scheme is http."""
    requests: tuple[AllowedRequest, ...] = ()

    @classmethod
    def of(
        cls,
        hosts: Hosts,
        *,
        files: Collection[str] = (),
        private: Collection[str] = (),
        requests: tuple[AllowedRequest, ...] = (),
        http_allowed: bool = False,
    ) -> "Policy":
        """Return the policy of a configuration; raise `ConnectorMisconfigured` for plain http that is not allowed."""
        if hosts.plain and not http_allowed:
            detail = (
                "the address begins with http://, so secrets and personal data would travel unencrypted; use https://,"
                " or have whoever runs the installation set connections.allow_http"
            )
            raise ConnectorMisconfigured(detail)
        return cls(
            api=frozenset(authority(host, plain=hosts.plain) for host in hosts.api),
            files=frozenset(authority(host, plain=hosts.plain) for host in files),
            private=frozenset(authority(host) for host in private),
            plain=hosts.plain,
            requests=requests,
        )

    def admit(self, method: str, url: httpx.URL, *, files: bool = False) -> None:
        """Raise `ConnectorBug` for a request that is not declared, `ConnectorMisconfigured` for another host."""
        self._require_method(method, url)
        if url.scheme != "https" and not (self.plain and url.scheme == "http"):
            detail = f"addresses begin with {'http:// or ' * self.plain}https://, not with {url.scheme[:20]!r}"
            raise ConnectorMisconfigured(detail)
        if url.userinfo:
            detail = "an address carries no user name and no password"
            raise ConnectorMisconfigured(detail)
        host = authority_of(url)
        if host not in self.api and not (files and host in self.files):
            whose = "this connection's hosts or its confirmed file hosts" if files else "this connection's hosts"
            detail = f"{host} is not among {whose} ({', '.join(sorted(self.api | (self.files if files else set())))})"
            raise ConnectorMisconfigured(detail, host=host)
        name = url.host.strip("[]")
        if is_address(name) and not is_public(name) and not self.may_be_private(name, url.port):
            raise private_address(host)

    def _require_method(self, method: str, url: httpx.URL) -> None:
        if method in _READING:
            return
        if any(each.method == method and fnmatchcase(url.path, each.path) for each in self.requests):
            return
        detail = f"{method} {url.path[:200]} is not among the requests that the connector declares"
        raise ConnectorBug(detail)

    def trusts(self, url: httpx.URL) -> bool:
        """Say whether secrets may go to this address."""
        return authority_of(url) in self.api

    def may_be_private(self, host: str, port: int | None) -> bool:
        """Say whether the operator allowed that this very host lies at an address that is not public."""
        name = host.lower().removesuffix(".")
        name = f"[{name}]" if ":" in name else name
        return f"{name}:{port}" in self.private or ((port is None or port in _USUAL_PORTS) and name in self.private)


def private_address(host: str) -> ConnectorMisconfigured:
    """Return the refusal of a host at an address that is not public; no list of hosts helps against that."""
    detail = (
        f"{host} lies inside a network or on this machine, where connections do not lead; if the platform really stands"
        " there, the operator of the installation allows this very host"
    )
    return ConnectorMisconfigured(detail, private_host=host)
