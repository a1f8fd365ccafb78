"""Subjects: making, correcting, and saying that two names mean one subject."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.origins.hands import noted
from core.people.names import name_prefix
from core.sdk.connectors import EntityKind
from core.studies.errors import AliasOfAlias, SubjectTaken
from core.studies.models import Subject

EDITABLE: Final = frozenset({"name", "code", "area", "alias_of_id", "archived"})

_BY_HAND: Final = EDITABLE - {"alias_of_id"}
"""What an import may bring too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedSubject:
    """A subject to be made; what is not known is empty."""

    name: str
    code: str = ""
    area: str = ""
    alias_of_id: UUID | None = None
    archived: bool = False


def subject_sort_key(name: str) -> str:
    """Return what subjects are ordered by and told apart by: «Русский  язык» equals «русский язык»."""
    return name_prefix(name) or name.lower()[:100]


async def find_subject(subject_id: UUID) -> Subject:
    """Return a subject of the current institution; raise `NotFound`."""
    subject = await Subject.get_or_none(id=subject_id)
    if subject is None:
        raise NotFound
    return subject


async def create_subject(work: Work, wanted: WantedSubject) -> Subject:
    """Make a subject; raise `SubjectTaken`, `AliasOfAlias`, or `NotFound` without the one it is an alias of."""
    values = asdict(wanted)
    sort_key = subject_sort_key(wanted.name)
    await _require_main(wanted.alias_of_id)
    await _refuse_taken(sort_key, wanted.alias_of_id, None)
    try:
        subject = await Subject.create(**values, sort_key=sort_key, created_at=work.now)
    except IntegrityError as error:
        _refuse(error)
        raise
    work.record("subject.created", "subject", subject.id, values)
    work.emit("subject.created", {"subject": str(subject.id)})
    return subject


async def edit_subject(work: Work, subject: Subject, changes: Mapping[str, Any]) -> Subject:
    """Write `changes` over the revision that `subject` shows; return the subject as it then is.

    When a subject becomes an alias, its own aliases follow. Raises `SubjectTaken`, `AliasOfAlias`, `NotFound` or
    `StaleState`.
    """
    given = {name: value for name, value in changes.items() if name in EDITABLE}
    wanted = {name: value for name, value in given.items() if value != getattr(subject, name)}
    if not wanted:
        return subject
    alias_of_id = wanted.get("alias_of_id", subject.alias_of_id)
    sort_key = subject_sort_key(wanted.get("name", subject.name))
    if "alias_of_id" in wanted:
        await _require_main(alias_of_id, subject.id)
    await _refuse_taken(sort_key, alias_of_id, subject.id)
    try:
        changed = await Subject.filter(id=subject.id, revision=subject.revision).update(
            **wanted, sort_key=sort_key, revision=subject.revision + 1
        )
    except IntegrityError as error:
        _refuse(error)
        raise
    if changed != 1:
        raise StaleState
    if alias_of_id is not None:
        await Subject.filter(alias_of_id=subject.id).update(alias_of_id=alias_of_id)
    await noted(work, EntityKind.SUBJECTS, subject.id, {name: wanted[name] for name in wanted.keys() & _BY_HAND})
    before = {name: getattr(subject, name) for name in sorted(wanted)}
    work.record("subject.edited", "subject", subject.id, {"before": before, "after": dict(sorted(wanted.items()))})
    work.emit("subject.edited", {"subject": str(subject.id), "fields": sorted(wanted)})
    return await find_subject(subject.id)


async def _require_main(alias_of_id: UUID | None, own_id: UUID | None = None) -> None:
    if alias_of_id is None:
        return
    main = await Subject.get_or_none(id=alias_of_id)
    if main is None:
        raise NotFound(subject=str(alias_of_id))
    if main.id == own_id or main.alias_of_id is not None:
        raise AliasOfAlias(subject=str(main.alias_of_id or main.id))


async def _refuse_taken(sort_key: str, alias_of_id: UUID | None, own_id: UUID | None) -> None:
    """Name the subject that has the name; whoever comes between this look and the commit meets the constraint."""
    holder = None if alias_of_id else await Subject.get_or_none(sort_key=sort_key, alias_of_id=None)
    if holder is not None and holder.id != own_id:
        raise SubjectTaken(subject=str(holder.id), address=f"/api/v1/subjects/{holder.id}")


def _refuse(error: IntegrityError) -> None:
    if violated_constraint(error) == "subjects_once":
        raise SubjectTaken from error
