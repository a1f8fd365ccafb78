"""What words and objects of a platform stand for in the institution: seen by runs, decided by people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from core.connections.errors import MappingTargetUnknown, MappingTooLate
from core.connections.finding import lock_connection
from core.connections.models import MappingRow
from core.kernel.database.rows import InstitutionRow
from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.kernel.keyset import Listing
from core.people.models import Group
from core.results.models import MarkScale, ResultKind, ResultSource
from core.rewards.models import RewardKind
from core.sdk.connectors import EntityKind
from core.studies.models import StudyPeriod, Subject


class MappingKind(StrEnum):
    """What is mapped."""

    SUBJECT = "subject"
    """An external id to a subject of the institution."""
    GROUP = "group"
    """An external id to a group."""
    PERIOD = "period"
    """An external id to a study period."""
    SCALE = "scale"
    """The platform's name of a scale to the institution's."""
    RESULT_KIND = "result_kind"
    """A kind of work or activity to a kind of results of the institution's taxonomy."""
    RESULT_SOURCE = "result_source"
    FINAL_KIND = "final_kind"
    ATTENDANCE = "attendance"
    AWARD_KIND = "award_kind"
    RELATION = "relation"
    """Mother, father, guardian."""
    ROLE = "role"
    """Of a person in a group."""
    DOCUMENT_KIND = "document_kind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What one word or object stands for; neither id nor word: ignored, or (`undecided`) nobody knows yet."""

    kind: MappingKind
    source: str
    target_id: UUID | None = None
    target_word: str | None = None
    ignored: bool = False

    @property
    def undecided(self) -> bool:
        """Whether it says nothing yet."""
        return self.target_id is None and self.target_word is None and not self.ignored


@dataclass(frozen=True, slots=True)
class Target:
    """What a run takes instead of what the platform said."""

    id: UUID | None
    word: str | None
    ignored: bool


_TARGETS: Final[Mapping[MappingKind, type[InstitutionRow]]] = MappingProxyType(
    {
        MappingKind.SUBJECT: Subject,
        MappingKind.GROUP: Group,
        MappingKind.PERIOD: StudyPeriod,
        MappingKind.SCALE: MarkScale,
        MappingKind.RESULT_KIND: ResultKind,
        MappingKind.RESULT_SOURCE: ResultSource,
        MappingKind.FINAL_KIND: ResultKind,
        MappingKind.AWARD_KIND: RewardKind,
    }
)
"""What an id stands for; the other kinds are mapped to words only."""

_SEE = (
    "INSERT INTO connection_mappings (id, institution_id, connection_id, kind, source, source_title, first_seen_at)"
    " SELECT id, $1, $2, $3, source, title, $7"
    " FROM unnest($4::uuid[], $5::text[], $6::text[]) AS seen (id, source, title)"
    " ON CONFLICT ON CONSTRAINT connection_mappings_once DO UPDATE SET source_title = excluded.source_title"
    " WHERE connection_mappings.source_title <> excluded.source_title AND excluded.source_title <> ''"
)
_DECIDE = (
    "INSERT INTO connection_mappings AS m (id, institution_id, connection_id, kind, source, target_id, target_word,"
    " ignored, decided_by, decided_at, first_seen_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
    " ON CONFLICT ON CONSTRAINT connection_mappings_once DO UPDATE"
    " SET target_id = excluded.target_id, target_word = excluded.target_word, ignored = excluded.ignored,"
    " decided_by = excluded.decided_by, decided_at = excluded.decided_at, revision = m.revision + 1"
)


_BROUGHT = (
    "SELECT kind, external_id, entity_id FROM origins WHERE institution_id = $1 AND connection_id = $2"
    " AND kind = ANY ($3::text[]) AND external_id = ANY ($4::text[])"
)
_OBJECTS: Final = MappingProxyType(
    {MappingKind.SUBJECT: EntityKind.SUBJECTS.value, MappingKind.GROUP: EntityKind.GROUPS.value}
)
"""Kinds whose decisions count before the object is read for the first time, and what the records are."""


async def see(work: Work, connection_id: UUID, kind: MappingKind, sources: Mapping[str, str] | Iterable[str]) -> None:
    """Note words or external ids (with their titles, if they have any) that a run met; known ones stay as they are."""
    titles = dict(sources) if isinstance(sources, Mapping) else dict.fromkeys(sources, "")
    said = {source[:500]: title[:500] for source, title in titles.items() if source}
    if said:
        ids = [new_id() for _ in said]
        key = [work.scope.institution_id, connection_id, kind.value]
        await work.run(_SEE, [*key, ids, list(said), list(said.values()), work.now])


async def decided(work: Work, connection_id: UUID) -> dict[tuple[str, str], Target]:
    """Return what was decided, by kind and word; for a run."""
    del work
    rows = await MappingRow.filter(connection_id=connection_id, decided_at__isnull=False)
    return {(row.kind, row.source): Target(row.target_id, row.target_word, row.ignored) for row in rows}


def listing(connection_id: UUID, kind: MappingKind | None, *, unmapped: bool | None) -> Listing[MappingRow]:
    """Return the words of a connection by kind; `unmapped`: only those that wait, or only the others."""
    wanted: dict[str, Any] = {"connection_id": connection_id}
    if kind is not None:
        wanted["kind"] = kind.value
    if unmapped is not None:
        wanted["decided_at__isnull"] = unmapped
    return Listing(MappingRow.filter(**wanted), ("kind", "source", "id"))


async def decide(work: Work, connection_id: UUID, decisions: Sequence[Decision]) -> None:
    """Say what words stand for; the latest word holds. Runs that follow act on it.

    Raises `NotFound`, `ConnectionRemoved`, `MappingTargetUnknown` for ids that the institution does not have, or
    `MappingTooLate` for subjects and groups that are in the registry as something else.
    """
    row = await lock_connection(connection_id)
    await _require_targets(decisions)
    await _require_in_time(work, connection_id, decisions)
    for each in decisions:
        by, at = (None, None) if each.undecided else (work.scope.actor_id, work.now)
        values = [each.kind.value, each.source, each.target_id, each.target_word, each.ignored, by, at, work.now]
        await work.run(_DECIDE, [new_id(), work.scope.institution_id, row.id, *values])
    said = [{"kind": each.kind.value, "source": each.source, "target": _said(each)} for each in decisions]
    work.record("connection.mapped", "connection", row.id, {"decisions": said})


async def _require_targets(decisions: Sequence[Decision]) -> None:
    wanted: dict[MappingKind, set[UUID]] = {}
    for each in decisions:
        if each.target_id is not None:
            wanted.setdefault(each.kind, set()).add(each.target_id)
    unknown: set[UUID] = set()
    for kind, ids in wanted.items():
        table = _TARGETS.get(kind)
        known = await table.filter(id__in=ids).values_list("id", flat=True) if table else []
        unknown |= ids - set(known)
    if unknown:
        raise MappingTargetUnknown(unknown=sorted(map(str, unknown)))


async def _require_in_time(work: Work, connection_id: UUID, decisions: Sequence[Decision]) -> None:
    asked = {(_OBJECTS[each.kind], each.source): each for each in decisions if each.kind in _OBJECTS}
    if not asked:
        return
    kinds, sources = sorted(_OBJECTS.values()), [source for _, source in asked]
    rows = await work.rows(_BROUGHT, [work.scope.institution_id, connection_id, kinds, sources])
    brought = [
        {"kind": each.kind.value, "source": each.source, "id": str(row["entity_id"])}
        for row in rows
        if (each := asked.get((row["kind"], row["external_id"]))) is not None
        and (each.ignored or each.target_word is not None or each.target_id not in {None, row["entity_id"]})
    ]
    if brought:
        raise MappingTooLate(brought=brought)


def _said(decision: Decision) -> str | None:
    if decision.ignored:
        return "ignored"
    return str(decision.target_id) if decision.target_id else decision.target_word
