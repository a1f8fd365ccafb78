"""Whatever a store answers, or does not, becomes one reason of the error family, soon."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

import pytest

from storage.errors import (
    BucketMissing,
    DigestMismatch,
    ObjectAbsent,
    StorageError,
    StoreAccessDenied,
    StoreFull,
    StoreRefused,
    StoreUnavailable,
)
from storage.objects import Capabilities
from storage.s3 import Patience, S3Address, S3Vault, open_vault
from storage.s3.state import parse_moment
from tests.object_storage.surroundings import keep, make_source, new_key, read


def address_of(port: int, bucket: str = "some-bucket") -> S3Address:
    return S3Address(endpoint=f"http://127.0.0.1:{port}", access_key="key", secret_key="hush-hush", bucket=bucket)


def answer(status: str, body: str = "", *, kind: str = "application/xml", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n\r\n{body}".encode()


def s3_error(status: str, code: str) -> bytes:
    return answer(status, f"<Error><Code>{code}</Code><Message>a message</Message></Error>")


class UnwellStore:
    """Answers every request with the same bytes, or with nothing."""

    def __init__(self, reply: bytes | None) -> None:
        self.reply = reply
        self.asked = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._conversations: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()
        for writer in self._writers:
            writer.close()
        await asyncio.gather(*self._conversations)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._conversations.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.asked += 1
                await self._skip_body(head, reader)
                if self.reply is None:
                    continue
                writer.write(self.reply)
                await writer.drain()
                if b"Content-Length: 999" in self.reply or not self.reply:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    @staticmethod
    async def _skip_body(head: bytes, reader: asyncio.StreamReader) -> None:
        for line in head.decode("latin-1").lower().split("\r\n"):
            if line.startswith("content-length:"):
                await reader.readexactly(int(line.partition(":")[2]))


SHORT = Patience(answer=1.0, ping=0.5)
Unwell = Callable[[bytes | None], Awaitable[S3Vault]]


@pytest.fixture
async def unwell() -> AsyncIterator[Unwell]:
    async with AsyncExitStack() as stack:

        async def begin(reply: bytes | None) -> S3Vault:
            store = await stack.enter_async_context(UnwellStore(reply))
            return await stack.enter_async_context(S3Vault(address_of(store.port), patience=SHORT))

        yield begin


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (s3_error("500 Internal Server Error", "InternalError"), StoreUnavailable),
        (s3_error("503 Service Unavailable", "SlowDown"), StoreUnavailable),
        (s3_error("500 Internal Server Error", "NeverHeardOf"), StoreUnavailable),
        (answer("502 Bad Gateway", "<html>", kind="text/html"), StoreUnavailable),
        (answer("200 OK", "half", length=999), StoreUnavailable),
        (b"", StoreUnavailable),
        (b"SSH-2.0-OpenSSH_9.2\r\n", StoreUnavailable),
        (answer("500 Internal Server Error", "<no><xml"), StoreUnavailable),
        (answer("409 Conflict", "<html>", kind="text/html"), StoreUnavailable),
        (answer("507 Insufficient Storage", "full", kind="text/plain"), StoreFull),
        (s3_error("403 Forbidden", "QuotaExceeded"), StoreFull),
        (s3_error("403 Forbidden", "AccessDenied"), StoreAccessDenied),
        (s3_error("403 Forbidden", "RequestTimeTooSkewed"), StoreAccessDenied),
        (s3_error("404 Not Found", "NoSuchBucket"), BucketMissing),
        (s3_error("404 Not Found", "NoSuchKey"), ObjectAbsent),
        (s3_error("404 Not Found", "NoSuchVersion"), ObjectAbsent),
        (s3_error("400 Bad Request", "XAmzContentSHA256Mismatch"), DigestMismatch),
        (s3_error("400 Bad Request", "NeverHeardOf"), StoreRefused),
        (answer("418 I'm a teapot", "short and stout", kind="text/plain"), StoreRefused),
    ],
)
async def test_each_answer_has_one_reason(unwell: Unwell, reply: bytes, reason: type[StorageError]) -> None:
    vault = await unwell(reply)
    with pytest.raises(reason) as refusal:
        await read(vault, new_key())
    assert type(refusal.value) is reason
    assert refusal.value.code
    assert "hush-hush" not in str(refusal.value)


@pytest.mark.parametrize("status", ["409 Conflict", "500 Internal Server Error", "503 Service Unavailable"])
async def test_an_answer_without_a_body_has_a_reason_too(unwell: Unwell, status: str) -> None:
    vault = await unwell(answer(status))
    with pytest.raises(StoreUnavailable):
        await vault.stat(new_key())


async def test_headers_without_sense_are_no_stat(unwell: Unwell) -> None:
    vault = await unwell(answer("200 OK"))
    with pytest.raises(StoreUnavailable):
        await vault.stat(new_key())


async def test_a_refused_connection_is_reported_at_once() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    async with S3Vault(address_of(port)) as vault:
        started = time.monotonic()
        for call in (vault.ping, lambda: vault.stat(new_key()), lambda: read(vault, new_key()), vault.probe):
            with pytest.raises(StoreUnavailable):
                await call()
        assert time.monotonic() - started < 5
    with pytest.raises(StoreUnavailable):
        await open_vault(address_of(port))


async def test_a_silent_store_is_reported_and_not_asked_twice(tmp_path: Path) -> None:
    async with UnwellStore(None) as store, S3Vault(address_of(store.port), patience=SHORT) as vault:
        with pytest.raises(StoreUnavailable):
            await vault.ping()
        with pytest.raises(StoreUnavailable):
            await keep(vault, make_source(tmp_path, 10))
        assert store.asked == 2


@pytest.mark.parametrize(
    ("second", "kept"), [("200 OK\r\nx-amz-version-id: v1", True), ("500 Internal Server Error", False)]
)
async def test_a_put_under_a_fresh_key_looks_at_it_only_when_it_is_repeated(
    tmp_path: Path, second: str, *, kept: bool
) -> None:
    heads: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower())
        await reader.readexactly(10)
        # The first answer is lost: nobody knows whether the bytes lie there.
        if len(heads) > 1:
            writer.write(f"HTTP/1.1 {second}\r\nContent-Length: 0\r\n\r\n".encode())
        writer.close()
        await writer.wait_closed()

    source = make_source(tmp_path, 10)
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        async with S3Vault(address_of(server.sockets[0].getsockname()[1])) as vault:
            vault._door.capabilities = Capabilities(conditional_create=True, verifies_checksums=True)
            put = vault.put_fresh(
                new_key(), source.path, sha256=source.sha256, size=source.size, media_type="application/pdf"
            )
            if kept:
                assert (await put).version_id == "v1"
            else:
                with pytest.raises(StoreUnavailable):
                    await put
        assert ["if-none-match: *" in head for head in heads] == [False, True]
        assert all("x-amz-checksum-sha256:" in head for head in heads)


async def test_a_server_error_while_room_is_short_means_full(tmp_path: Path) -> None:
    room = iter([True, False])
    async with (
        UnwellStore(s3_error("500 Internal Server Error", "InternalError")) as store,
        S3Vault(address_of(store.port), room=lambda _: next(room)) as vault,
    ):
        vault._door.capabilities = Capabilities(conditional_create=True)
        with pytest.raises(StoreFull):
            await keep(vault, make_source(tmp_path, 10))


async def test_what_does_not_fit_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        async with S3Vault(address_of(closed.getsockname()[1]), room=lambda size: size < 5) as vault:
            with pytest.raises(StoreFull):
                await keep(vault, make_source(tmp_path, 10))


@pytest.mark.parametrize(
    ("endpoint", "bucket", "access_key"),
    [
        ("ftp://127.0.0.1", "some-bucket", "key"),
        ("http://", "some-bucket", "key"),
        ("http://127.0.0.1/path", "some-bucket", "key"),
        ("http://key:secret@127.0.0.1", "some-bucket", "key"),
        ("http://127.0.0.1", "UPPER", "key"),
        ("http://127.0.0.1", "ab", "key"),
        ("http://127.0.0.1", "x" * 64, "key"),
        ("http://127.0.0.1", "some-bucket", ""),
    ],
)
def test_an_address_that_cannot_work_is_refused(endpoint: str, bucket: str, access_key: str) -> None:
    with pytest.raises(ValueError, match=r".+") as refusal:
        S3Address(endpoint=endpoint, access_key=access_key, secret_key="hush-hush", bucket=bucket)
    assert "hush-hush" not in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_an_address_never_shows_its_secret() -> None:
    address = S3Address(
        endpoint="https://s3.example.org", access_key="key", secret_key="hush-hush", bucket="some-bucket"
    )
    assert "hush-hush" not in repr(address)
    assert (address.secure, address.host) == (True, "s3.example.org")


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [
        ("2030-05-06T07:08:09Z", 0),
        ("2030-05-06T07:08:09.000Z", 0),
        ("2030-05-06T07:08:09.250Z", 250_000),
        ("2030-05-06T07:08:09.000000000Z", 0),
    ],
)
def test_dates_are_read_however_stores_spell_them(text: str, microsecond: int) -> None:
    moment = parse_moment(text)
    assert (moment.isoformat()[:19], moment.microsecond) == ("2030-05-06T07:08:09", microsecond)


@pytest.mark.parametrize("text", ["", "2030-05-06", "2030-05-06T07:08:09", "2030-05-06T07:08:09+03:00"])
def test_a_date_without_its_zone_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match=r"^" + text[:4]):
        parse_moment(text)
