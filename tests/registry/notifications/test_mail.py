"""E-mail, handed to a mail server that speaks SMTP on the loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_string
from email.header import decode_header, make_header
from uuid import uuid4

import httpx
import pytest

from core.outbound import GuardedClient, Policy
from core.sdk import ConnectorMisconfigured, ConnectorTransient, Event, Notification
from plugins.smtp.notifier import SmtpNotifier
from plugins.smtp.settings import SmtpSettings

NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)


@dataclass
class PostOffice:
    """Says `250` to everything, and `refusal` to recipients where one is set."""

    refusal: str = ""
    letters: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 office.test ESMTP\r\n")
        lines: list[str] | None = None
        while said := (await reader.readline()).decode().rstrip("\r\n"):
            word = said.partition(" ")[0].upper()
            if word == "DATA":
                writer.write(b"354 go on\r\n")
                lines = await self._letter(reader)
                self.letters.append("\n".join(lines))
                writer.write(b"250 taken\r\n")
            elif word == "QUIT":
                writer.write(b"221 bye\r\n")
                break
            else:
                writer.write((self.refusal if word == "RCPT" and self.refusal else "250 fine").encode() + b"\r\n")
            await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def _letter(self, reader: asyncio.StreamReader) -> list[str]:
        lines: list[str] = []
        while (line := (await reader.readline()).decode().rstrip("\r\n")) != ".":
            lines.append(line)
        return lines


@asynccontextmanager
async def office_at(office: PostOffice) -> AsyncIterator[SmtpNotifier]:
    server = await asyncio.start_server(office.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        yield SmtpNotifier(SmtpSettings(port=port, sender="deloteka@school.test"))


async def send(notifier: SmtpNotifier) -> None:
    event = Event(id=uuid4(), name="import.ended", occurred_at=NOW, institution_id=uuid4(), facts={"state": "failed"})
    notification = Notification(
        id=uuid4(),
        recipient="director@school.test",
        subject="Импорт не удался",
        text="Импорт не удался.\n",
        event=event,
        attempted_at=NOW,
    )
    nowhere = httpx.MockTransport(lambda _request: httpx.Response(500))
    async with GuardedClient(Policy(api=frozenset()), clock=lambda: NOW, transport=nowhere) as http:
        await notifier.notify(notification, http)


async def test_a_letter_arrives_as_it_was_written() -> None:
    office = PostOffice()
    async with office_at(office) as notifier:
        await send(notifier)
    letter = message_from_string(office.letters[0])
    assert str(make_header(decode_header(letter["Subject"]))) == "Импорт не удался"
    assert (letter["From"], letter["To"]) == ("deloteka@school.test", "director@school.test")
    assert letter["Auto-Submitted"] == "auto-generated"
    body = letter.get_payload(decode=True)
    assert isinstance(body, bytes)
    assert body.decode().strip() == "Импорт не удался."


@pytest.mark.parametrize(
    ("refusal", "error"),
    [("550 no such user", ConnectorMisconfigured), ("451 later", ConnectorTransient)],
)
async def test_who_is_refused_for_good_is_not_tried_again(refusal: str, error: type[Exception]) -> None:
    async with office_at(PostOffice(refusal=refusal)) as notifier:
        with pytest.raises(error):
            await send(notifier)


async def test_a_mail_server_that_is_gone_is_tried_again() -> None:
    with pytest.raises(ConnectorTransient, match="did not take"):
        await send(SmtpNotifier(SmtpSettings(port=1, seconds=2)))
