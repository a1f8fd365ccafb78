"""Tables of disposal acts, as the query layer sees them; `migrations/` makes them and guards them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from tortoise import fields
from tortoise.contrib.postgres.fields import ArrayField

from core.disposal.execution.models import ActAttempt, ActCertificate, ActVacuum, DisposalObject, PaperDestruction
from core.kernel.database.rows import InstitutionRow
from retention.act_lines import LineState
from retention.disposal_facts import ActState

__all__ = [
    "ActAttempt",
    "ActCertificate",
    "ActOpinion",
    "ActVacuum",
    "DisposalAct",
    "DisposalActLine",
    "DisposalObject",
    "DisposalProposal",
    "PaperDestruction",
]


class DisposalAct(InstitutionRow):
    """A disposal act («акт о выделении к уничтожению»)."""

    state: ActState = fields.CharEnumField(ActState, default=ActState.DRAFT)  # type: ignore[assignment]
    basis: str = fields.TextField()
    """Name and particulars of the list that it rests on."""
    first_year: int = fields.IntField()
    last_year: int = fields.IntField()
    author_id: UUID = fields.UUIDField()
    round: int = fields.IntField(default=0)
    """How often it was submitted."""
    list_digest: bytes | None = fields.BinaryField(null=True)
    """SHA-256 over the lines and contents that were submitted last."""
    single_person: bool = fields.BooleanField(default=False)  # type: ignore[assignment]
    """Whether it was submitted under the declared single-person mode, since when and on which ground."""
    single_person_since: date | None = fields.DateField(null=True)
    single_person_ground: str = fields.TextField(default="")
    number: str = fields.TextField(default="")
    approved_on: date | None = fields.DateField(null=True)
    approved_by: UUID | None = fields.UUIDField(null=True)
    waiting_until: date | None = fields.DateField(null=True)
    """First day on which it may be executed."""
    revision: int = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "disposal_acts"


class DisposalActLine(InstitutionRow):
    """One case on an act, as it was when it was put there."""

    act_id: UUID = fields.UUIDField()
    case_id: UUID = fields.UUIDField()
    state: LineState = fields.CharEnumField(LineState, default=LineState.LISTED)  # type: ignore[assignment]
    living: bool = fields.BooleanField(default=True)  # type: ignore[assignment]
    """Whether the case belongs to this act and to no other."""
    section: str = fields.TextField()
    class_index: str = fields.TextField()
    title: str = fields.TextField()
    class_title: str = fields.TextField()
    first_year: int = fields.IntField()
    last_year: int = fields.IntField()
    nomenclature_year: int = fields.IntField()
    volumes: int = fields.IntField()
    term: str = fields.TextField()
    article: str = fields.TextField()
    rule_id: UUID = fields.UUIDField()
    earliest_act_date: date = fields.DateField()
    explanation: dict[str, Any] = fields.JSONField()
    content: list[list[str | int]] = fields.JSONField()
    """Every file: document, version, SHA-256 in hexadecimal, size in bytes."""
    carried: list[dict[str, Any]] = fields.JSONField(default=list)
    """Every learner whose rows in the registry go too: `person_id`, `counts` by kind, `unarchived` results."""
    digest: bytes = fields.BinaryField()
    round: int = fields.IntField(default=0)
    """Submission that froze it last; 0: none did."""
    rejection: str = fields.TextField(default="")
    answer: str = fields.TextField(default="")
    reason: str = fields.TextField(default="")
    listed_at: datetime = fields.DatetimeField()
    ended_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        """Tortoise settings."""

        table = "disposal_act_lines"


class ActOpinion(InstitutionRow):
    """Something that a person did with an act; never changed."""

    act_id: UUID = fields.UUIDField()
    round: int = fields.IntField()
    kind: str = fields.TextField()
    decided_on: date | None = fields.DateField(null=True)
    number: str = fields.TextField(default="")
    members: list[str] = ArrayField("text", default=list)
    comment: str = fields.TextField(default="")
    given_by: UUID = fields.UUIDField()
    given_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "act_opinions"


class UnarchivedResultsDecision(InstitutionRow):
    """That results of learners need not be archived before they go with a line; never changed."""

    line_id: UUID = fields.UUIDField()
    results: int = fields.BigIntField()
    """How many of the line nobody had archived."""
    reason: str = fields.TextField()
    evidence: str = fields.TextField()
    decided_by: UUID = fields.UUIDField()
    decided_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "unarchived_results_decisions"


class DisposalProposal(InstitutionRow):
    """That the service proposed the act of a year; never changed."""

    year: int = fields.IntField()
    cases: int = fields.IntField()
    volumes: int = fields.IntField()
    first_year: int = fields.IntField()
    last_year: int = fields.IntField()
    proposed_at: datetime = fields.DatetimeField()

    class Meta:
        """Tortoise settings."""

        table = "disposal_proposals"
