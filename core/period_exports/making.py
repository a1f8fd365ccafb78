"""The job that makes a snapshot: read, write, keep, read back, file; then compare and print.

It may be killed anywhere and starts from its beginning. What lies on the local disk is thrown away; the package is one
upload under one idempotency key, so what an earlier attempt kept is found again and nothing is kept twice; and it is
part of a case only once the storage has given back what it was given.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from core.connections.models import ConnectionRow
from core.documents.filing import Place, file_document
from core.documents.intake import upload
from core.documents.models import Document
from core.documents.requests import Arrival, Description, Holder, Upload
from core.institutions.models import Institution
from core.institutions.registry import present
from core.kernel.database.work import Work
from core.kernel.errors import NoSpace, StaleState, StorageUnavailable
from core.kernel.jobs.catalog import JobHandler
from core.kernel.jobs.context import JobCancelled, JobContext
from core.kernel.scope import ActorKind, Scope
from core.period_exports.completeness import Reading, look_at_reading
from core.period_exports.contents import Contents
from core.period_exports.errors import PackageQuarantined
from core.period_exports.fetching import fetched
from core.period_exports.filing import case_of_snapshots
from core.period_exports.following import follow
from core.period_exports.models import ExportState, PeriodExport
from core.period_exports.package import MEDIA_TYPE, PackageWriter
from core.period_exports.reading import read_period
from core.period_exports.requesting import find_export, find_source, latest_filed
from core.period_exports.services import PeriodExportServices
from core.studies.models import StudyPeriod
from core.studies.periods import find_period
from retention.lifecycle import DocumentState
from storage.errors import StoreUnavailable

KIND: Final = "period_export"
"""Kind of document."""
_CHUNK: Final = 1 << 20
_LONGEST_TITLE: Final = 500
_KEPT: Final = """
SELECT v.document_id FROM idempotency_keys k JOIN document_versions v
    ON v.institution_id = k.institution_id AND v.id = k.object_id
 WHERE k.institution_id = $1 AND k.account_id = $2 AND k.key = $3 AND k.object_type = 'document_version'
"""


def snapshot_job(services: PeriodExportServices) -> JobHandler:
    """Return the handler of `core.period_exports.requesting.SNAPSHOT_JOB`."""

    async def handle(context: JobContext, *, export: str) -> None:
        try:
            await _make(services, context, UUID(export))
        except StoreUnavailable as error:
            raise StorageUnavailable from error

    return handle


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What a snapshot says, and what it rests on."""

    facts: Mapping[str, Any]
    digest: bytes
    reading: Reading


def asker(export: PeriodExport) -> Scope:
    """Return on whose behalf a snapshot is kept and filed: whoever asked for it."""
    return Scope(
        institution_id=export.institution_id,
        actor_kind=ActorKind.PERSON,
        actor_id=export.requested_by,
        source=f"job:{KIND}.make",
        request_id=str(export.job_id),
    )


async def _make(services: PeriodExportServices, context: JobContext, export_id: UUID) -> None:
    async with context.work():
        export = await find_export(export_id)
    if export.state is ExportState.MAKING:
        document_id = await _kept_before(context, export) or await _keep(services, context, export)
        if document_id is None:
            return
        await _file(services, context, export, document_id)
    async with context.work():
        export = await find_export(export_id)
    if export.state is ExportState.FILED:
        await follow(services, export, asker(export))


async def _kept_before(context: JobContext, export: PeriodExport) -> UUID | None:
    """Return the document that an earlier attempt had kept, also if it was killed before it could say so."""
    if export.package_id is not None:
        return export.package_id
    async with context.work() as work:
        rows = await work.rows(_KEPT, [export.institution_id, export.requested_by, _key(export)])
    return rows[0]["document_id"] if rows else None


def _key(export: PeriodExport) -> str:
    return f"{KIND}/{export.id}"


async def _keep(services: PeriodExportServices, context: JobContext, export: PeriodExport) -> UUID | None:
    """Read, write and keep; None where there is nothing to be filed, which the row then says."""
    async with context.work():
        earlier = await latest_filed(export.connection_id, export.period_id)
    if earlier is not None and await _is_over(context, export, await _read(context, export, Contents())):
        return None
    if shutil.disk_usage(services.scratch).free < services.documents.limits.free_space_reserve_bytes:
        raise NoSpace
    # Always the same, so that the next attempt finds and removes what a killed one left.
    folder = services.scratch / f"period-export-{export.id}"
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    try:
        await asyncio.to_thread(folder.mkdir, mode=0o700)
        path = folder / "snapshot.zip"
        if await _is_over(context, export, await _build(context, export, path)):
            return None
        return await _upload(services, export, path)
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def _build(context: JobContext, export: PeriodExport, path: Path) -> _Read:
    writer = await asyncio.to_thread(PackageWriter, path)
    try:
        read = await _read(context, export, writer)
        await asyncio.to_thread(writer.finish, read.facts, read.reading.read_at, read.digest.hex())
    except BaseException:
        await asyncio.to_thread(writer.abandon)
        raise
    return read


async def _read(context: JobContext, export: PeriodExport, contents: Contents) -> _Read:
    """Let `contents` take what the platform said; nothing is kept of it by this."""

    async def take(lines: bytes) -> None:
        await asyncio.to_thread(contents.take, lines)
        if await context.cancelled():
            raise JobCancelled
        await context.progress(contents.rows)

    async with context.work() as work:
        before = await _look(work, export)
        await read_period(work, export.connection_id, export.period_id, take)
        facts, reading = await _look(work, export)
        if before != (facts, reading):
            # A run has ended or begun meanwhile: the next attempt reads what is there then.
            raise StaleState
    digest = await asyncio.to_thread(contents.digest, facts)
    return _Read(facts=facts, digest=bytes.fromhex(digest), reading=reading)


async def _look(work: Work, export: PeriodExport) -> tuple[Mapping[str, Any], Reading]:
    """Return what a snapshot would be of now, and what it would rest on."""
    connection, period = await find_source(export.connection_id), await find_period(export.period_id)
    reading = await look_at_reading(work, connection, period)
    return _facts(await present(work), connection, period, export, reading), reading


def _facts(
    institution: Institution, connection: ConnectionRow, period: StudyPeriod, export: PeriodExport, reading: Reading
) -> Mapping[str, Any]:
    """Return what the manifest says beside the files, and is part of the digest."""
    days = {"starts_on": period.starts_on, "ends_on": period.ends_on}
    return {
        "institution": str(export.institution_id),
        "institution_name": institution.name,
        "connection_id": str(connection.id),
        "period_id": str(period.id),
        "connection": {
            "connector": connection.connector,
            "title": connection.title,
            "account": connection.unique_id,
            "identity": connection.identity,
        },
        "period": {"name": period.name, "study_year": period.study_year, "kind": period.kind.value, **days},
        "complete": reading.complete,
        "shortcomings": list(reading.shortcomings),
        "insisted": "" if reading.complete else export.insisted,
    }


async def _is_over(context: JobContext, export: PeriodExport, read: _Read) -> bool:
    """End a snapshot that is not to be filed: not complete, or the same as the one before. Say whether it is."""
    async with context.work() as work:
        if read.reading.shortcomings and not export.insisted:
            shortcomings = list(read.reading.shortcomings)
            await _end(work, export, ExportState.INCOMPLETE, complete=False, shortcomings=shortcomings)
            return True
        earlier = await latest_filed(export.connection_id, export.period_id)
        if earlier is None or bytes(earlier.digest or b"") != read.digest:
            return False
        same: dict[str, Any] = {"digest": read.digest, "complete": earlier.complete, "earlier_id": earlier.id}
        await _end(work, export, ExportState.UNCHANGED, **same)
        return True


async def _end(work: Work, export: PeriodExport, state: ExportState, **values: Any) -> None:  # noqa: ANN401 - of columns
    changed = await PeriodExport.filter(id=export.id, state=ExportState.MAKING).update(
        state=state, ended_at=work.now, **values
    )
    if changed:
        facts = {"connection": str(export.connection_id), "period": str(export.period_id)}
        work.record(f"period_export.{state.value}", "period_export", export.id, facts)
        work.emit(f"period_export.{state.value}", {"export": str(export.id)})


def _size(path: Path) -> int:
    return path.stat().st_size


async def _upload(services: PeriodExportServices, export: PeriodExport, path: Path) -> UUID:
    async with services.database.work(asker(export)):
        connection, period = await find_source(export.connection_id), await find_period(export.period_id)

    async def chunks() -> AsyncIterator[bytes]:
        with await asyncio.to_thread(path.open, "rb") as source:
            while chunk := await asyncio.to_thread(source.read, _CHUNK):
                yield chunk

    named = " ".join(each for each in (period.name, period.study_year) if each)
    title = f"Выгрузка результатов с образовательной платформы: {connection.title}, {named}"[:_LONGEST_TITLE]
    wanted = Upload(
        kind=KIND,
        holder=Holder(institution_id=export.institution_id),
        arrival=Arrival(
            file_name=f"period-export-{export.id}.zip",
            declared_type=MEDIA_TYPE,
            length=await asyncio.to_thread(_size, path),
            # A period that says again what it said before is a further snapshot of the same bytes.
            insist=True,
            idempotency_key=_key(export),
        ),
        description=Description(title=title, issued_on=min(period.ends_on, export.requested_at.date())),
    )
    return (await upload(services.documents, asker(export), wanted, chunks())).document.id


async def _file(services: PeriodExportServices, context: JobContext, export: PeriodExport, document_id: UUID) -> None:
    """Read the package back from the storage, and make it part of a case; the snapshot is filed by this one commit."""
    async with context.work():
        await PeriodExport.filter(id=export.id, state=ExportState.MAKING).update(package_id=document_id)
    async with fetched(services, asker(export), document_id) as copy:
        manifest, version = copy.package.manifest, copy.version
        async with services.database.work(asker(export)) as work:
            locked = await PeriodExport.filter(id=export.id, state=ExportState.MAKING).select_for_update().first()
            document = await Document.get(id=document_id)
            if locked is None:
                return
            if document.state is DocumentState.QUARANTINED:
                raise PackageQuarantined(document=str(document_id))
            case = await case_of_snapshots(work)
            await file_document(work, document, Place(case_id=case.id))
            earlier = await latest_filed(export.connection_id, export.period_id)
            files = manifest["files"]
            counts = {name: files[name]["rows"] for name in sorted(files) if "rows" in files[name]}
            values: dict[str, Any] = {
                "version": earlier.version + 1 if earlier is not None and earlier.version else 1,
                "digest": bytes.fromhex(manifest["digest"]),
                "complete": manifest["complete"],
                "shortcomings": manifest["shortcomings"],
                "counts": counts | {"left_out": manifest["left_out"]},
                "package_sha256": bytes(version.sha256),
                "package_size": version.size,
                "case_id": case.id,
                "earlier_id": earlier.id if earlier is not None else None,
            }
            await PeriodExport.filter(id=export.id).update(state=ExportState.FILED, ended_at=work.now, **values)
            facts = {"document": str(document_id), "case": str(case.id), "digest": manifest["digest"]}
            work.record("period_export.filed", "period_export", export.id, facts | {"version": values["version"]})
            work.emit("period_export.filed", {"export": str(export.id), "document": str(document_id)})
