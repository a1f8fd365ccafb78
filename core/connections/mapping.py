"""What words and objects of a platform stand for in the institution: seen by runs, decided by people."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from core.connections.errors import MappingTargetUnknown, MappingTooLate, MappingWithoutEffect
from core.connections.finding import lock_connection
from core.connections.models import MappingRow
from core.documents.errors import UnknownKind
from core.documents.kinds import uploadable_kind
from core.kernel.database.rows import InstitutionRow
from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.kernel.keyset import Listing
from core.people.models import Group
from core.results.errors import TargetNotAssessed
from core.results.models import MarkScale, ResultKind
from core.results.writers import is_final_of
from core.rewards.models import RewardKind
from core.sdk.connectors import EntityKind
from core.studies.importing import STAFF_ROLES, is_staff_role
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
    FINAL_KIND = "final_kind"
    AWARD_KIND = "award_kind"
    ATTENDANCE = "attendance"
    """What the platform says of a learner at a lesson, to the institution's own word."""
    RELATION = "relation"
    """Mother, father, guardian, to the institution's own word."""
    ROLE = "role"
    """Of a member of the staff in a group: `teacher`, `class_teacher` or `other`."""
    DOCUMENT_KIND = "document_kind"
    """The platform's kind of a file to a kind of documents of Deloteka."""


class Standing(StrEnum):
    """Whether a word or an object waits for a person."""

    DECIDED = "decided"
    WAITING = "waiting"
    """Nobody has decided, and that makes a difference."""
    BROUGHT = "brought"
    """It was read into the registry as one of its own before anybody decided: that is not changed any more."""
    UNDERSTOOD = "understood"
    """Nobody has decided, and nobody needs to: it is taken as the platform says it."""


class TakenAs(StrEnum):
    """What a word or an object is taken for until somebody decides."""

    OWN = "own"
    """A subject, group or study period of its own, or the one that has the same name (a period: the same days)."""
    NO_SCALE = "no_scale"
    """The mark is kept as text, and nobody knows what it is worth."""
    USUAL = "usual"
    """The result is of no kind, so that everybody sees it who reads results."""
    NO_KIND = "no_kind"
    """The reward is of no kind."""
    AS_SAID = "as_said"
    """The platform's own word."""
    NO_ROLE = "no_role"
    """A member of the staff whom the group shows nothing."""
    TRAY = "tray"
    """The file waits for a clerk."""


TAKEN_AS: Final[Mapping[MappingKind, TakenAs]] = MappingProxyType(
    {
        MappingKind.SUBJECT: TakenAs.OWN,
        MappingKind.GROUP: TakenAs.OWN,
        MappingKind.PERIOD: TakenAs.OWN,
        MappingKind.SCALE: TakenAs.NO_SCALE,
        MappingKind.RESULT_KIND: TakenAs.USUAL,
        MappingKind.FINAL_KIND: TakenAs.USUAL,
        MappingKind.AWARD_KIND: TakenAs.NO_KIND,
        MappingKind.ATTENDANCE: TakenAs.AS_SAID,
        MappingKind.RELATION: TakenAs.AS_SAID,
        MappingKind.ROLE: TakenAs.NO_ROLE,
        MappingKind.DOCUMENT_KIND: TakenAs.TRAY,
    }
)
_NEED_NOBODY: Final = (MappingKind.PERIOD, MappingKind.ATTENDANCE, MappingKind.RELATION)
"""Days say which period is meant; words that are only read by people say themselves what they mean."""


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
        MappingKind.FINAL_KIND: ResultKind,
        MappingKind.AWARD_KIND: RewardKind,
    }
)
"""What an id stands for; the other kinds are mapped to words only, and these to no words."""
_ASSESSED: Final = frozenset({MappingKind.RESULT_KIND, MappingKind.FINAL_KIND})

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
    {
        MappingKind.SUBJECT: EntityKind.SUBJECTS.value,
        MappingKind.GROUP: EntityKind.GROUPS.value,
        MappingKind.PERIOD: EntityKind.STUDY_PERIODS.value,
    }
)
"""Kinds whose decisions count before the object is read for the first time, and what the records are."""
_BROUGHT_ROWS = (
    "SELECT m.id FROM connection_mappings m JOIN unnest($3::text[], $4::text[]) AS g(said, kind) ON g.said = m.kind"
    " JOIN origins o ON o.connection_id = m.connection_id AND o.kind = g.kind AND o.external_id = m.source"
    " AND o.kind IN ('study_periods', 'subjects', 'groups', 'learners', 'staff', 'guardians')"
    " WHERE m.institution_id = $1 AND m.connection_id = $2 AND m.decided_at IS NULL AND o.institution_id = $1"
)


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


def is_understood(kind: MappingKind, word: str) -> bool:
    """Say whether the registry understands a word of the platform by itself."""
    match kind:
        case MappingKind.FINAL_KIND:
            return is_final_of(word)
        case MappingKind.ROLE:
            return is_staff_role(word)
        case MappingKind.DOCUMENT_KIND:
            return _is_document_kind(word)
        case _:
            return False


async def brought_of(work: Work, connection_id: UUID) -> frozenset[UUID]:
    """Return the rows of objects that were read into the registry before anybody decided."""
    values = [work.scope.institution_id, connection_id, list(_OBJECTS), list(_OBJECTS.values())]
    return frozenset(row["id"] for row in await work.rows(_BROUGHT_ROWS, values))


def standing_of(row: MappingRow, brought: Collection[UUID]) -> Standing:
    """Return whether a word or an object waits for a person; `brought` are the rows that `brought_of` names."""
    if row.decided_at is not None:
        return Standing.DECIDED
    if row.id in brought:
        return Standing.BROUGHT
    return Standing.UNDERSTOOD if row.kind in _NEED_NOBODY else Standing.WAITING


def listing(
    connection_id: UUID, kind: MappingKind | None, brought: Collection[UUID], *, unmapped: bool | None
) -> Listing[MappingRow]:
    """Return the words of a connection by kind; `unmapped`: only those that wait, or only what was decided."""
    found = MappingRow.filter(connection_id=connection_id)
    if kind is not None:
        found = found.filter(kind=kind.value)
    if unmapped is not None:
        found = found.filter(decided_at__isnull=unmapped)
    if unmapped:
        found = found.filter(kind__not_in=[each.value for each in _NEED_NOBODY])
        found = found.filter(id__not_in=list(brought)) if brought else found
    return Listing(found, ("kind", "source", "id"))


async def waiting_words(work: Work, connection_id: UUID) -> int:
    """Return how many words and objects of a connection wait for a person."""
    found = listing(connection_id, None, await brought_of(work, connection_id), unmapped=True)
    return await found.rows.count()


async def decide(work: Work, connection_id: UUID, decisions: Sequence[Decision]) -> None:
    """Say what words stand for; the latest word holds. Runs that follow act on it.

    Raises `NotFound`, `ConnectionRemoved`, `MappingWithoutEffect` for a word where runs read an id and the other way
    round, `MappingTargetUnknown` for what the institution does not have, `TargetNotAssessed`, or `MappingTooLate` for
    objects that are in the registry as something else.
    """
    row = await lock_connection(connection_id)
    require_effect(decisions)
    await _require_targets(decisions)
    await _require_in_time(work, connection_id, decisions)
    for each in decisions:
        by, at = (None, None) if each.undecided else (work.scope.actor_id, work.now)
        values = [each.kind.value, each.source, each.target_id, each.target_word, each.ignored, by, at, work.now]
        await work.run(_DECIDE, [new_id(), work.scope.institution_id, row.id, *values])
    said = [{"kind": each.kind.value, "source": each.source, "target": _said(each)} for each in decisions]
    work.record("connection.mapped", "connection", row.id, {"decisions": said})


def require_effect(decisions: Sequence[Decision]) -> None:
    """Raise `MappingWithoutEffect` for targets that no run would read."""
    wrong = [
        {
            "kind": each.kind.value,
            "source": each.source,
            "takes": "target_id" if each.kind in _TARGETS else "target_word",
        }
        for each in decisions
        if (each.target_word if each.kind in _TARGETS else each.target_id) is not None
    ]
    if wrong:
        raise MappingWithoutEffect(refused=wrong)


async def _require_targets(decisions: Sequence[Decision]) -> None:
    wanted: dict[MappingKind, set[UUID]] = {}
    unknown: set[str] = set()
    for each in decisions:
        if each.target_id is not None:
            wanted.setdefault(each.kind, set()).add(each.target_id)
        elif each.target_word is not None and not _is_known_word(each.kind, each.target_word):
            unknown.add(each.target_word)
    for kind, ids in wanted.items():
        found = _TARGETS[kind].filter(id__in=ids)
        # No result is of a kind that is only another name of one.
        known = await (found.filter(alias_of_id__isnull=True) if kind in _ASSESSED else found)
        unknown |= {str(each) for each in ids - {row.id for row in known}}
        if kind in _ASSESSED and not all(getattr(row, "assessed", True) for row in known):
            raise TargetNotAssessed
    if unknown:
        raise MappingTargetUnknown(unknown=sorted(unknown))


def _is_known_word(kind: MappingKind, word: str) -> bool:
    if kind is MappingKind.ROLE:
        return word in STAFF_ROLES
    return kind is not MappingKind.DOCUMENT_KIND or _is_document_kind(word)


def _is_document_kind(word: str) -> bool:
    try:
        uploadable_kind(word)
    except UnknownKind:
        return False
    return True


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
        and (each.ignored or each.target_id not in {None, row["entity_id"]})
    ]
    if brought:
        raise MappingTooLate(brought=brought)


def _said(decision: Decision) -> str | None:
    if decision.ignored:
        return "ignored"
    return str(decision.target_id) if decision.target_id else decision.target_word
