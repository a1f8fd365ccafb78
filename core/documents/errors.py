"""What can go wrong with documents, one class a reason."""

from typing import Final

from core.kernel.errors import (
    Conflict,
    DatabaseUnavailable,
    DelotekaError,
    Forbidden,
    Invalid,
    TransitionRefused,
    Unavailable,
)


class UploadTooBig(DelotekaError):
    """The body is longer than this kind of document allows."""

    code = "too_big"
    status = 413
    title = "The file is too big"
    remedy = "Send a smaller file, or choose a kind of document that allows large files."


class UploadCut(DelotekaError):
    """The connection ended before the announced length, or the body was longer than announced."""

    code = "upload_cut"
    status = 400
    title = "The file did not arrive whole"
    remedy = "Nothing was kept. Send the file again."


class UploadRejected(DelotekaError):
    """The intake checks rejected the file; `reason` is the code of the first grave finding."""

    code = "upload_rejected"
    status = 422
    title = "The file was rejected"
    remedy = "Nothing was kept. The findings say what is wrong with the file; send a file without it."


class DuplicateUpload(Conflict):
    """The same bytes are already kept for this person or group; `first` is that document."""

    code = "duplicate"
    title = "The same file is already kept here"
    remedy = "Look at the document in `first`; if you still want a second one, repeat the request with insist=true."


class IdempotencyConflict(Conflict):
    """The same `Idempotency-Key` came with another request before."""

    code = "idempotency_conflict"
    title = "This idempotency key was used for another request"
    remedy = "Use a new key for a new upload."


class UnknownKind(Invalid):
    """There is no such kind of document."""

    code = "unknown_kind"
    title = "There is no such kind of document"
    remedy = "Choose one of the kinds listed in `kinds`."


class KindTakesNoSuchFile(Conflict):
    """A document shall be of a kind that does not take its files; `files` names them, `kind` the kind."""

    code = "kind_takes_no_such_file"
    title = "This kind of document does not take a file of this document"
    remedy = (
        "Choose a kind that takes the types and sizes listed in `files`, or upload them as a document of their own."
    )


class HolderUnclear(Invalid):
    """An upload names neither a personal file nor a group, or both."""

    code = "holder_unclear"
    title = "It is not clear whose document this is"
    remedy = "Name either personal_file_id or group_id."


class DocumentStepRefused(TransitionRefused):
    """Release, refusal or withdrawal is not allowed; `reasons` says why."""

    code = "document_step_refused"


class ContentGone(DelotekaError):
    """The document was refused or withdrawn: there are no bytes any more."""

    code = "content_gone"
    status = 410
    title = "The content of this document no longer exists"
    remedy = "The audit trail says who ended it, when and why."


class DocumentDestroyed(DelotekaError):
    """A disposal act destroys the document: `act` and `number` name it.

    `destroyed_at` is empty until storage has confirmed that everything is gone.
    """

    code = "document_destroyed"
    status = 410
    title = "A disposal act destroyed this document"
    remedy = "The act named in `act` says when, by whom and why; nothing of the document can be restored."


class DocumentHandedOver(DelotekaError):
    """An archive has the document, and its copy here was destroyed; `archive` and `accepted` say where it is.

    `destroyed_at` is empty until storage has confirmed that the copy is gone.
    """

    code = "document_handed_over"
    status = 410
    title = "An archive keeps this document; the copy here was destroyed"
    remedy = "Ask the archive named in `archive`; `accepted` is its act, `number` that of the decision about the copy."


DESTROYED: Final = (DocumentDestroyed, DocumentHandedOver)
"""What is answered of a document whose bytes here people have ended."""


class IssuedPaperContent(Forbidden):
    """The document is a paper that the service issued, or a signature of one: others may open those."""

    code = "issued_paper_content"
    title = "The contents of an issued paper are opened at the paper itself"
    remedy = "Open it, or its signatures, below /api/v1/issued-papers; who may do so depends on the paper."


class ContentDamaged(DelotekaError):
    """The stored bytes are absent or differ from their digest."""

    code = "content_damaged"
    status = 503
    title = "The stored content cannot be shown"
    remedy = "Tell the administrator: the stored bytes are missing or damaged."
    retry_after = 60


class RangeNotSatisfiable(DelotekaError):
    """The range begins behind the end of the file."""

    code = "range_not_satisfiable"
    status = 416
    title = "The file has no such range of bytes"
    remedy = "Ask for a range within `size` bytes."


class MalformedForm(DelotekaError):
    """The body is no form with one file in it."""

    code = "malformed_form"
    status = 400
    title = "The form could not be read"
    remedy = "Send multipart/form-data with the fields first and one part called `file` last."


class SpoolBusy(Unavailable):
    """Another step works on the same file, and takes long."""

    code = "spool_busy"
    title = "The file is being worked on"


class OutcomeUnknown(DatabaseUnavailable):
    """The database went away while the upload was written down; nobody can say yet whether it was."""

    code = "outcome_unknown"
    title = "It is not known yet whether the file was kept"
    remedy = "Repeat the request with the same Idempotency-Key; without a key, look at the list of documents first."
