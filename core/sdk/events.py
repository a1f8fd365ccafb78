"""What has happened, told after the commit."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from core.sdk.candidates import Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that was committed; it is told at least once, so a listener that must not act twice keeps `id`."""

    id: UUID
    """The same in every delivery."""
    name: str
    """Dotted, past tense: `document.accepted`."""
    occurred_at: datetime
    """Aware; the moment of the business transaction, not of the delivery."""
    institution_id: UUID | None
    """`None` for what concerns no single institution."""
    object_id: UUID | None = None
    """What it happened to; the first part of `name` says what that is."""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    """Further facts, without personal data."""
