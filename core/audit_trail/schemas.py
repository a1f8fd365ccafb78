"""The audit trail, as the API shows it."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.audit_trail.reading import EntryDetails
from core.kernel.audit.report import Fault, Finding, TrailReport
from core.kernel.models import AuditEntryRow


class AuditEntryView(BaseModel):
    """Who did what, when, to which object, from where and what for."""

    id: UUID
    position: int | None = Field(
        description="Place in the hash chain of the institution; null for the seconds until it is sealed."
    )
    recorded_at: datetime = Field(description="When it was done.")
    actor_kind: str = Field(description="person, service, system or unknown.", examples=["person"])
    actor_id: UUID | None = Field(description="Account; null for the system and for strangers.")
    action: str = Field(description="What was done.", examples=["document.uploaded"])
    object_type: str = Field(examples=["document"])
    object_id: str = Field(examples=["0198c5a0-7d2e-7c1b-9f00-4a1de6d2b3c4"])
    purpose: str = Field(description="Why, in the words of who did it; may be empty.")
    source: str = Field(description="Network address, or the name of the background job.", examples=["192.0.2.7"])
    request_id: str
    payload_digest: str = Field(description="SHA-256 of salt and payload, hexadecimal.")
    payload: dict[str, Any] | None = Field(description="What identifies people; null once a destruction blanked it.")
    blanked_by: UUID | None = Field(description="The entry that says why the payload is blank.")

    @classmethod
    def of(cls, entry: AuditEntryRow, details: EntryDetails | None) -> Self:
        """Show an entry and what lies beside it."""
        return cls(
            id=entry.id,
            position=details.position if details else None,
            recorded_at=entry.recorded_at,
            actor_kind=entry.actor_kind,
            actor_id=entry.actor_id,
            action=entry.action,
            object_type=entry.object_type,
            object_id=entry.object_id,
            purpose=entry.purpose,
            source=entry.source,
            request_id=entry.request_id,
            payload_digest=bytes(entry.payload_digest).hex(),
            payload=details.payload if details else None,
            blanked_by=details.blanked_by if details else None,
        )


class FindingView(BaseModel):
    """One fault, and where it is."""

    fault: Fault = Field(description="What kind of fault it is.")
    position: int | None = Field(description="Place in the chain, where one is known.")
    entry_id: UUID | None
    detail: str = Field(description="What is wrong there.")

    @classmethod
    def of(cls, finding: Finding) -> Self:
        """Show a finding."""
        return cls(fault=finding.fault, position=finding.position, entry_id=finding.entry_id, detail=finding.detail)


class TrailReportView(BaseModel):
    """What a verification of the whole trail found."""

    sound: bool = Field(description="Whether nothing was found.")
    verified_at: datetime
    sealed: int = Field(description="Entries in the chain.")
    waiting: int = Field(description="Entries that were committed in the last minutes and are not sealed yet.")
    anchors: int = Field(description="Anchors outside the database that were compared with the chain.")
    head_position: int = Field(description="Place of the last seal in the chain.")
    head_digest: str = Field(description="Digest of the last seal, hexadecimal.")
    counts: dict[Fault, int] = Field(description="How often each fault was found.")
    findings: list[FindingView] = Field(description="The first thousand faults.")

    @classmethod
    def of(cls, report: TrailReport) -> Self:
        """Show a report."""
        return cls(
            sound=report.sound,
            verified_at=report.verified_at,
            sealed=report.sealed,
            waiting=report.waiting,
            anchors=report.anchors,
            head_position=report.head_position,
            head_digest=report.head_digest.hex(),
            counts=report.counts,
            findings=[FindingView.of(finding) for finding in report.findings],
        )
