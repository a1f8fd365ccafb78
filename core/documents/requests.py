"""What an upload says beside its bytes."""

from dataclasses import dataclass, field, fields
from datetime import date
from typing import Final, Literal
from uuid import UUID

Authenticity = Literal["original", "copy", "certified_copy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """The metadata of a document; empty where nothing is known yet."""

    title: str = ""
    series: str = ""
    number: str = ""
    registration_number: str = ""
    issued_on: date | None = None
    issued_by: str = ""
    programme: str = ""
    hours: int | None = None
    authenticity: Authenticity = "copy"
    paper_carrier: bool = False
    paper_place: str = ""
    note: str = ""


DESCRIBED: Final = frozenset(each.name for each in fields(Description))
"""What a description says, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whose document it is: the personal file of a learner, a group, or the institution itself; exactly one of them."""

    personal_file_id: UUID | None = None
    group_id: UUID | None = None
    institution_id: UUID | None = None
    """For what the service issues, and for signatures of that."""

    @property
    def id(self) -> UUID:
        """The one that is given."""
        holder = self.personal_file_id or self.group_id or self.institution_id
        if holder is None:
            message = "a holder names a personal file, a group or the institution"
            raise ValueError(message)
        return holder


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How the bytes of one file come in."""

    file_name: str
    """As the sender gave it; cleaned by intake."""
    declared_type: str | None = None
    length: int | None = None
    """Announced length in bytes, if announced."""
    insist: bool = False
    """Keep the file although the same bytes are kept for this holder already."""
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A new document."""

    kind: str
    holder: Holder
    arrival: Arrival
    description: Description = field(default_factory=Description)
