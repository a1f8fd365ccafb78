"""A platform without a network, and a server on this machine that says exactly the bytes it was given."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from core.outbound import GuardedClient, Limits, Policy, Redactor, Resolver, guarded_transport
from core.sdk.connectors import Answer
from core.sdk.errors import ConnectorTransient

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
QUICK = Limits(first_pause_seconds=0.001, longest_pause_seconds=0.002, attempts=3, answer_seconds=5, connect_seconds=5)


def clock() -> datetime:
    return NOW


def lets_pass(_answer: Answer) -> None:
    """A judge that finds nothing wrong."""


@dataclass(frozen=True)
class Said:
    """One answer of the double."""

    status: int = 200
    body: bytes = b"{}"
    headers: tuple[tuple[str, str], ...] = ()
    wait: float = 0.0


@dataclass
class Double:
    """Answers by address; a list is used up one by one, its last answer stays."""

    answers: dict[str, list[Said]]
    seen: list[httpx.Request] = field(default_factory=list)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        at = f"{request.url.scheme}://{request.url.netloc.decode()}{request.url.path}"
        left = self.answers[at]
        said = left.pop(0) if len(left) > 1 else left[0]
        if said.wait:
            await asyncio.sleep(said.wait)
        if said.status == 0:
            message = "cut"
            raise httpx.ReadError(message)
        return httpx.Response(said.status, headers=list(said.headers), stream=_Body(said.body))


class _Body(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._body), 1000):
            yield self._body[start : start + 1000]


def client(double: Double, policy: Policy, **options: Any) -> GuardedClient:  # noqa: ANN401 (of the client)
    options.setdefault("limits", QUICK)
    return GuardedClient(policy, clock=clock, transport=httpx.MockTransport(double), **options)


def says(judged: str) -> Callable[[Answer], None]:
    """A judge that calls every answer transient whose body says `judged`."""

    def judge(answer: Answer) -> None:
        if judged in answer.body.decode():
            raise ConnectorTransient(judged)

    return judge


@asynccontextmanager
async def server(answers: Sequence[bytes], tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[int, list[bytes]]]:
    """Listen on this machine; each connection gets the next answer, byte for byte, and is closed."""
    left, heard = list(answers), []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(left.pop(0) if len(left) > 1 else left[0])
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    listening = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls)
    async with listening:
        yield listening.sockets[0].getsockname()[1], heard


def resolver(**names: str) -> Resolver:
    """Resolve `platform_test="10.0.0.1 8.8.8.8"`; counts nothing, asks nobody."""

    async def resolve(host: str, _port: int) -> Sequence[str]:
        try:
            return names[host.replace(".", "_")].split()
        except KeyError:
            raise OSError(host) from None

    return resolve


def network(policy: Policy, resolve: Resolver, trust: ssl.SSLContext | None = None, **options: Any) -> GuardedClient:  # noqa: ANN401
    """A client with the real transport."""
    transport = guarded_transport(policy, limits=QUICK, resolver=resolve, trust=trust or ssl.create_default_context())
    options.setdefault("limits", QUICK)
    return GuardedClient(policy, clock=clock, transport=transport, redactor=Redactor(), **options)


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    """Return a server's TLS for `name`, and the file of the authority that vouches for it (itself)."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.now(UTC)
    names: list[x509.GeneralName] = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("192.0.2.9"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / f"{name}.pem", folder / f"{name}.key"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, secret)
    return context, chain
