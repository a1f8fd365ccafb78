"""The antivirus: a small clamd that speaks the protocol, and everything it may do wrong."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import ValidationError

from core.inspection.pipeline import InspectionService
from core.inspection.verdicts import Code, Verdict
from core.kernel.sandbox import Sandbox
from plugins.clamav import register_inspectors, register_settings
from plugins.clamav.scanner import ClamavScanner, ClamavSettings
from tests.inspection import samples

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIGNATURE = b"EVIL-TEST-BYTES"
Behaviour = Callable[["FakeClamd", asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class FakeClamd:
    """Speaks INSTREAM as clamd does: blocks with their length, an empty one at the end, one line back."""

    def __init__(self, behaviour: Behaviour, *, stream_max: int = 1 << 20) -> None:
        self._behaviour = behaviour
        self.stream_max = stream_max
        self.received = b""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
            await self._behaviour(self, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def read_stream(self, reader: asyncio.StreamReader) -> bool:
        """Whether the whole stream was read; False where it grew beyond the limit."""
        while True:
            (length,) = struct.unpack(">I", await reader.readexactly(4))
            if length == 0:
                return True
            self.received += await reader.readexactly(length)
            if len(self.received) > self.stream_max:
                return False


async def scans(clamd: FakeClamd, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if not await clamd.read_stream(reader):
        writer.write(b"INSTREAM size limit exceeded. ERROR\0")
    elif SIGNATURE in clamd.received:
        writer.write(b"stream: Test.Evil-1 FOUND\0")
    else:
        writer.write(b"stream: OK\0")
    await writer.drain()


def answers(line: bytes) -> Behaviour:
    async def behave(clamd: FakeClamd, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await clamd.read_stream(reader)
        writer.write(line)
        await writer.drain()

    return behave


async def hangs(clamd: FakeClamd, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await clamd.read_stream(reader)
    await reader.read()


async def hangs_up(clamd: FakeClamd, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readexactly(4)


@asynccontextmanager
async def clamd_at(folder: Path, clamd: FakeClamd) -> AsyncIterator[ClamavScanner]:
    socket = folder / "clamd.ctl"
    server = await asyncio.start_unix_server(clamd.handle, socket)
    settings = ClamavSettings(socket=socket, connect_seconds=5.0, idle_seconds=2.0)
    async with server:
        yield ClamavScanner(settings)


CLEAN = samples.pdf()
EVIL = samples.pdf_with_root().replace(b"%%EOF", b"%" + SIGNATURE + b"\n%%EOF")

CASES: list[tuple[Behaviour, bytes, Verdict, str | None]] = [
    (scans, CLEAN, Verdict.ACCEPTED, None),
    (scans, EVIL, Verdict.QUARANTINED, Code.VIRUS),
    (answers(b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0"), CLEAN, Verdict.QUARANTINED, Code.SCANNER_DOWN),
    (answers(b"stream: Can't allocate memory ERROR\0"), CLEAN, Verdict.QUARANTINED, Code.SCANNER_DOWN),
    (answers(b"\0"), CLEAN, Verdict.QUARANTINED, Code.SCANNER_DOWN),
    (answers(b"stream: NOT OK\0"), CLEAN, Verdict.QUARANTINED, Code.SCANNER_DOWN),
    (answers(b"stream: O"), CLEAN, Verdict.QUARANTINED, Code.SCANNER_DOWN),
    (answers(b"x" * 10_000), CLEAN, Verdict.QUARANTINED, Code.SCANNER_DOWN),
    (hangs, CLEAN, Verdict.QUARANTINED, Code.SCANNER_DOWN),
    (hangs_up, CLEAN, Verdict.QUARANTINED, Code.SCANNER_DOWN),
]


@pytest.mark.parametrize(("behaviour", "content", "verdict", "code"), CASES)
async def test_only_a_clear_answer_lets_a_file_through(
    sandbox: Sandbox, tmp_path: Path, behaviour: Behaviour, content: bytes, verdict: Verdict, code: str | None
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(content)
    async with clamd_at(tmp_path, FakeClamd(behaviour)) as scanner:
        report = await InspectionService(sandbox, scanners=(scanner,)).inspect(path, "a.pdf")
    assert (report.verdict, report.code) == (verdict, code), report.findings


async def test_every_byte_reaches_the_antivirus(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"text " * 100_000)
    clamd = FakeClamd(scans)
    async with clamd_at(tmp_path, clamd) as scanner:
        report = await InspectionService(sandbox, scanners=(scanner,)).inspect(path, "a.txt")
    assert (report.verdict, report.facts["scanned"]) == (Verdict.ACCEPTED, True)
    assert clamd.received == path.read_bytes()


async def test_a_stream_longer_than_the_limit_of_clamd_waits(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"text " * 1_000_000)
    async with clamd_at(tmp_path, FakeClamd(scans, stream_max=100_000)) as scanner:
        report = await InspectionService(sandbox, scanners=(scanner,)).inspect(path, "a.txt")
    assert report.code == Code.SCANNER_DOWN


async def test_a_clamd_that_is_not_there_fails_closed(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(CLEAN)
    scanner = ClamavScanner(ClamavSettings(socket=tmp_path / "nobody"))
    report = await InspectionService(sandbox, scanners=(scanner,)).inspect(path, "a.pdf")
    assert (report.verdict, report.code) == (Verdict.QUARANTINED, Code.SCANNER_DOWN)


async def test_a_scanner_that_never_answers_is_given_up(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(CLEAN)
    async with clamd_at(tmp_path, FakeClamd(hangs)) as scanner:
        service = InspectionService(sandbox, scanners=(scanner,), scan_seconds=0.05)
        assert (await service.inspect(path, "a.pdf")).code == Code.SCANNER_DOWN


async def test_a_rejected_file_is_not_sent_to_the_antivirus(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"<html>")
    clamd = FakeClamd(scans)
    async with clamd_at(tmp_path, clamd) as scanner:
        await InspectionService(sandbox, scanners=(scanner,)).inspect(path, "a.pdf")
    assert clamd.received == b""


async def test_it_speaks_over_the_loopback_too(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(EVIL)
    server = await asyncio.start_server(FakeClamd(scans).handle, "127.0.0.1", 0)
    async with server:
        settings = ClamavSettings(host="127.0.0.1", port=server.sockets[0].getsockname()[1])
        report = await InspectionService(sandbox, scanners=(ClamavScanner(settings),)).inspect(path, "a.pdf")
    assert report.code == Code.VIRUS


@pytest.mark.parametrize("host", ["192.0.2.1", "antivirus.example.org"])
async def test_files_are_not_sent_over_a_network(host: str) -> None:
    with pytest.raises(ValidationError):
        ClamavSettings(host=host)


async def test_the_plugin_offers_one_scanner() -> None:
    assert register_settings() is ClamavSettings
    assert [each.name for each in register_inspectors(settings=None)] == ["clamav"]
