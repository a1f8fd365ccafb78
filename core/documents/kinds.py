"""Kinds of documents: what each may contain, how big it may be and which fields it asks for.

The kinds come from the institutions' own regulations (portfolio, issued documents, orders, creative works).
Titles are English message ids; clerks read them in Russian.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from core.documents.errors import UnknownKind

FIELDS: Final = (
    "series",
    "number",
    "registration_number",
    "issued_on",
    "issued_by",
    "programme",
    "hours",
)
"""Metadata fields a kind may ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKind:
    """One kind of document."""

    key: str
    title: str
    fields: tuple[str, ...] = ()
    """Fields that make sense for it, in the order of a form."""
    required: frozenset[str] = frozenset()
    """Fields without which its description is incomplete."""
    any_media_type: bool = False
    """Whether any recognised file type may be kept under this kind (creative works)."""
    large: bool = False
    """Whether files far above the usual limit are allowed."""
    issued: bool = False
    """Whether the service alone makes documents of it: nobody uploads one, and nothing is corrected in it."""


_ISSUED: Final = ("series", "number", "registration_number", "issued_on", "issued_by")
_TAUGHT: Final = (*_ISSUED, "programme", "hours")

_ALL: Final = (
    DocumentKind(
        key="diploma",
        title="Diploma",
        fields=_TAUGHT,
        required=frozenset({"series", "number", "issued_on", "issued_by"}),
    ),
    DocumentKind(
        key="school_certificate",
        title="School leaving certificate",
        fields=_ISSUED,
        required=frozenset({"number", "issued_on", "issued_by"}),
    ),
    DocumentKind(
        key="qualification_certificate",
        title="Certificate of advanced training",
        fields=_TAUGHT,
        required=frozenset({"number", "issued_on", "issued_by", "hours"}),
    ),
    DocumentKind(
        key="training_certificate",
        title="Certificate of training",
        fields=_TAUGHT,
        required=frozenset({"number", "issued_on", "issued_by"}),
    ),
    DocumentKind(
        key="award",
        title="Award",
        fields=("number", "registration_number", "issued_on", "issued_by"),
        required=frozenset({"issued_on", "issued_by"}),
    ),
    DocumentKind(
        key="marks_statement",
        title="Statement of marks",
        fields=("number", "registration_number", "issued_on", "issued_by", "programme"),
        required=frozenset({"issued_on"}),
    ),
    DocumentKind(
        key="order",
        title="Order",
        fields=("number", "issued_on", "issued_by"),
        required=frozenset({"number", "issued_on"}),
    ),
    DocumentKind(key="application", title="Application", fields=("number", "issued_on"), required=frozenset()),
    DocumentKind(key="consent", title="Consent", fields=("issued_on",), required=frozenset({"issued_on"})),
    DocumentKind(key="creative_work", title="Creative work", any_media_type=True, large=True),
    DocumentKind(key="class_album", title="Class album", fields=("issued_on",), any_media_type=True, large=True),
    DocumentKind(key="other", title="Other document", fields=_TAUGHT),
    DocumentKind(key="issued_paper", title="Paper issued by the service", fields=("number", "issued_on"), issued=True),
    DocumentKind(key="detached_signature", title="Detached signature of a paper", issued=True),
    DocumentKind(key="period_export", title="Snapshot of a study period", any_media_type=True, large=True, issued=True),
    DocumentKind(key="signed_scan", title="Scan of a signed paper", issued=True),
)

KINDS: Final[Mapping[str, DocumentKind]] = {kind.key: kind for kind in _ALL}
"""Every kind by its key."""

UPLOADABLE: Final = tuple(kind for kind in _ALL if not kind.issued)
"""Kinds that people choose from."""


def document_kind(key: str) -> DocumentKind:
    """Return the kind called `key`; raise `UnknownKind` if there is none."""
    kind = KINDS.get(key)
    if kind is None:
        raise _unknown(key)
    return kind


def uploadable_kind(key: str) -> DocumentKind:
    """Return the kind called `key` if people may choose it; raise `UnknownKind`."""
    kind = document_kind(key)
    if kind.issued:
        raise _unknown(key)
    return kind


def _unknown(key: str) -> UnknownKind:
    return UnknownKind(kind=key[:100], kinds=[kind.key for kind in UPLOADABLE])


def missing_fields(kind: DocumentKind, values: Mapping[str, object]) -> list[str]:
    """Return the required fields that have no value yet, in the order of the form."""
    return [name for name in kind.fields if name in kind.required and values.get(name) in (None, "")]
