"""Legal representatives of learners: recording, correcting, ending. They are never deleted: they end on a day."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.origins.hands import noted
from core.people.errors import require_order
from core.people.names import person_sort_key
from core.representatives.models import Representative
from core.sdk.connectors import EntityKind

PRIVATE: Final = frozenset({"birth_date", "snils", "email", "phone"})
"""Whose values the audit trail does not tell."""
EDITABLE: Final = PRIVATE | {
    *("family_name", "given_name", "patronymic", "relation", "ground", "starts_on", "ends_on"),
}

_BY_HAND: Final = EDITABLE - {"ground", "starts_on", "ends_on"}
"""What an import may bring too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRepresentative:
    """A representative to be recorded; what is not known is empty."""

    family_name: str
    given_name: str = ""
    patronymic: str = ""
    relation: str = ""
    birth_date: date | None = None
    snils: str = ""
    email: str = ""
    phone: str = ""
    ground: str = ""
    starts_on: date | None = None
    ends_on: date | None = None


async def find_representative(representative_id: UUID) -> Representative:
    """Return a representative of the current institution; raise `NotFound`."""
    found = await Representative.get_or_none(id=representative_id)
    if found is None:
        raise NotFound
    return found


async def create_representative(work: Work, person_id: UUID, wanted: WantedRepresentative) -> Representative:
    """Record who represents the learner `person_id`; raise `EndsBeforeStart`."""
    require_order(wanted.starts_on, wanted.ends_on)
    values = asdict(wanted)
    sort_key = person_sort_key(wanted.family_name, wanted.given_name, wanted.patronymic)
    made = await Representative.create(**values, person_id=person_id, sort_key=sort_key, created_at=work.now)
    said = {"person_id": person_id, **_told(values)}
    work.record("representative.created", "representative", made.id, said)
    work.emit("representative.created", {"representative": str(made.id), "person": str(person_id)})
    return made


async def edit_representative(work: Work, present: Representative, changes: Mapping[str, Any]) -> Representative:
    """Write `changes` over the revision that `present` shows; return the representative as he or she then is.

    Raises `EndsBeforeStart` or `StaleState`.
    """
    given = {name: value for name, value in changes.items() if name in EDITABLE}
    wanted = {name: value for name, value in given.items() if value != getattr(present, name)}
    if not wanted:
        return present
    require_order(wanted.get("starts_on", present.starts_on), wanted.get("ends_on", present.ends_on))
    parts = [wanted.get(name, getattr(present, name)) for name in ("family_name", "given_name", "patronymic")]
    changed = await Representative.filter(id=present.id, revision=present.revision).update(
        **wanted, sort_key=person_sort_key(*parts), revision=present.revision + 1
    )
    if changed != 1:
        raise StaleState
    await noted(work, EntityKind.GUARDIANS, present.id, {name: wanted[name] for name in wanted.keys() & _BY_HAND})
    before = {name: getattr(present, name) for name in wanted}
    private = {"private": sorted(wanted.keys() & PRIVATE)} if wanted.keys() & PRIVATE else {}
    said = {"before": _told(before), "after": _told(wanted), **private}
    work.record("representative.edited", "representative", present.id, said)
    work.emit("representative.edited", {"representative": str(present.id), "fields": sorted(wanted)})
    return await find_representative(present.id)


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in sorted(values.keys() - PRIVATE)}
