"""Files of a source: fetched after their record is committed, through the same intake as an upload.

What names a learner or a group that takes it becomes a document; the rest waits in the tray, its bytes kept. The source
hears what became of a file after that is committed, as often as it takes.
"""

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid5

from core.documents.errors import DuplicateUpload, UnknownKind, UploadCut, UploadRejected, UploadTooBig
from core.documents.intake import upload, upload_version
from core.documents.kinds import uploadable_kind
from core.documents.requests import Arrival, Holder, Upload
from core.documents.services import DocumentServices
from core.imports.describing import description_of
from core.imports.hand import RunInHand, StreamInHand
from core.imports.models import ImportFile
from core.imports.receiving import received
from core.inspection.report import report_to_json
from core.inspection.verdicts import Verdict
from core.kernel.database.work import Work
from core.kernel.errors import Conflict, DelotekaError, Invalid, NoSpace, NotFound, StorageUnavailable
from core.kernel.ids import new_id
from core.outbound import FileAddressRefused
from core.sdk.connectors import EntityKind, FileData, OpenAnswer, Settled, Stream
from core.sdk.errors import (
    ConnectorAuthFailed,
    ConnectorBug,
    ConnectorError,
    ConnectorMisconfigured,
    ConnectorRecordRefused,
)
from storage.errors import StorageError
from storage.keys import given_file_key

log = logging.getLogger(__name__)

ATTEMPTS: Final = 5
"""How often bytes are asked for before the file becomes a dead letter."""
_AT_ONCE: Final = 100
_GOOD: Final = range(200, 300)

_PENDING: Final = """
SELECT f.id, o.id AS origin_id, o.external_id, o.stream, o.partition, o.mapped::text AS mapped, o.hash
  FROM import_files f JOIN origins o ON o.institution_id = $1 AND o.entity_id = f.id
 WHERE f.institution_id = $1 AND f.state = 'pending' AND f.attempts < $5
   AND o.connection_id = $2 AND o.stream = $3 AND o.kind = 'files' AND f.id > $4
 ORDER BY f.id LIMIT $6
"""
_UNSETTLED: Final = """
SELECT f.id, f.state, f.reason, o.mapped::text AS mapped
  FROM import_files f JOIN origins o ON o.institution_id = $1 AND o.entity_id = f.id
 WHERE f.institution_id = $1 AND NOT f.settled AND f.state <> 'pending'
   AND o.connection_id = $2 AND o.stream = $3 AND f.id > $4
 ORDER BY f.id LIMIT $5
"""
_BY_NUMBER: Final = "SELECT id FROM people WHERE institution_id = $1 AND external_number = $2"
_PERSONAL_FILE: Final = "SELECT id FROM personal_files WHERE institution_id = $1 AND person_id = $2"
_OPEN_DOCUMENT: Final = "SELECT id FROM documents WHERE institution_id = $1 AND id = $2 AND state = 'kept'"
_LETTER: Final = """
INSERT INTO import_letters (id, institution_id, connection_id, run_id, stream, partition, kind, external_id, class,
  reason, hash, mapped, missing, first_at, last_at)
VALUES ($1, $2, $3, $4, $5, $6, 'files', $7, 'file', $8, $9, $10::jsonb, $11::jsonb, $12, $12)
ON CONFLICT (connection_id, stream, external_id) WHERE state = 'open' AND external_id <> ''
DO UPDATE SET run_id = excluded.run_id, reason = excluded.reason, missing = excluded.missing,
  attempts = import_letters.attempts + 1, last_at = excluded.last_at
"""
# Of files whose letters name a host that somebody has confirmed since.
_ALLOWED: Final = """
UPDATE import_files f SET attempts = 0 FROM import_letters l, origins o
 WHERE f.institution_id = $1 AND o.institution_id = $1 AND o.entity_id = f.id AND f.state = 'pending'
   AND o.connection_id = $2 AND o.stream = $3 AND l.connection_id = $2 AND l.stream = $3
   AND l.external_id = o.external_id AND l.state = 'open' AND l.class = 'file'
   AND l.missing ->> 'host' = ANY ($4::text[])
"""
_CLOSE: Final = """
UPDATE import_letters SET state = 'closed', ended_at = $5
 WHERE institution_id = $1 AND connection_id = $2 AND stream = $3 AND external_id = $4 AND state = 'open'
"""


class NotBytes(Exception):
    """The source answered with something else than the file."""


@dataclass(slots=True)
class _Fetching:
    """One file on its way in."""

    hand: RunInHand
    documents: DocumentServices
    row: dict[str, Any]
    file: ImportFile
    data: FileData

    @property
    def key(self) -> str:
        """Makes an upload that is repeated after a crash the same upload."""
        return f"import:{self.file.id}:{self.file.edition}"


async def take_files(hand: RunInHand, stream: Stream) -> None:
    """Fetch what is to be fetched of a stream of files, and tell the source what became of each."""
    documents = hand.services.documents
    if stream.kind is not EntityKind.FILES or documents is None:
        return
    state = hand.streams.get(stream.name) or StreamInHand(stream.name)
    try:
        await _take_all(hand, documents, state)
    except (NoSpace, StorageUnavailable, StorageError) as error:
        # Each further file would meet the same; the source keeps them until there is room, or an answer.
        text = error.title if isinstance(error, DelotekaError) else str(error)
        await _worsen(hand, state, "transient", f"{error.code}: {text}")
    await _settle(hand, state)


async def _take_all(hand: RunInHand, documents: DocumentServices, state: StreamInHand) -> None:
    last = UUID(int=0)
    if hand.opened.file_hosts:
        async with hand.chunk() as work:
            allowed = [hand.run.connection_id, state.name, list(hand.opened.file_hosts)]
            await work.run(_ALLOWED, [work.scope.institution_id, *allowed])
    while True:
        async with hand.chunk() as work:
            values = [hand.run.connection_id, state.name, last, ATTEMPTS, _AT_ONCE]
            rows = await work.rows(_PENDING, [work.scope.institution_id, *values])
        for row in rows:
            await _take(hand, documents, state, row)
            last = row["id"]
        if not rows:
            return


async def _worsen(hand: RunInHand, state: StreamInHand, reason: str, message: str) -> None:
    """Say that a stream is not complete this time; what was said first stays."""
    if state.state == "complete":
        state.state, state.reason, state.message = "incomplete", reason, message
        async with hand.chunk() as work:
            await hand.tell(work, state)


async def _take(hand: RunInHand, documents: DocumentServices, state: StreamInHand, row: dict[str, Any]) -> None:
    async with hand.chunk():
        file = await ImportFile.get(id=row["id"])
    fetching = _Fetching(hand, documents, row, file, FileData.model_validate_json(row["mapped"]))
    try:
        await _fetch(fetching)
    except ConnectorAuthFailed:
        raise
    except ConnectorError as error:
        final = isinstance(error, ConnectorRecordRefused)
        host = error.host if isinstance(error, FileAddressRefused) else ""
        await _put_off(fetching, state, hand.opened.redact(error.detail), final=final, host=host)
    except (NotBytes, UploadCut) as error:
        await _put_off(fetching, state, str(error) or type(error).__name__, final=False)


async def _fetch(fetching: _Fetching) -> None:
    """Take the bytes in as a document, into the tray, or hear why not."""
    holder, kind, reason = await _destination(fetching)
    connector = fetching.hand.opened.connector
    async with _opened(connector.download(fetching.data)) as answer:
        if holder is None or kind is None:
            await _into_tray(fetching, answer, reason)
            return
        try:
            document = await _upload(fetching, answer, holder, kind)
        except DuplicateUpload as there:
            document = UUID(str(there.facts["first"]))
        except (UploadRejected, UploadTooBig) as refused:
            await _end(fetching, "refused", reason=str(refused.facts.get("reason") or refused.code))
            return
        except (Invalid, Conflict, NotFound) as refused:
            await _end(fetching, "refused", reason=refused.code)
            return
    await _end(fetching, "kept", document=document)
    await _empty_tray(fetching, fetching.file.object_key)


async def _upload(fetching: _Fetching, answer: OpenAnswer, holder: Holder, kind: str) -> UUID:
    scope = fetching.hand.context.scope
    arrival = Arrival(
        file_name=fetching.data.file_name,
        declared_type=_media_type(answer),
        idempotency_key=fetching.key,
    )
    if fetching.file.document_id is not None:
        kept = await upload_version(fetching.documents, scope, fetching.file.document_id, arrival, answer.chunks)
    else:
        wanted = Upload(kind=kind, holder=holder, arrival=arrival, description=description_of(fetching.data))
        kept = await upload(fetching.documents, scope, wanted, answer.chunks)
    return kept.document.id


async def _destination(fetching: _Fetching) -> tuple[Holder | None, str | None, str]:
    """Return whose document it becomes and of which kind; else why a clerk has to say so."""
    # As an operator has mapped the source's word.
    wanted = fetching.file.said.get("document_kind") or fetching.hand.opened.document_kind
    try:
        kind = uploadable_kind(wanted).key if wanted else None
    except UnknownKind:
        kind = None
    async with fetching.hand.chunk() as work:
        if fetching.file.document_id is not None and not await _is_open(work, fetching.file.document_id):
            return None, kind, "document_closed"
        holder, reason = await holder_of(work, fetching.file, fetching.data.learner_number)
    if holder is not None and kind is None:
        reason = "kind_unknown"
    return holder, kind, reason


async def _is_open(work: Work, document_id: UUID) -> bool:
    """Whether a document takes further versions: neither in quarantine nor in a closed case, withdrawn or destroyed."""
    values = [work.scope.institution_id, document_id]
    return bool(await work.rows(_OPEN_DOCUMENT, values))


async def holder_of(work: Work, file: ImportFile, number: str) -> tuple[Holder | None, str]:
    """Return the personal file or group that a file belongs to; else the code of what is missing."""
    institution = work.scope.institution_id
    person = file.person_id
    if person is None and number:
        found = await work.rows(_BY_NUMBER, [institution, number])
        person = found[0]["id"] if found else None
        if person is None:
            return None, "learner_unknown"
    if person is not None:
        rows = await work.rows(_PERSONAL_FILE, [institution, person])
        return (Holder(personal_file_id=rows[0]["id"]), "") if rows else (None, "no_personal_file")
    if file.group_id is not None:
        return Holder(group_id=file.group_id), ""
    return None, "holder_unknown"


async def _into_tray(fetching: _Fetching, answer: OpenAnswer, reason: str) -> None:
    """Keep the bytes for a clerk, once they are found to be nothing dangerous."""
    documents = fetching.documents
    limit = documents.limits.max_file_bytes
    async with received(documents, answer, limit) as file:
        if file is None:
            await _end(fetching, "refused", reason="too_big")
            return
        path, sha256, size = file
        report = await documents.inspection.inspect(
            path,
            file_name=fetching.data.file_name,
            declared_type=_media_type(answer),
            policy=documents.policy(uploadable_kind("other")),
        )
        if report.verdict is Verdict.REJECTED:
            await _end(fetching, "refused", reason=report.code or "rejected")
            return
        key = await _tray_key(fetching, sha256)
        stored = await documents.vault.put(key, path, sha256=sha256, size=size, media_type=report.media_type)
        kept = {
            "storage_version_id": stored.version_id,
            "sha256": bytes.fromhex(sha256),
            "received_size": size,
            "media_type": report.media_type,
        }
        await _end(fetching, "tray", reason=reason, more=kept, findings=report_to_json(report)["findings"])
        if fetching.file.object_key != key:
            await _empty_tray(fetching, fetching.file.object_key)


async def _tray_key(fetching: _Fetching, sha256: str) -> str:
    """Return where the bytes are to lie, announced before they do: a repetition finds what a crash left there."""
    file = fetching.file
    name = uuid5(file.id, f"{file.edition}:{sha256}")
    key = str(given_file_key(fetching.hand.context.scope.institution_id, fetching.hand.run.connection_id, name))
    if file.object_key != key:
        await _write(fetching, {"object_key": key})
    return key


async def _empty_tray(fetching: _Fetching, key: str | None) -> None:
    """Let bytes go that lay in the tray for this file, once what replaces them is kept."""
    if key is not None:
        await fetching.documents.vault.destroy(key)


@asynccontextmanager
async def _opened(opening: Any) -> AsyncIterator[OpenAnswer]:  # noqa: ANN401 (a plugin's context manager)
    """Open a download; what no connector should raise becomes `ConnectorBug`, another answer `NotBytes`."""
    try:
        answer: OpenAnswer = await opening.__aenter__()
    except ConnectorError:
        raise
    except Exception as error:
        detail = f"the connector failed with {type(error).__name__}"
        raise ConnectorBug(detail) from error
    try:
        if answer.status not in _GOOD:
            detail = f"the source answered {answer.status} instead of the file"
            raise NotBytes(detail)
        yield answer
    finally:
        await opening.__aexit__(None, None, None)


def _media_type(answer: OpenAnswer) -> str | None:
    return answer.headers.get("content-type", "").partition(";")[0].strip().lower() or None


async def _end(
    fetching: _Fetching,
    state: str,
    *,
    reason: str = "",
    document: UUID | None = None,
    more: dict[str, Any] | None = None,
    findings: object = None,
) -> None:
    """Write down what became of a file, and close the letter about it."""
    said = {"state": state, "reason": reason, "document": None if document is None else str(document)}
    async with fetching.hand.chunk() as work:
        values: dict[str, Any] = {"state": state, "reason": reason, "ended_at": work.now, **(more or {})}
        if document is not None:
            values["document_id"] = document
        await ImportFile.filter(id=fetching.file.id).update(**values)
        row = fetching.row
        place = [fetching.hand.run.connection_id, row["stream"], row["external_id"], work.now]
        await work.run(_CLOSE, [work.scope.institution_id, *place])
        work.record(
            f"import_file.{_ACTIONS[state]}", "import_file", fetching.file.id, said | {"findings": findings or []}
        )


_ACTIONS: Final = {"kept": "kept", "tray": "put_into_tray", "refused": "refused"}


async def _write(fetching: _Fetching, values: dict[str, Any]) -> None:
    async with fetching.hand.chunk():
        await ImportFile.filter(id=fetching.file.id).update(**values)


async def _put_off(fetching: _Fetching, state: StreamInHand, reason: str, *, final: bool, host: str = "") -> None:
    """Leave a file for the next run; after some attempts, or if the source refuses it, a letter tells of it.

    `host` is one that nobody has confirmed: it is proposed, and named in the letter.
    """
    file, row, run = fetching.file, fetching.row, fetching.hand.run
    attempts = ATTEMPTS if final else file.attempts + 1
    async with fetching.hand.chunk() as work:
        await ImportFile.filter(id=file.id).update(attempts=attempts, reason=reason[:1_000])
        if attempts >= ATTEMPTS:
            place = [run.connection_id, run.id, row["stream"], row["partition"], row["external_id"]]
            missing = json.dumps({"host": host}) if host else None
            values = [reason[:2_000], row["hash"], json.dumps(json.loads(row["mapped"])), missing, work.now]
            await work.run(_LETTER, [new_id(), work.scope.institution_id, *place, *values])
            await fetching.hand.services.connections.propose_file_host(work, run.connection_id, host)
        elif state.state == "complete":
            state.state, state.reason, state.message = "incomplete", "transient", reason
            await fetching.hand.tell(work, state)


async def _settle(hand: RunInHand, state: StreamInHand) -> None:
    """Tell the source what became of its files; again in the next run where it does not listen."""
    last = UUID(int=0)
    while True:
        async with hand.chunk() as work:
            values = [hand.run.connection_id, state.name, last, _AT_ONCE]
            rows = await work.rows(_UNSETTLED, [work.scope.institution_id, *values])
        if not rows:
            return
        for row in rows:
            last = row["id"]
            outcome = Settled.REFUSED if row["state"] == "refused" else Settled.KEPT
            try:
                await hand.opened.connector.settle(
                    FileData.model_validate_json(row["mapped"]),
                    outcome,
                    row["reason"] if row["state"] == "refused" else "",
                )
            except ConnectorAuthFailed:
                raise
            except ConnectorError as error:
                reason = "config" if isinstance(error, ConnectorMisconfigured) else "transient"
                await _worsen(hand, state, reason, hand.opened.redact(error.detail))
                continue
            except Exception as error:
                # A source that does not listen hears it again next time.
                log.exception("a connector failed in settle")
                await _worsen(hand, state, "bug", f"the connector failed with {type(error).__name__}")
                continue
            async with hand.chunk():
                await ImportFile.filter(id=row["id"]).update(settled=True)
