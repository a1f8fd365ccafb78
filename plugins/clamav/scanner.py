"""The INSTREAM command of clamd (clamd(8)): the file goes in blocks with their length, one line comes back."""

import asyncio
import contextlib
import ipaddress
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Self

from pydantic import BaseModel, Field, model_validator

from core.sdk import Candidate, Finding, Inspection, Scanner, ServiceUnavailable, Severity

_BLOCK = 1 << 17
_MAX_ANSWER = 4096
_NOT_WHOLE = "Heuristics.Limits.Exceeded"


class ClamdSilent(ServiceUnavailable):
    """clamd gave no verdict on the whole file; the file waits."""

    code = "clamd_silent"

    def __init__(self, *, reason: str) -> None:
        super().__init__(f"clamd gave no verdict ({reason}). Check that it runs and see its log.")
        self.reason = reason


class ClamavSettings(BaseModel):
    """Where clamd listens: a unix socket, or a port of this machine if `host` is set."""

    socket: Path = Path("/run/clamav/clamd.ctl")
    host: str | None = None
    """A loopback address: personal data must not cross a network without encryption."""
    port: int = Field(default=3310, ge=1, le=65535)
    connect_seconds: float = Field(default=5.0, gt=0)
    idle_seconds: float = Field(default=30.0, gt=0)
    """Longest silence while sending or waiting for the answer."""

    @model_validator(mode="after")
    def _stays_here(self) -> Self:
        if self.host is not None and self.host != "localhost":
            try:
                loopback = ipaddress.ip_address(self.host).is_loopback
            except ValueError:
                loopback = False
            if not loopback:
                message = "host must be a loopback address; use the unix socket, or a tunnel to another machine"
                raise ValueError(message)
        return self


class ClamavScanner(Scanner):
    """Asks clamd about the whole file and believes nothing but a clear answer."""

    name = "clamav"

    def __init__(self, settings: ClamavSettings) -> None:
        self._settings = settings

    async def scan(self, candidate: Candidate) -> Inspection:
        """Send the file and read the verdict.

        Raises:
            ClamdSilent: clamd is not there, is silent, or could not look at the whole file.
        """
        try:
            async with self._connection() as (reader, writer):
                answer = await self._ask(reader, writer, candidate.path)
        except TimeoutError as error:
            raise ClamdSilent(reason="no answer in time") from error
        except (OSError, EOFError, ValueError) as error:
            raise ClamdSilent(reason=type(error).__name__) from error
        return _verdict(answer)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        settings = self._settings
        async with asyncio.timeout(settings.connect_seconds):
            if settings.host is None:
                reader, writer = await asyncio.open_unix_connection(settings.socket, limit=_MAX_ANSWER)
            else:
                reader, writer = await asyncio.open_connection(settings.host, settings.port, limit=_MAX_ANSWER)
        try:
            yield reader, writer
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: Path) -> str:
        # clamd says why it hangs up, and hangs up while the file is still being sent.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            await self._send(writer, path)
        async with asyncio.timeout(self._settings.idle_seconds):
            answer = await reader.readuntil(b"\0")
        return answer.rstrip(b"\0\n").decode("utf-8", "replace")

    async def _send(self, writer: asyncio.StreamWriter, path: Path) -> None:
        writer.write(b"zINSTREAM\0")
        with path.open("rb") as file:
            while block := await asyncio.to_thread(file.read, _BLOCK):
                writer.write(struct.pack(">I", len(block)) + block)
                async with asyncio.timeout(self._settings.idle_seconds):
                    await writer.drain()
        writer.write(struct.pack(">I", 0))
        async with asyncio.timeout(self._settings.idle_seconds):
            await writer.drain()


def _verdict(answer: str) -> Inspection:
    text = answer.partition(": ")[2] or answer
    if text == "OK":
        return Inspection(facts={"scanned": True})
    if text.endswith(" FOUND"):
        signature = text.removesuffix(" FOUND")
        if signature.startswith(_NOT_WHOLE):
            raise ClamdSilent(reason=f"not the whole file was looked at, raise its limits: {signature}")
        message = "The antivirus reports malicious content"
        facts = {"signature": signature}
        finding = Finding(code="virus", severity=Severity.REFUSAL, message=message, facts=facts)
        return Inspection(findings=(finding,), facts={"scanned": True})
    raise ClamdSilent(reason=text[:200])
