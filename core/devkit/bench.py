"""A bench: a connector at a simulator, with a host that keeps everything in memory.

It says in few lines what the host promises: records and state in one step, letters for what is bad, absence only after
a complete read, a stop by the class of an error. It is no store for a product.
"""

import logging
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from pydantic import BaseModel, SecretStr

from core.devkit.keeping import Kept, MemoryTokens
from core.devkit.middleware import Application
from core.devkit.running import Desk, Outcome, Report, Run, Stopped
from core.devkit.transport import SimulatorTransport
from core.outbound import GuardedClient, Limits, Policy, Redactor
from core.sdk.connectors import (
    CheckResult,
    Connection,
    Connector,
    GivenFile,
    Place,
    Tables,
)
from core.sdk.errors import (
    ConnectorAuthFailed,
    ConnectorError,
)

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
"""The first day of a bench, unless the platform names another: a Monday within a study year."""
LIMITS = Limits(attempts=3, first_pause_seconds=0, longest_pause_seconds=0, longest_wait_seconds=0, answer_seconds=20)
"""No test waits for a pause; a platform that asks for one is asked again in another run."""


class OtherAccount(Exception):
    """New credentials lead to another account: refused, because ids and bookmarks belong to the first one."""

    def __init__(self, known: str, found: str) -> None:
        super().__init__(f"the connection belongs to {known!r}, these credentials to {found!r}")


SignIn = Callable[[Connector], Awaitable[None]]
"""Signs in at the simulator in the place of an operator's browser."""


def secrets_of(value: object) -> Iterator[str]:
    """Yield every secret of a configuration, at every depth."""
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from secrets_of(getattr(value, name))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from secrets_of(each)


class Bench:
    """One connection of `connector` with the simulators of `hosts`; what it keeps outlives its runs."""

    def __init__(
        self,
        connector: type[Connector],
        configuration: Mapping[str, Any],
        *,
        hosts: Mapping[str, Application],
        file_hosts: Collection[str] = (),
        files: Callable[[], Sequence[GivenFile]] = tuple,
        tables: Tables | None = None,
        place: Place | None = None,
    ) -> None:
        self.connector = connector
        self.configuration = dict(configuration)
        self.transport = SimulatorTransport(hosts)
        self.file_hosts = tuple(file_hosts)
        self.files = files
        self.tables = tables
        self.place = place
        self.now = START
        self.zone = ZoneInfo("Europe/Moscow")
        self.kept = Kept()
        self.tokens = MemoryTokens()
        self.unique_id: str | None = None
        self.needs_sign_in = False
        self.texts: list[str] = []
        """Whatever an operator could read: messages, errors, log lines."""

    async def open(self, configuration: Mapping[str, Any] | None = None) -> Connector:
        """Return a connector as the host makes it for one run."""
        spec = await self.connector.spec()
        filled: BaseModel = spec.configuration.model_validate(
            dict(self.configuration if configuration is None else configuration)
        )
        hosts = self.connector.hosts(filled)
        policy = Policy.of(hosts, files=self.file_hosts, requests=spec.manifest.requests, http_allowed=True)
        self.transport.api = policy.api
        connection = Connection(
            configuration=filled,
            http=GuardedClient(
                policy,
                clock=lambda: self.now,
                redactor=Redactor((*secrets_of(filled), *self.tokens.secrets)),
                limits=LIMITS,
                transport=self.transport,
            ),
            tokens=self.tokens,
            clock=lambda: self.now,
            zone=self.zone,
            today=self.now.astimezone(self.zone).date(),
            files=tuple(self.files()),
            tables=self.tables,
            place=self.place,
        )
        return self.connector(connection)

    async def check(self) -> CheckResult:
        """Check, and remember whose account it is."""
        with self._listening():
            result = await (await self.open()).check()
        self.texts.append(repr(result))
        if self.unique_id not in (None, result.identity.unique_id):
            raise OtherAccount(self.unique_id or "", result.identity.unique_id)
        self.unique_id = result.identity.unique_id
        return result

    async def reconnect(self, configuration: Mapping[str, Any], sign_in: SignIn | None = None) -> None:
        """Take new credentials if they belong to the same account, else raise `OtherAccount` and keep the old ones."""
        before = (self.configuration, self.tokens.tokens)
        self.configuration, self.tokens.tokens = dict(configuration), None
        try:
            if sign_in is not None:
                await sign_in(await self.open())
            await self.check()
        except BaseException:
            self.configuration, self.tokens.tokens = before
            raise
        self.needs_sign_in = False

    async def run(self, *, kill_after: int | None = None, cancel_after: int | None = None) -> Report:
        """Read every stream once. A stop comes after that many messages; a killed run forgets what was not stated."""
        self.transport.forget()
        run = Run(
            Desk(
                kept=self.kept,
                transport=self.transport,
                texts=self.texts,
                now=self.now,
                today=self.now.astimezone(self.zone).date(),
                kill_after=kill_after,
                cancel_after=cancel_after,
            )
        )
        report = run.report
        with self._listening():
            try:
                await run.all_streams(await self.open())
            except Stopped as stop:
                run.stopped(stop.outcome)
            except ConnectorAuthFailed as error:
                run.note("", "", error)
                self.needs_sign_in = True
                report.outcome = Outcome.FAILED
            except ConnectorError as error:
                run.note("", "", error)
                report.outcome = Outcome.FAILED
        report.requests = self.transport.requests()
        report.repeated = self.transport.repeated()
        return report

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """Hear every log line meanwhile, whichever way it is written."""
        listener = _Listener(self.texts)
        root = logging.getLogger()
        level = root.level
        root.addHandler(listener)
        root.setLevel(logging.DEBUG)
        try:
            with structlog.testing.capture_logs() as entries:
                yield
        finally:
            root.setLevel(level)
            root.removeHandler(listener)
            self.texts.extend(repr(entry) for entry in entries)


class _Listener(logging.Handler):
    def __init__(self, texts: list[str]) -> None:
        super().__init__()
        self._texts = texts
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self._texts.append(self.format(record))
