"""What the API says and hears of snapshots of study periods."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.period_exports.due import DueExport
from core.period_exports.filing import FittingClass
from core.period_exports.following import GONE
from core.period_exports.models import ExportState, PeriodDifference, PeriodExport, PeriodExportSettings
from core.period_exports.tables import BY_NAME
from core.web.fields import CleanLine, Identifier, RequestBody

Insisted = Annotated[
    CleanLine,
    Field(max_length=500, description="Why the snapshot is made although not everything was read.", examples=[""]),
]
DueDays = Annotated[int, Field(ge=0, le=366, description="Days after the end of a period from which it is due.")]


class PeriodExportIn(RequestBody):
    """A snapshot that is wanted."""

    connection_id: Identifier = Field(description="Of which connection.")
    period_id: Identifier = Field(description="Of which study period.")
    insisted: Insisted = ""


class ShortcomingOut(BaseModel):
    """What had not been read."""

    code: Literal[
        "never_read",
        "run_under_way",
        "run_failed",
        "run_cancelled",
        "stream_incomplete",
        "read_before_end",
        "letters_open",
        "people_waiting",
    ] = Field(description="Stable code.")
    words: str = Field(description="The same in Russian, as the print-out says it.")
    stream: str | None = Field(default=None, description="Of which stream.")
    count: int | None = Field(default=None, description="How many.")


class DifferencesOut(BaseModel):
    """How many rows differ from the snapshot before."""

    added: int = Field(default=0, description="Rows that were not there before.")
    removed: int = Field(default=0, description="Rows that are there no longer.")
    changed: int = Field(default=0, description="Rows of which a cell differs.")


class PeriodExportOut(BaseModel):
    """A snapshot of what one connection said of one study period."""

    id: UUID
    connection_id: UUID = Field(description="Of which connection.")
    period_id: UUID = Field(description="Of which study period.")
    state: ExportState = Field(description="How far it is, or how it has ended.")
    version: int | None = Field(description="Of a filed one: 1 for the first of its connection and period.")
    insisted: str = Field(description="Why it was asked for although not everything had been read.")
    job_id: UUID = Field(description="The background job: its progress, and its cancellation.")
    requested_by: UUID = Field(description="Account that asked for it.")
    requested_at: datetime = Field(description="When it was asked for.")
    ended_at: datetime | None = Field(description="When it was filed, or ended otherwise.")
    message: str = Field(description="Why it failed.")
    digest: str | None = Field(description="SHA-256 of what it says: the same data give the same digest.")
    complete: bool | None = Field(description="Whether everything had been read.")
    shortcomings: list[ShortcomingOut] = Field(description="What had not been read.")
    counts: dict[str, int] = Field(description="Rows by file of the package, and how many results were left out.")
    document_id: UUID | None = Field(description="The package, a document of the registry.")
    sha256: str | None = Field(description="Of the package.")
    size: int | None = Field(description="Bytes of the package.")
    case_id: UUID | None = Field(description="Where it is filed.")
    earlier_id: UUID | None = Field(description="The filed one before it, or the one that says the same.")
    differences: DifferencesOut | None = Field(description="Null: there is none before it, or it is not compared yet.")
    earlier_gone: bool = Field(description="Whether the one before could not be compared because its term is over.")
    paper_ids: list[UUID] = Field(description="The parts of the issued print-out, in order; empty: not issued yet.")

    @classmethod
    def of(cls, row: PeriodExport) -> Self:
        """Return what the API says of a snapshot."""
        said: dict[str, Any] = {
            name: getattr(row, name)
            for name in cls.model_fields
            if name not in {"digest", "sha256", "size", "document_id", "differences", "earlier_gone", "shortcomings"}
        }
        found = row.differences
        return cls(
            **said,
            digest=bytes(row.digest).hex() if row.digest else None,
            sha256=bytes(row.package_sha256).hex() if row.package_sha256 else None,
            size=row.package_size,
            document_id=row.package_id,
            shortcomings=[ShortcomingOut.model_validate(each) for each in row.shortcomings],
            differences=None if found is None or GONE in found else DifferencesOut(**found),
            earlier_gone=found is not None and GONE in found,
        )


class FieldOut(BaseModel):
    """One field of a row."""

    field: str = Field(description="Name of the column.")
    title: str = Field(description="Title of the column, in Russian.")
    before: str = Field(description="What the snapshot before says.")
    after: str = Field(description="What this one says.")


class PeriodDifferenceOut(BaseModel):
    """One row that a snapshot has otherwise than the one before it."""

    table: str = Field(description="groups, learners, enrolments, subjects, results, final_results or attendance.")
    kind: Literal["added", "removed", "changed"] = Field(description="What became of the row.")
    stream: str = Field(description="Name of the stream at the connection.")
    record: str = Field(description="External id of the record at the platform.")
    learner: str = Field(description="Whose it is, where it is somebody's.")
    subject: str = Field(description="In which subject, where it names one.")
    group: str = Field(description="In which group, where it names one.")
    fields: list[FieldOut] = Field(description="What is said otherwise.")

    @classmethod
    def of(cls, row: PeriodDifference) -> Self:
        """Return what the API says of a difference."""
        before, after = row.before, row.after
        named = {name: after.get(name) or before.get(name, "") for name in ("learner", "subject", "group")}
        titles = {column.name: column.title for column in BY_NAME[row.table_name].columns}
        fields = [
            FieldOut(field=name, title=title, before=before.get(name, ""), after=after.get(name, ""))
            for name, title in titles.items()
            if before.get(name, "") != after.get(name, "")
        ]
        kind: Any = row.kind
        return cls(table=row.table_name, kind=kind, stream=row.stream, record=row.record, fields=fields, **named)


class DueExportOut(BaseModel):
    """A period that has ended, and a connection without a snapshot of it."""

    connection_id: UUID = Field(description="Which connection.")
    connection: str = Field(description="Title of the connection.")
    period_id: UUID = Field(description="Which period.")
    period: str = Field(description="Name of the period.")
    study_year: str = Field(description="Study year of the period, if it says one.")
    ends_on: date = Field(description="Its last day.")

    @classmethod
    def of(cls, each: DueExport) -> Self:
        """Return what the API says of it."""
        return cls(**{name: getattr(each, name) for name in cls.model_fields})


class DueExportsOut(BaseModel):
    """What is due today."""

    items: list[DueExportOut] = Field(description="The earliest first, five hundred at most.")


class FittingClassOut(BaseModel):
    """A class of the nomenclature in force whose title speaks of such snapshots."""

    lineage_id: UUID = Field(description="The same in every year.")
    class_index: str = Field(description="Index of the class.")
    title: str = Field(description="Title of the class.")

    @classmethod
    def of(cls, each: FittingClass) -> Self:
        """Return what the API says of it."""
        return cls(lineage_id=each.lineage_id, class_index=each.class_index, title=each.title)


class SettingsIn(RequestBody):
    """Where snapshots are filed, and when they are due."""

    lineage_id: Identifier | None = Field(description="Class (its `lineage_id`); null: none yet.")
    due_days: DueDays = 10


class SettingsOut(BaseModel):
    """What the institution has said of its snapshots."""

    lineage_id: UUID | None = Field(description="Class under which they are filed; null: nobody has said it.")
    due_days: DueDays
    revision: int
    proposed: list[FittingClassOut] = Field(description="Classes in force whose titles speak of such snapshots.")

    @classmethod
    def of(cls, row: PeriodExportSettings, proposed: list[FittingClassOut]) -> Self:
        """Return what the API says of the settings."""
        return cls(lineage_id=row.lineage_id, due_days=row.due_days, revision=row.revision, proposed=proposed)
