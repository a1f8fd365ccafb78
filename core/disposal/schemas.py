"""What the API says of disposal acts."""

from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.cases.schemas import ReasonOut, told
from core.disposal.listing import Listed
from core.disposal.models import ActOpinion, DisposalAct, DisposalActLine, DisposalProposal
from core.disposal.selection import LeftOut, Selection
from core.disposal.summary import Summary
from core.kernel.texts import Language, translate
from core.people.models import EndedPerson
from retention.act_lines import LineState
from retention.disposal_facts import ActGate, ActState
from retention.selection import ActLine, Proposal


class ActOut(BaseModel):
    """A disposal act («акт о выделении к уничтожению»)."""

    id: UUID
    state: ActState
    basis: str = Field(description="List of terms that it rests on.")
    first_year: int = Field(description="First year of the cases on it.")
    last_year: int = Field(description="Last one.")
    author_id: UUID = Field(description="Account that made it.")
    round: int = Field(description="How often it was submitted.")
    list_sha256: str | None = Field(description="Digest over lines and files that were submitted last.")
    single_person: bool = Field(description="Whether it was submitted under the declared single-person mode.")
    single_person_since_date: date | None = Field(description="Since when that was declared.")
    single_person_ground: str = Field(description="Document it rests on.")
    number: str
    approved_on: date | None = Field(description="null while the head has not approved.")
    approved_by: UUID | None = Field(description="Account.")
    waiting_until_date: date | None = Field(description="First day on which it may be executed.")
    created_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, row: DisposalAct) -> Self:
        """Show a row."""
        named = {"list_sha256", "single_person_since_date", "waiting_until_date"}
        members = {name: getattr(row, name) for name in cls.model_fields if name not in named}
        digest = row.list_digest.hex() if row.list_digest else None
        return cls(
            **members,
            list_sha256=digest,
            single_person_since_date=row.single_person_since,
            waiting_until_date=row.waiting_until,
        )


class LeftOutOut(BaseModel):
    """A case that may not enter an act, though its date has come."""

    case_id: UUID = Field(description="The case.")
    reasons: list[ReasonOut] = Field(description="Everything that stands against it.")

    @classmethod
    def of(cls, row: LeftOut, language: Language) -> Self:
        """Show it in the reader's language."""
        said = [ReasonOut(code=each.code, message=translate(each.remedy, language), facts={}) for each in row.reasons]
        return cls(case_id=row.case_id, reasons=said)


class ListedOut(ActOut):
    """An act after cases were put on it."""

    added: int = Field(description="How many cases were put on it.")
    left_out: list[LeftOutOut] = Field(description="Cases that are due and may not enter; the first hundred.")
    more: bool = Field(description="Whether further cases are due that one act cannot take: make another one after it.")

    @classmethod
    def of_all(cls, listed: Listed, language: Language) -> Self:
        """Show an act with what became of the selection."""
        shown = [LeftOutOut.of(each, language) for each in listed.left_out[:100]]
        return cls(**ActOut.of(listed.act).model_dump(), added=listed.added, left_out=shown, more=listed.more)


class TableLineOut(BaseModel):
    """One line of the act's table: cases of one kind under a common title."""

    section: str = Field(description="Code of the section.")
    class_index: str = Field(description="Index («индекс дела»).")
    title: str = Field(description="Title of the class.")
    first_year: int = Field(description="First year of its cases.")
    last_year: int = Field(description="Last one.")
    nomenclature_years: list[int] = Field(description="Nomenclatures they stand in.")
    cases: int = Field(description="Number of cases.")
    volumes: int = Field(description="Their volumes and parts.")
    term: str = Field(description="Term, as the nomenclature has it.")
    article: str = Field(description="Articles of the list.")

    @classmethod
    def of(cls, line: ActLine) -> Self:
        """Show a grouped line."""
        said: dict[str, Any] = {
            name: getattr(line, name) for name in cls.model_fields if name not in {"cases", "article"}
        }
        return cls(
            **{**said, "nomenclature_years": list(line.nomenclature_years)}, cases=len(line.cases), article=line.basis
        )


class TableOut(BaseModel):
    """Cases grouped as an act shows them."""

    first_year: int | None = Field(description="First year of the cases; null: there are none.")
    last_year: int | None = Field(description="Last one.")
    cases: int = Field(description="Number of cases.")
    volumes: int = Field(description="Their volumes and parts.")
    lines: list[TableLineOut] = Field(description="By section, index and title.")

    @classmethod
    def of(cls, proposal: Proposal | None) -> Self:
        """Show a grouping."""
        if proposal is None:
            return cls(first_year=None, last_year=None, cases=0, volumes=0, lines=[])
        lines = [TableLineOut.of(line) for line in proposal.lines]
        span = {"first_year": proposal.first_year, "last_year": proposal.last_year}
        return cls(**span, cases=proposal.cases, volumes=proposal.volumes, lines=lines)


class SelectionOut(TableOut):
    """What an act made now would take; nothing is changed, and plugins have not been asked."""

    left_out_count: int = Field(description="Cases whose date has come and that may not enter.")
    left_out: list[LeftOutOut] = Field(description="The first hundred of them.")
    more: bool = Field(description="Whether further cases are due that one act cannot take: make another one after it.")

    @classmethod
    def of_selection(cls, found: Selection, language: Language) -> Self:
        """Show a dry run."""
        shown = [LeftOutOut.of(each, language) for each in found.left_out[:100]]
        table = TableOut.of(found.proposal).model_dump()
        return cls(**table, left_out_count=len(found.left_out), left_out=shown, more=found.more)


class CarriedOut(BaseModel):
    """A learner whose rows in the registry go with a case, because nothing else is left of him or her."""

    person_id: UUID = Field(description="The learner.")
    counts: dict[str, int] = Field(description="Rows by kind, beside the card.", examples=[{"results": 120}])
    unarchived: int = Field(description="Results and attendance that no snapshot of a period holds.")


class EndedPersonOut(BaseModel):
    """A learner whose rows in the registry ended, or shall end, with the last file; without a name."""

    id: UUID
    person_id: UUID = Field(description="The learner.")
    act_id: UUID = Field(description="Disposal act.")
    act_number: str = Field(description="Its number.")
    counts: dict[str, int] = Field(description="Rows by kind that people approved, beside the card.")
    noted_at: datetime = Field(description="When the last file was destroyed.")
    ended_at: datetime | None = Field(description="When the rows ended; null: something keeps them.")
    kept_by: list[str] = Field(
        description="What keeps them: `case`, `personal_file`, `duty`, `enrolment`, `file_from_source`, `hold`, or"
        " `more_than_approved` where rows came after the approval."
    )

    @classmethod
    def of(cls, row: EndedPerson, kept_by: list[str]) -> Self:
        """Show a row."""
        same = {name: getattr(row, name) for name in ("id", "person_id", "counts", "noted_at", "ended_at")}
        return cls(**same, act_id=UUID(row.act["id"]), act_number=row.act["number"], kept_by=kept_by)


class KeptOut(BaseModel):
    """A learner of a case whose rows in the registry stay though the case goes, and why."""

    person_id: UUID = Field(description="The learner.")
    kept_by: list[str] = Field(
        description="`case`, `personal_file`, `duty`, `enrolment` or `file_from_source`; none: no act has destroyed a"
        " personal file of this learner, or another line of this act carries the rows."
    )


class ResultsDecidedOut(BaseModel):
    """That results may go with a line although nobody has archived them."""

    line_id: UUID = Field(description="The line.")
    results: int = Field(description="How many.")


class LineOut(BaseModel):
    """One case on an act, as it was when it was put there."""

    id: UUID
    act_id: UUID = Field(description="The act.")
    case_id: UUID = Field(description="The case.")
    state: LineState
    hold_id: UUID | None = Field(description="Hold that has taken the case off the act, as long as it is not marked.")
    section: str = Field(description="Code of the section.")
    class_index: str = Field(description="Index («индекс дела»).")
    title: str
    first_year: int = Field(description="Year of its opening.")
    last_year: int = Field(description="Year of its closing.")
    volumes: int = Field(description="Volumes and parts.")
    term: str = Field(description="Term, as the nomenclature or a decision has it.")
    article: str = Field(description="Articles of the list.")
    rule_id: UUID = Field(description="Version of the rule.")
    earliest_act_date: date = Field(description="First day on which an act might take it.")
    file_count: int = Field(description="Files that will go.")
    carried: list[CarriedOut] = Field(
        description="Learners whose rows in the registry go too; from the submission on, what people approve."
    )
    sha256: str = Field(description="Digest over everything that the line says, its files included.")
    rejection: str = Field(description="What the commission finds wrong with it.")
    answer: str = Field(description="Why it stays, says the author.")
    reason: str = Field(description="Why it was taken off.")
    listed_at: datetime = Field(description="When it was put on the act.")
    ended_at: datetime | None = Field(description="When it left the act.")

    @classmethod
    def of(cls, row: DisposalActLine, held: dict[UUID, UUID]) -> Self:
        """Show a row; `held` are lines that holds have taken off, each with a hold."""
        named = {"state", "hold_id", "file_count", "sha256"}
        members = {name: getattr(row, name) for name in cls.model_fields if name not in named}
        hold = held.get(row.id)
        state = LineState.HELD if hold else row.state
        return cls(**members, state=state, hold_id=hold, file_count=len(row.content), sha256=row.digest.hex())


class FileOut(BaseModel):
    """A file that will go with its case."""

    document_id: UUID = Field(description="Document.")
    version_id: UUID = Field(description="Its version.")
    sha256: str = Field(description="Digest of the bytes.")
    size: int = Field(description="Bytes.")


class LineDetailOut(LineOut):
    """A line with the reasons why it is on the act, and its files."""

    reasons: list[ReasonOut] = Field(description="Why its term is over: every step of the computation, in order.")
    assumed: list[str] = Field(description="Conditions taken as met because nobody has said otherwise.")
    files: list[FileOut] = Field(description="As they were when the list was frozen, or when it was put there.")
    kept: list[KeptOut] = Field(description="Learners of the case whose rows stay as things are today.")

    @classmethod
    def of_all(
        cls, row: DisposalActLine, held: dict[UUID, UUID], kept: dict[UUID, list[str]], language: Language
    ) -> Self:
        """Show a row with everything it says; `kept` is what keeps the learners of its case today."""
        files = [
            FileOut(
                document_id=UUID(str(entry[0])),
                version_id=UUID(str(entry[1])),
                sha256=str(entry[2]),
                size=int(entry[3]),
            )
            for entry in row.content
        ]
        reasons = told(row.explanation.get("reasons", []), language)
        shown = LineOut.of(row, held).model_dump()
        carried = {UUID(each["person_id"]) for each in row.carried}
        left = [KeptOut(person_id=each, kept_by=why) for each, why in kept.items() if why or each not in carried]
        return cls(**shown, reasons=reasons, assumed=row.explanation.get("assumed", []), files=files, kept=left)


class OpinionOut(BaseModel):
    """Something that a person did with an act."""

    id: UUID
    round: int = Field(description="Submission it belongs to.")
    kind: Literal["submitted", "changes_requested", "agreed", "archive_agreed", "approved", "aborted", "cancelled"]
    decided_on: date | None = Field(description="Day of the paper.")
    number: str
    members: list[str] = Field(description="Who took part.")
    comment: str = Field(description="Why, in words.")
    given_by: UUID = Field(description="Account.")
    given_at: datetime = Field(description="When.")

    @classmethod
    def of(cls, row: ActOpinion) -> Self:
        """Show a row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class DisposalProposalOut(BaseModel):
    """That the service proposed the act of a year."""

    id: UUID
    year: int = Field(description="Year in whose first quarter it was proposed.")
    cases: int = Field(description="Cases that were due.")
    volumes: int = Field(description="Their volumes and parts.")
    first_year: int = Field(description="First year of the cases.")
    last_year: int = Field(description="Last one.")
    proposed_at: datetime = Field(description="When.")

    @classmethod
    def of(cls, row: DisposalProposal) -> Self:
        """Show a row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class SummaryOut(BaseModel):
    """What an act will do, as it is now."""

    act: ActOut = Field(description="The act.")
    table: TableOut = Field(description="What will be destroyed, grouped as the paper shows it.")
    lines_by_state: dict[str, int] = Field(description="Lines by state; held ones count as held at once.")
    documents: int = Field(description="Documents that will go.")
    files: int = Field(description="Their files.")
    size: int = Field(description="Bytes of these files.")
    registry_rows: dict[str, int] = Field(
        description="Rows about learners that go too, because nothing else is left of them; `people` are the cards."
    )
    unarchived: dict[UUID, int] = Field(
        description="Lines with which results go that no snapshot of a period holds: archive them, or decide."
    )
    gates: dict[ActGate, bool] = Field(description="Which gates are closed.")
    list_unchanged: bool = Field(description="Whether lines, files and rules are those that were submitted.")
    differing_line_ids: list[UUID] = Field(description="Lines whose case changed, or may not enter an act today.")
    missing_inventories: list[str] = Field(description="Categories and years without an approved inventory.")
    unlisted_case_ids: list[UUID] = Field(description="Permanent and long-term cases of these years in no inventory.")
    archive_missing_ids: list[UUID] = Field(description="Inventories that the archive has not decided about.")
    next_steps: list[str] = Field(description="Steps that begin in its state; people and gates may stand against them.")

    @classmethod
    def of(cls, row: DisposalAct, summary: Summary) -> Self:
        """Show an act in numbers."""
        facts, covered = summary.looked.facts, summary.looked.coverage
        return cls(
            act=ActOut.of(row),
            table=TableOut.of(summary.table),
            lines_by_state=summary.states,
            documents=summary.documents,
            files=summary.files,
            size=summary.size,
            registry_rows=summary.looked.rows,
            unarchived=summary.looked.unarchived,
            gates={gate: gate in facts.gates for gate in ActGate},
            list_unchanged=facts.list_unchanged,
            differing_line_ids=list(summary.looked.differing),
            missing_inventories=list(covered.missing),
            unlisted_case_ids=[UUID(each) for each in covered.unlisted],
            archive_missing_ids=list(covered.archive_missing),
            next_steps=list(summary.next_steps),
        )
