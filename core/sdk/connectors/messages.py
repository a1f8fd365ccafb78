"""What `Connector.read` yields."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.sdk.connectors.records import Mapped


class ProblemClass(StrEnum):
    """What a problem means for the run; the same words as the codes of `ConnectorError`."""

    RECORD = "record"
    """One object is bad, gone or refused: a dead letter; reading goes on."""
    TRANSIENT = "transient"
    """The partition is incomplete this time."""
    CONFIG = "config"
    """A right, scope or address is missing: the stream stops."""
    BUG = "bug"
    """An answer that fits no shape: the stream fails and asks to be reported."""


@dataclass(frozen=True, slots=True)
class Record:
    """One object of the source, mapped to what the registry knows."""

    external_id: str
    """Unique in the stream and stable; text, exactly as the source has it (never a rounded number)."""
    data: Mapped
    source_updated_at: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)
    """What the source said, for repair and archives; the host redacts it before it is kept."""
    gone: bool = False
    """The source says that it was deleted there. It is marked in the registry, never destroyed."""


@dataclass(frozen=True, slots=True)
class State:
    """The records before this message are all there is up to `cursor`; both are committed together."""

    cursor: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the partition is; also a sign of life."""

    done: int
    total: int | None = None
    """May be an estimate."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be read. A partition with any problem but `RECORD` counts as incomplete."""

    problem: ProblemClass
    message: str
    """For the operator, without secrets and without personal data."""
    external_id: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)
    retry_after: int | None = None
    """Seconds, if the source said so."""


Message = Record | State | Progress | Problem
