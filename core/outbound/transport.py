"""The transport to the network: a name is resolved once, its addresses are checked, and one of these is connected."""

import asyncio
import ssl
from collections.abc import Iterable
from pathlib import Path

import httpcore
import httpx

from core.outbound.addresses import Resolver, is_public, resolve_by_system
from core.outbound.limits import Limits
from core.outbound.policy import Policy, private_address

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects to checked addresses only; TLS above it is verified against the name all the same."""

    def __init__(self, policy: Policy, resolver: Resolver) -> None:
        self._policy = policy
        self._resolve = resolver
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the interface of httpcore)
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect; raise `ConnectorMisconfigured` for a host that has any address where connections do not lead."""
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._resolve(host, port)
        except (TimeoutError, OSError, UnicodeError) as error:
            message = f"the name {host} has no address"
            raise httpcore.ConnectError(message) from error
        if not self._policy.may_be_private(host, port) and not all(is_public(each) for each in addresses):
            raise private_address(host)
        failure: httpcore.NetworkError | httpcore.TimeoutException = httpcore.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class _GuardedTransport(httpx.AsyncHTTPTransport):
    """httpx over a pool with the guarded backend; it reads no proxies from the environment."""

    def __init__(self, pool: httpcore.AsyncConnectionPool) -> None:
        self._pool = pool


def trusted(ca_file: Path | None = None) -> ssl.SSLContext:
    """Return what TLS is verified with: the usual authorities, and those of `ca_file` (PEM) besides."""
    context = httpx.create_ssl_context(trust_env=False)
    if ca_file is not None:
        context.load_verify_locations(cafile=ca_file)
    return context


def guarded_transport(
    policy: Policy,
    *,
    limits: Limits | None = None,
    resolver: Resolver = resolve_by_system,
    trust: ssl.SSLContext | None = None,
) -> httpx.AsyncBaseTransport:
    """Return the transport of one connection; whoever opens it closes it."""
    limits = limits or Limits()
    pool = httpcore.AsyncConnectionPool(
        ssl_context=trust or trusted(),
        max_connections=limits.connections,
        max_keepalive_connections=limits.connections,
        keepalive_expiry=30.0,
        network_backend=GuardedBackend(policy, resolver),
    )
    return _GuardedTransport(pool)
