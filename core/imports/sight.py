"""What somebody sees of records that are not in the registry yet: no more than of what they would become there.

A result may be of a kind that few may see. Which it is, its word says, once an operator has mapped that; until then
nobody but who sees every kind is shown more than the word.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final
from uuid import UUID

from core.access.gate import Caller
from core.access.permissions import Permission
from core.imports.services import Connections, Words
from core.kernel.database.work import Work
from core.origins.routes import needed_for
from core.results.sight import Sight, hidden_kinds
from core.results.writers import is_final_of
from core.sdk.connectors import EntityKind

_WORDS: Final[Mapping[str, str]] = {
    EntityKind.RESULTS.value: "result_kind",
    EntityKind.FINAL_RESULTS.value: "final_kind",
}
"""Kinds of records that may be of kinds few may see, and the field of the source's word for that."""
_SAID: Final = frozenset({"said_kind", "said_scale", "result_kind", "final_kind", "scale"})
"""What an operator is shown of a result whose word nobody has mapped: words that stand among the mappings anyway."""


class Seen(IntEnum):
    """How much of a record somebody sees."""

    NOTHING = 0
    WORDS = 1
    ALL = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a record says of the kind of its result."""

    kind: str
    """Of the entity."""
    word: str = ""
    kinds: Collection[UUID | str] = ()
    """Kinds of the taxonomy that it is known to be of, or was."""
    there: bool = False
    """Whether the result is in the registry, where it is seen by its kind."""


@dataclass(frozen=True, slots=True)
class RecordSight:
    """What one caller sees of the records of one connection."""

    caller: Caller
    hidden: frozenset[str]
    """Kinds of results that the caller does not see."""
    words: Mapping[str, Words] = field(default_factory=dict)
    """What the operator has mapped words of results to, by kind of entity."""

    def of(self, told: Told) -> Seen:
        """Return how much the caller sees of a record."""
        if not sees_kind(self.caller, told.kind):
            return Seen.NOTHING
        if told.kind not in _WORDS or sees_every_result(self.caller):
            return Seen.ALL
        meant = self.words.get(told.kind, Words()).fields.get(_WORDS[told.kind], {}).get(told.word)
        kinds = {str(each) for each in (*told.kinds, *(meant or {}).values())}
        if kinds & self.hidden:
            return Seen.NOTHING
        final = told.kind == EntityKind.FINAL_RESULTS and is_final_of(told.word)
        return Seen.ALL if told.there or not told.word or final or meant is not None else Seen.WORDS


async def sight_of(
    work: Work, connections: Connections, caller: Caller, connection_ids: Collection[UUID]
) -> dict[UUID, RecordSight]:
    """Return, by connection, what a caller sees of its records."""
    hidden = frozenset(str(each) for each in await hidden_kinds(Sight.of(caller)))
    kinds = () if sees_every_result(caller) else tuple(_WORDS)
    return {
        each: RecordSight(
            caller, hidden, {kind: await connections.words(work, each, EntityKind(kind)) for kind in kinds}
        )
        for each in connection_ids
    }


def sees_private(caller: Caller) -> bool:
    """Whether somebody may see contacts, СНИЛС and legal representatives."""
    return Permission.PEOPLE_PRIVATE in caller.permissions


def sees_kind(caller: Caller, kind: str) -> bool:
    """Whether somebody may see what records of this kind say of people, of results those of usual kinds."""
    needed = {Permission.RESULTS_READ} if kind in _WORDS else needed_for(EntityKind(kind))
    return ({Permission.PEOPLE_READ} | needed) <= caller.permissions


def sees_every_record(caller: Caller, kind: str) -> bool:
    """Whether somebody may see what any record of this kind says, results of every kind among them."""
    return sees_kind(caller, kind) and needed_for(EntityKind(kind)) <= caller.permissions


def sees_every_result(caller: Caller) -> bool:
    """Whether somebody sees results of every kind."""
    return needed_for(EntityKind.RESULTS) <= caller.permissions


def shown(said: Mapping[str, Any], seen: Seen) -> dict[str, Any]:
    """Return of what a record says by field what is seen of it."""
    if seen is Seen.NOTHING:
        return {}
    return {name: value for name, value in said.items() if seen is Seen.ALL or name in _SAID}


def told_by_record(kind: str, record: Mapping[str, Any]) -> Told:
    """Return what the fields of a record say of its kind."""
    return Told(kind=kind, word=str(record.get(_WORDS.get(kind, ""), "")))


def told_by_columns(kind: str, columns: Sequence[Mapping[str, Any]]) -> Told:
    """Return what an entity says of its kind, by columns: as it is (empty: it is not there), and as it would be."""
    kinds = {each["kind_id"] for each in columns if each.get("kind_id")}
    words = [str(each["said_kind"]) for each in columns if "said_kind" in each]
    return Told(kind=kind, word=words[-1] if words else "", kinds=kinds, there=bool(columns[0]))
