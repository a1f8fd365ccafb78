"""The job that makes the package of a transfer: read, written, checked, put, read back; only then is it seen.

It may be killed anywhere and starts from its beginning: the row stays `building`, what lies on the local disk is thrown
away, and what lies in storage is nobody's until the row says `ready`.
"""

import asyncio
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from core.exits.bags import Bag, faults_of_bag
from core.exits.contents import described_files, list_digest
from core.exits.description import said_of_document, said_of_file, said_of_line, said_of_transfer, suffix_of, to_json
from core.exits.forms import transfer_act
from core.exits.lines import take_off
from core.exits.models import Transfer, TransferLine, TransferPackage
from core.exits.services import ExitServices
from core.institutions.models import Institution
from core.institutions.registry import present
from core.kernel.database.work import Work
from core.kernel.errors import NoSpace, StorageUnavailable
from core.kernel.jobs.catalog import JobHandler
from core.kernel.jobs.context import JobContext
from storage.digest import sha256_of_file_async
from storage.errors import DigestMismatch, KeyTaken, ObjectAbsent, StoreUnavailable
from storage.objects import StoredVersion
from storage.vault import Vault

MEDIA_TYPE: Final = "application/zip"
_MOST_FINDINGS: Final = 100
_OVERHEAD: Final = 64 << 20
"""Bytes of metadata, act and directory that a package may need beside its files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """What one attempt is to pack."""

    institution: Institution
    transfer: Transfer
    package: TransferPackage
    lines: Sequence[TransferLine]

    @property
    def name(self) -> str:
        """The folder in the ZIP file."""
        return f"transfer-{self.transfer.id}"

    @property
    def bytes(self) -> int:
        """Bytes of all files."""
        return sum(int(each[3]) for line in self.lines for each in line.content)


@dataclass(slots=True)
class _Tally:
    """How far the attempt is, and what stands against the package."""

    total: int
    done: int = 0
    findings: list[dict[str, str]] = field(default_factory=list)

    def found(self, code: str, line: TransferLine, row: dict[str, Any]) -> None:
        """Note what is wrong with a file."""
        if len(self.findings) < _MOST_FINDINGS:
            named = {"document": str(row["document_id"]), "version": str(row["version_id"])}
            self.findings.append({"code": code, "case": str(line.case_id), **named})


def pack_job(services: ExitServices) -> JobHandler:
    """Return the handler of `packages.PACK_JOB`."""

    async def handle(context: JobContext, *, package: str) -> None:
        try:
            await _pack(services, context, UUID(package))
        except StoreUnavailable as error:
            raise StorageUnavailable from error

    return handle


def remove_package_job(services: ExitServices) -> JobHandler:
    """Return the handler of `packages.REMOVE_JOB`; it may run again, and then finds everything done."""

    async def handle(context: JobContext, *, package: str) -> None:
        async with context.work():
            row = await TransferPackage.get_or_none(id=UUID(package), state="superseded", bytes_gone_at=None)
        if row is None:
            return
        await asyncio.to_thread(shutil.rmtree, _folder(services, row.id), ignore_errors=True)
        await drop_package(services.vault, context, row)

    return handle


async def drop_package(vault: Vault, context: JobContext, package: TransferPackage) -> None:
    """Remove the object of a superseded package and write that down; can be repeated. Raises `StorageUnavailable`."""
    try:
        await _remove_object(vault, package)
    except StoreUnavailable as error:
        raise StorageUnavailable from error
    async with context.work() as work:
        await TransferPackage.filter(id=package.id).update(bytes_gone_at=work.now)
        work.record("transfer.package_removed", "transfer", package.transfer_id, {"package": str(package.id)})


async def _pack(services: ExitServices, context: JobContext, package_id: UUID) -> None:
    order = await _begin(context, package_id)
    if order is None:
        return
    if shutil.disk_usage(services.scratch).free - order.bytes - _OVERHEAD < services.reserve:
        raise NoSpace
    folder = _folder(services, package_id)
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    try:
        await asyncio.to_thread(folder.mkdir, mode=0o700)
        await _pack_in(services, context, order, folder / "package.zip")
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _folder(services: ExitServices, package_id: UUID) -> Path:
    # Always the same, so that the next attempt finds and removes what a killed one left.
    return services.scratch / f"package-{package_id}"


async def _pack_in(services: ExitServices, context: JobContext, order: _Order, path: Path) -> None:
    tally = _Tally(total=sum(len(line.content) for line in order.lines))
    bag = await _write(services, context, order, path, tally)
    if not tally.findings:
        faults = await asyncio.to_thread(faults_of_bag, path, order.name)
        tally.findings += [{"code": "unsound", "file": fault} for fault in faults[:_MOST_FINDINGS]]
    if tally.findings:
        async with context.work() as work:
            await _note_stop(work, order.package, tally.findings)
        return
    await _finish(services, context, order, await _store(services, order.package, path), bag)


async def _begin(context: JobContext, package_id: UUID) -> _Order | None:
    """Fix the list that goes into the package: without what holds and changes have taken off meanwhile."""
    async with context.work() as work:
        package = await TransferPackage.get_or_none(id=package_id, state="building")
        if package is None:
            return None
        transfer = await Transfer.filter(id=package.transfer_id).select_for_update().get()
        lines = await take_off(work, transfer)
        if lines:
            await TransferPackage.filter(id=package_id, state="building").update(list_digest=list_digest(lines))
            return _Order(institution=await present(work), transfer=transfer, package=package, lines=lines)
        await _note_stop(work, package, [{"code": "no_lines"}])
    return None


async def _write(services: ExitServices, context: JobContext, order: _Order, path: Path, tally: _Tally) -> Bag:
    transfer = order.transfer
    moment = transfer.approved_at or transfer.created_at
    async with Bag(path, order.name, moment) as bag:
        act = transfer_act(order.institution, transfer, order.lines)
        await bag.add_bytes("transfer-act.pdf", await services.press.set_pdf(act))
        await bag.add_bytes("transfer.json", to_json(said_of_transfer(order.institution, transfer, len(order.lines))))
        for number, line in enumerate(order.lines, 1):
            await _write_case(services, context, bag, (number, line), tally)
        await bag.seal(
            {
                "Source-Organization": order.institution.name,
                "Contact-Name": order.institution.short_name,
                "External-Identifier": str(transfer.id),
                "External-Description": f"Акт приёма-передачи № {transfer.number}",
                "Bagging-Date": moment.date().isoformat(),
                "Bag-Software-Agent": "Deloteka",
            }
        )
    return bag


async def _write_case(
    services: ExitServices, context: JobContext, bag: Bag, numbered: tuple[int, TransferLine], tally: _Tally
) -> None:
    number, line = numbered
    folder = f"cases/{number:05d}"
    async with context.work() as work:
        rows = await described_files(work, line.case_id)
    documents: dict[UUID, dict[str, Any]] = {}
    for position, row in enumerate(rows, 1):
        place = f"{folder}/{position:05d}{suffix_of(row['file_name'])}"
        await _copy(services, bag, place, line, row, tally)
        document = documents.setdefault(row["document_id"], said_of_document(row))
        document["files"].append(said_of_file(row, f"data/{place}"))
        tally.done += 1
        await context.progress(tally.done, tally.total)
    said = said_of_line(line) | {"documents": list(documents.values())}
    await bag.add_bytes(f"{folder}/case.json", to_json(said))


async def _copy(
    services: ExitServices, bag: Bag, place: str, line: TransferLine, row: dict[str, Any], tally: _Tally
) -> None:
    """Copy one original into the bag; what is missing, damaged or undecided is noted, and the rest is looked at."""
    if row["state"] != "kept":
        tally.found("undecided", line, row)
        return
    try:
        async with services.vault.open(row["object_key"], row["storage_version_id"]) as stream:
            written = await bag.add(place, stream)
    except ObjectAbsent:
        tally.found("missing", line, row)
        return
    if (written.sha256, written.size) != (row["sha256"], row["size"]):
        tally.found("damaged", line, row)


async def _store(services: ExitServices, package: TransferPackage, path: Path) -> StoredVersion:
    """Put the package and read it back whole; what an earlier attempt left under its key is nobody's."""
    sha256, size = await sha256_of_file_async(path)
    try:
        stored = await services.vault.put(package.object_key, path, sha256=sha256, size=size, media_type=MEDIA_TYPE)
    except KeyTaken:
        await _remove_object(services.vault, package)
        stored = await services.vault.put(package.object_key, path, sha256=sha256, size=size, media_type=MEDIA_TYPE)
    read = await services.vault.verify(stored.key, stored.version_id, sha256)
    if not read.intact:
        raise DigestMismatch(stored.key, expected=sha256, actual=read.actual_sha256)
    return stored


async def _finish(services: ExitServices, context: JobContext, order: _Order, stored: StoredVersion, bag: Bag) -> None:
    async with context.work() as work:
        changed = await TransferPackage.filter(id=order.package.id, state="building").update(
            state="ready",
            storage_version_id=stored.version_id,
            sha256=bytes.fromhex(stored.sha256),
            size=stored.size,
            files=bag.files,
            file_bytes=bag.payload_bytes,
            finished_at=work.now,
        )
        if changed:
            facts = {"package": str(order.package.id), "sha256": stored.sha256, "size": stored.size}
            work.record("transfer.package_made", "transfer", order.transfer.id, {**facts, "files": bag.files})
            work.emit("transfer.package_made", {"transfer": str(order.transfer.id), "package": str(order.package.id)})
    if not changed:
        # Superseded while it was made: its own removal may have run before it was put.
        await _remove_object(services.vault, order.package)


async def _note_stop(work: Work, package: TransferPackage, findings: list[dict[str, str]]) -> None:
    changed = await TransferPackage.filter(id=package.id, state="building").update(
        state="stopped", findings=findings, finished_at=work.now
    )
    if changed:
        facts = {"package": str(package.id), "findings": findings}
        work.record("transfer.package_stopped", "transfer", package.transfer_id, facts)
        work.emit("transfer.package_stopped", {"transfer": str(package.transfer_id), "package": str(package.id)})


async def _remove_object(vault: Vault, package: TransferPackage) -> None:
    known = [package.storage_version_id] if package.storage_version_id else []
    await vault.destroy(package.object_key, known_versions=known)
