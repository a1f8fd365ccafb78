"""A check: do the credentials work, whose are they, and what can be read with them."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.connections.errors import AlreadyConfigured, OtherAccount
from core.connections.finding import lock_connection
from core.connections.models import ConnectionRow
from core.connections.opening import OpenConnector, open_connector
from core.connections.services import ConnectionServices
from core.connections.states import need_sign_in
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import DelotekaError, StaleState
from core.kernel.scope import Scope
from core.outbound import authority
from core.sdk.connectors import CheckResult, RemoteIdentity, Stream, StreamCheck
from core.sdk.errors import ConnectorAuthFailed, ConnectorError, ConnectorMisconfigured, ConnectorTransient, PluginError

log = logging.getLogger(__name__)

PATIENCE: Final = 120.0
"""Seconds for a whole check."""
_LONGEST: Final = 2000

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """What a check found out, safe to be shown."""

    outcome: str
    """`ok`, or the class of the error: `auth`, `config`, `transient`, `record`, `bug`."""
    message: str = ""
    identity: RemoteIdentity | None = None
    streams: Sequence[Json] = ()
    file_hosts: Sequence[str] = ()
    """Hosts that files would come from, beside those of the API."""
    notes: Sequence[str] = ()
    requests: int = 0
    """How many requests it took."""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> Json:
        """Return what is kept of it."""
        return {
            "outcome": self.outcome,
            "message": self.message,
            "streams": list(self.streams),
            "file_hosts": list(self.file_hosts),
            "notes": list(self.notes),
            "requests": self.requests,
        }


async def check(services: ConnectionServices, scope: Scope, connection_id: UUID) -> tuple[ConnectionRow, CheckReport]:
    """Ask the platform who the connection is, and keep what it says; a good check makes the connection ready.

    What the platform refuses is told in the report. Raises `OtherAccount`, `AlreadyConfigured`, `StaleState` (somebody
    changed the configuration meanwhile), and what `open_connector` raises beside connector errors.
    """
    opened: OpenConnector | None = None
    try:
        async with open_connector(services, scope, connection_id) as opened:
            report = await ask(opened)
    except ConnectorError as error:
        # Raised before there was anything to ask, for an address that may not be used.
        report = CheckReport(outcome=error.code, message=error.detail)
    async with services.database.work(scope) as work:
        row = await lock_connection(connection_id)
        # Other secrets may belong to another account, so only what was asked with may become ready.
        if opened is not None and row.revision != opened.row.revision:
            raise StaleState
        await settle(work, row, report)
    return row, report


async def ask(opened: OpenConnector) -> CheckReport:
    """Ask an open connector; every fault of it becomes a report."""
    try:
        async with asyncio.timeout(PATIENCE):
            result = await opened.connector.check()
            streams = await opened.connector.discover()
        return _good(opened, result, streams)
    except TimeoutError:
        detail = f"the check was not done within {PATIENCE:g} seconds"
        return _bad(opened, ConnectorTransient(detail))
    except (ConnectorError, PluginError) as error:
        return _bad(opened, error)
    except DelotekaError:
        raise
    except Exception as error:
        log.exception("the connector %s failed in its check", opened.row.connector)
        return CheckReport(outcome="bug", message=f"the connector made a mistake ({type(error).__name__})")


def _bad(opened: OpenConnector, error: PluginError) -> CheckReport:
    outcome = error.code if isinstance(error, ConnectorError) and error.code != ConnectorError.code else "bug"
    message = opened.redactor(error.detail)[:_LONGEST]
    return CheckReport(outcome=outcome, message=message, requests=opened.http.traffic.requests)


def _good(opened: OpenConnector, result: CheckResult, streams: Sequence[Stream]) -> CheckReport:
    states = {each.stream: each for each in result.streams}
    identity = result.identity
    if not identity.unique_id:
        return CheckReport(outcome="bug", message="the connector does not say whose account it is")
    return CheckReport(
        outcome="ok",
        identity=RemoteIdentity(
            unique_id=identity.unique_id,
            title=opened.redactor(identity.title)[:500],
            organisation=opened.redactor(identity.organisation)[:500],
            roles=tuple(opened.redactor(role)[:200] for role in identity.roles),
        ),
        streams=[_stream(opened, stream, states.get(stream.name)) for stream in streams],
        file_hosts=_hosts(result.file_hosts),
        notes=[opened.redactor(note)[:_LONGEST] for note in result.notes],
        requests=opened.http.traffic.requests,
    )


def _stream(opened: OpenConnector, stream: Stream, state: StreamCheck | None) -> Json:
    return {
        "name": stream.name,
        "title": stream.title,
        "kind": stream.kind.value,
        "sync": stream.sync.value,
        "optional": stream.optional,
        "parents": list(stream.parents),
        "state": state.state.value if state else "unknown",
        "missing": opened.redactor(state.missing)[:_LONGEST] if state else "",
    }


def _hosts(hosts: Sequence[str]) -> list[str]:
    found = set()
    for host in hosts:
        try:
            found.add(authority(host))
        except ConnectorMisconfigured:
            continue
    return sorted(found)


async def settle(work: Work, row: ConnectionRow, report: CheckReport) -> None:
    """Keep what a check of this locked row said. Raises `OtherAccount` or `AlreadyConfigured`; nothing is then kept."""
    values: Json = {"checked_at": work.now, "check_result": report.as_json(), "revision": row.revision + 1}
    if report.identity is not None:
        _require_same_account(row, report.identity)
        values |= {
            "unique_id": report.identity.unique_id,
            "identity": {
                "title": report.identity.title,
                "organisation": report.identity.organisation,
                "roles": list(report.identity.roles),
            },
            "state": "ready",
            "state_reason": "",
            "proposed_file_hosts": sorted(set(row.proposed_file_hosts) | set(report.file_hosts)),
        }
        await _require_only(work, row, report.identity)
    try:
        await ConnectionRow.filter(id=row.id).update(**values)
    except IntegrityError as error:
        if violated_constraint(error) == "connections_one_of_an_account":
            raise AlreadyConfigured(account=values["identity"]["title"]) from error
        raise
    row.update_from_dict(values)
    work.record("connection.checked", "connection", row.id, {"outcome": report.outcome})
    if report.outcome == ConnectorAuthFailed.code:
        await need_sign_in(work, row, report.message)
        await row.refresh_from_db()


def _require_same_account(row: ConnectionRow, found: RemoteIdentity) -> None:
    if row.unique_id is not None and row.unique_id != found.unique_id:
        raise OtherAccount(expected=str((row.identity or {}).get("title", "")), found=found.title)


async def _require_only(work: Work, row: ConnectionRow, found: RemoteIdentity) -> None:
    """Say which connection has the account already; the unique index settles whatever happens at the same moment."""
    del work
    other = (
        await ConnectionRow.filter(connector=row.connector, unique_id=found.unique_id)
        .exclude(id=row.id)
        .exclude(state="removed")
        .first()
    )
    if other is not None:
        raise AlreadyConfigured(connection_id=str(other.id), account=found.title)
