"""What the API says and hears of imports."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.imports.deciding import Undone
from core.imports.models import (
    Bookmark,
    DeadLetter,
    Difference,
    ImportRun,
    Mode,
    PersonProposal,
    RunState,
    RunStream,
)
from core.imports.remedies import remedy_of
from core.imports.sight import Seen, shown
from core.kernel.texts import Language
from core.origins.schemas import without_private
from core.web.fields import CleanLine, Day, FilledLine, Identifier, RequestBody

Counts = Annotated[
    dict[str, int],
    Field(
        description="How many records were `new`, `matched` (with what the registry has), `changed`, the `same`, at"
        " the source, `returned`, `unmatched` (a person has to say who is meant), `dead` or `ignored`.",
        examples=[{"new": 812, "same": 14, "dead": 2}],
    ),
]

StreamName = Annotated[str, Field(description="Name of the stream, as the connector calls it.", examples=["marks"])]
PartName = Annotated[
    str, Field(description="Part of the stream that has a bookmark of its own (a class in a period, a course).")
]
ExternalId = Annotated[str, Field(description="The source's own key of the record.")]
EntityId = Annotated[UUID, Field(description="Learner, group, result… that the record speaks of.")]
Problem = Annotated[str, Field(description="What is wrong, in words; empty if nothing is.")]


class RunIn(RequestBody):
    """A run to be started."""

    connection_id: Identifier
    mode: Annotated[Mode, Field(strict=False)] = Field(
        default=Mode.SYNC,
        description="`sync`: what is due; `backfill`: everything, or what reaches beyond `since_date`; `dry_run`:"
        " nothing is written, the differences are listed; `retry`: open dead letters.",
    )
    since_date: Day | None = Field(
        default=None, description="With `backfill` and `dry_run`: nothing that ended before this day."
    )
    streams: list[FilledLine] | None = Field(
        default=None, min_length=1, max_length=100, description="Only these, and those that they refer to."
    )
    letters: list[Identifier] | None = Field(
        default=None, min_length=1, max_length=1_000, description="With `retry`: only these dead letters."
    )


class StreamOut(BaseModel):
    """How one stream is in a run."""

    stream: StreamName
    title: str
    kind: str = Field(examples=["results"])
    state: Literal["waiting", "running", "complete", "incomplete", "failed", "cancelled"]
    reason: str = Field(description="Class of the problem: `auth`, `config`, `transient`, `record`, `bug`, `parent`.")
    message: Problem
    retry_at: datetime | None = Field(description="When it is asked again.")
    parts: int | None = Field(description="How many parts it has; null until that is known.")
    counts: Counts

    @classmethod
    def of(cls, row: RunStream) -> Self:
        """Show it."""
        return cls(
            stream=row.stream,
            title=row.title,
            kind=row.kind,
            state=row.state,  # type: ignore[arg-type]
            reason=row.reason,
            message=row.message,
            retry_at=row.retry_at,
            parts=row.partitions,
            counts=row.counts,
        )


class RunOut(BaseModel):
    """One run of one connection."""

    id: UUID
    connection_id: UUID
    mode: Mode = Field(description="What it is for.")
    state: RunState
    since_date: date | None = Field(description="Nothing was asked for that ended before; null: everything.")
    streams: list[str] | None = Field(description="Those that were asked for; null: every chosen one.")
    requested_by: UUID | None = Field(description="Null: a schedule did, or a hindered run is repeated.")
    requested_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    heartbeat_at: datetime | None = Field(description="The last sign of life.")
    cancelling: bool = Field(description="Somebody asked it to stop.")
    attempts: int = Field(description="How many workers have worked on it.")
    reason: str = Field(description="Class of the problem that ended or hindered it; empty if none did.")
    message: Problem
    retry_at: datetime | None = Field(description="When the source is asked again.")
    counts: Counts
    job_id: UUID

    @classmethod
    def of(cls, row: ImportRun) -> Self:
        """Show it."""
        return cls(
            id=row.id,
            connection_id=row.connection_id,
            mode=Mode(row.mode),
            state=RunState(row.state),
            since_date=row.since,
            streams=row.streams,
            requested_by=row.requested_by,
            requested_at=row.requested_at,
            started_at=row.started_at,
            ended_at=row.ended_at,
            heartbeat_at=row.heartbeat_at,
            cancelling=row.cancel_requested_at is not None and row.ended_at is None,
            attempts=row.attempts,
            reason=row.reason,
            message=row.message,
            retry_at=row.retry_at,
            counts=row.counts,
            job_id=row.job_id,
        )


class RunWithStreamsOut(RunOut):
    """A run with each of its streams."""

    parts_done: int = Field(
        default=0, description="How many parts of its streams were read to their end, or as far as they go."
    )
    progress: list[StreamOut] = Field(default_factory=list, description="In the order in which they are read.")


class DifferenceOut(BaseModel):
    """What a dry run says of one record."""

    id: UUID
    stream: StreamName
    kind: str
    external_id: ExternalId
    outcome: Literal["new", "changed", "unmatched", "dead", "gone", "returned"] = Field(
        description="What a run would do: make or change it, ask who is meant, keep a letter, mark it."
    )
    entity_id: EntityId | None = Field(description="Null: it would be made.")
    title: str = Field(
        description="What a person reads of it: name of a person, class or subject; of a result whose it is, in which"
        " subject, and when. Empty where only its ids are shown."
    )
    fields: dict[str, Any] = Field(
        description="By column: `before` and `after`. Of unmatched and dead records: what they say, candidates, reason."
        " Of a result whose kind nobody has mapped, the platform's words only, unless one sees results of every kind."
    )

    @classmethod
    def of(cls, row: Difference, *, seen: Seen, private: bool, title: str) -> Self:
        """Show it, as much as is `seen` of it."""
        said = dict(row.values)
        if "record" in said:
            record = without_private(row.kind, said["record"], private=private)
            said = said | {"record": shown(record, seen)} if seen else {}
        else:
            said = shown(said, seen)
        return cls(
            id=row.id,
            stream=row.stream,
            kind=row.kind,
            external_id=row.external_id,
            outcome=row.outcome,  # type: ignore[arg-type]
            entity_id=None if row.outcome == "new" else row.entity_id,
            title=title,
            fields=without_private(row.kind, said, private=private),
        )


class LetterOut(BaseModel):
    """A record that could not be taken."""

    id: UUID
    connection_id: UUID
    run_id: UUID = Field(description="The run that met it last.")
    stream: StreamName
    part: PartName
    kind: str
    external_id: str = Field(description="Begins with `?` where the source's object has no key.")
    letter_class: Literal["record", "reference", "waiting", "refused", "file", "destroyed"] = Field(
        alias="class",
        description="`record`: it is not as it has to be; `reference`: what it refers to is missing; `waiting`: it is"
        " to be said first who is meant; `refused`: by a rule of the registry; `file`: its bytes could not be had;"
        " `destroyed`: an act has destroyed the last file of this learner, and nothing is brought back.",
    )
    reason: str = Field(description="Why, as a code or in words.")
    missing: dict[str, str] | None = Field(
        description="`kind` and `external_id` of what it refers to, or the `host` of a file that nobody has confirmed."
    )
    remedy: str = Field(description="What helps, in the reader's language.")
    record: dict[str, Any] | None = Field(
        description="What it says; null without the right to read such records. Of a result whose kind nobody has"
        " mapped, the platform's words only, unless one sees results of every kind."
    )
    source: dict[str, Any] | None = Field(
        description="What the source said, without secrets; null without the right to read people and their contacts."
    )
    attempts: int = Field(description="How often it was met.")
    first_at: datetime = Field(description="When it was met first.")
    last_at: datetime = Field(description="When it was met last.")
    state: Literal["open", "closed", "dismissed"]
    note: str
    ended_by: UUID | None
    ended_at: datetime | None

    @classmethod
    def of(cls, row: DeadLetter, *, seen: Seen, private: bool, language: Language) -> Self:
        """Show it, as much as is `seen` of it."""
        record = shown(without_private(row.kind, row.mapped or {}, private=private), seen) if seen else None
        values: dict[str, Any] = {
            "id": row.id,
            "connection_id": row.connection_id,
            "run_id": row.run_id,
            "stream": row.stream,
            "part": row.partition,
            "kind": row.kind,
            "external_id": row.external_id,
            "class": row.letter_class,
            "reason": row.reason,
            "missing": row.missing,
            "remedy": remedy_of(row.letter_class, row.missing, language),
            "record": record,
            "source": row.source if seen is Seen.ALL and private else None,
            "attempts": row.attempts,
            "first_at": row.first_at,
            "last_at": row.last_at,
            "state": row.state,
            "note": row.note,
            "ended_by": row.ended_by,
            "ended_at": row.ended_at,
        }
        return cls(**values)


class DismissalIn(RequestBody):
    """Why a dead letter is put aside."""

    note: FilledLine = Field(max_length=500, examples=["Демонстрационная запись платформы"])


class CandidateOut(BaseModel):
    """Who may be meant."""

    entity_id: UUID = Field(description="Person of the registry.")
    alike: list[str] = Field(description="Fields in which both say the same.")


class MatchProposalOut(BaseModel):
    """A record of a person who may be in the registry already."""

    id: UUID
    connection_id: UUID
    kind: str
    external_id: ExternalId
    record: dict[str, Any] = Field(description="What the source says of this person.")
    candidates: list[CandidateOut] = Field(description="The likeliest first.")
    state: Literal["open", "confirmed", "new", "moot"]
    entity_id: UUID | None = Field(description="Who is meant; null while nobody has decided.")
    raised_at: datetime = Field(description="When the record was met.")
    decided_by: UUID | None
    decided_at: datetime | None
    undone_at: datetime | None = Field(description="When the decision was taken back; null: it stands.")

    @classmethod
    def of(cls, row: PersonProposal, *, private: bool) -> Self:
        """Show it."""
        return cls(
            id=row.id,
            connection_id=row.connection_id,
            kind=row.kind,
            external_id=row.external_id,
            record=without_private(row.kind, row.mapped, private=private),
            candidates=[CandidateOut(**each) for each in row.candidates],
            state=row.state,  # type: ignore[arg-type]
            entity_id=row.entity_id,
            raised_at=row.raised_at,
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            undone_at=row.undone_at,
        )


class CandidateIn(RequestBody):
    """Who is meant, or not."""

    person_id: Identifier


class UndoIn(RequestBody):
    """Who is meant instead."""

    person_id: Identifier | None = Field(default=None, description="Needed where a new person had been made.")


class UndoneOut(BaseModel):
    """What undoing a decision did, and what it leaves to people."""

    entity_id: UUID = Field(description="The person of whom the record speaks now.")
    moved: int = Field(description="Records that speak of this person with it.")
    restored: list[str] = Field(description="Fields of the other person that say again what they said before.")
    documents_left: list[UUID] = Field(description="Documents that were filed meanwhile; say where they belong.")

    @classmethod
    def of(cls, undone: Undone) -> Self:
        """Show it."""
        return cls(
            entity_id=undone.entity_id,
            moved=undone.moved,
            restored=list(undone.restored),
            documents_left=list(undone.documents_left),
        )


class BookmarkOut(BaseModel):
    """How far one part of one stream was read."""

    stream: StreamName
    part: PartName
    title: str
    cursor: str | None = Field(description="In the source's words; null: from the beginning.")
    completed_on: date | None = Field(description="The day on which a complete read began.")
    reset_at: datetime | None = Field(description="The next run reads it from its beginning.")

    @classmethod
    def of(cls, row: Bookmark) -> Self:
        """Show it."""
        return cls(
            stream=row.stream,
            part=row.partition,
            title=row.title,
            cursor=row.cursor,
            completed_on=row.completed_on,
            reset_at=row.reset_at,
        )


class ResetIn(RequestBody):
    """Which parts are to be read from their beginning."""

    stream: FilledLine = Field(max_length=200, description="Name of the stream.", examples=["marks"])
    parts: list[CleanLine] | None = Field(default=None, max_length=1_000, description="Null: all of the stream.")


class ResetOut(BaseModel):
    """How many bookmarks were reset."""

    reset: int = Field(description="Bookmarks that were not reset already.")
