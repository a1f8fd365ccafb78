"""What the API says and hears of the tray."""

from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.imports.models import ImportFile
from core.web.fields import CleanLine, Day, FilledLine, Identifier, RequestBody


class TrayFileOut(BaseModel):
    """A file that waits for a clerk."""

    id: UUID
    said: dict[str, Any] = Field(description="What the source says of it.")
    person_id: UUID | None
    group_id: UUID | None
    reason: str = Field(
        description="`holder_unknown`, `learner_unknown`, `no_personal_file`, `kind_unknown` or `document_closed`.",
        examples=["holder_unknown"],
    )
    state: Literal["pending", "kept", "tray", "refused"]
    document_id: UUID | None = Field(description="Document that it became; null: none yet.")
    media_type: str | None
    size: int | None = Field(description="Bytes.")
    sha256: str | None = Field(description="Digest of its bytes, 64 hexadecimal digits; null while they are not here.")
    address: str = Field(description="Where it came from.")
    taken_at: datetime = Field(
        description="When its bytes came or it was decided about; until then when its record came."
    )
    revision: int

    @classmethod
    def of(cls, row: ImportFile) -> Self:
        """Show it."""
        return cls(
            id=row.id,
            said=row.said,
            person_id=row.person_id,
            group_id=row.group_id,
            reason=row.reason,
            state=row.state,  # type: ignore[arg-type]
            document_id=row.document_id,
            media_type=row.media_type,
            size=row.received_size,
            sha256=row.sha256.hex() if row.sha256 else None,
            address=row.address,
            taken_at=row.ended_at or row.created_at,
            revision=row.revision,
        )


class AssignmentIn(RequestBody):
    """Where a file belongs."""

    personal_file_id: Identifier | None = Field(default=None, description="Exactly one of the two.")
    group_id: Identifier | None = None
    kind: FilledLine = Field(max_length=100, examples=["diploma"])
    title: CleanLine = Field(default="", max_length=300)
    issued_on: Day | None = Field(default=None, description="Date of issue.")
    fields: dict[str, CleanLine] = Field(default_factory=dict, description="Metadata fields of the kind.")


class RefusalIn(RequestBody):
    """Why a file is not taken."""

    reason: FilledLine = Field(max_length=500, examples=["Не относится к учреждению"])
