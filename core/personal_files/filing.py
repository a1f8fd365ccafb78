"""Personal files: opening, correcting, closing. There is one for each learner."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.cases.models import Case
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.kernel.ids import new_id
from core.people.keeping import find_person
from core.people.models import Person
from core.people.names import searched_names
from core.personal_files.errors import (
    ImpossibleFileDate,
    NoFreeNumber,
    PersonalFileDestroyed,
    PersonalFileExists,
    PersonalFileNumberTaken,
)
from core.personal_files.models import PersonalFile
from core.search.entries import SearchEntry, put_entry

EARLIEST: Final = date(1900, 1, 1)
EDITABLE: Final = frozenset({"number", "opened_on", "closed_on", "note"})

_ATTEMPTS: Final = 50
_NUMBER: Final = "personal_files_number"
_INDEX_WORDS: Final = "личное дело"
"""Clerks type them together with a name or number; they are looked for, never shown."""

_OPEN: Final = """
INSERT INTO personal_files (id, institution_id, person_id, number, opened_on, note, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING id
"""
_NEXT_NUMBER: Final = "SELECT next_personal_file_number() AS number"


async def find_personal_file(personal_file_id: UUID) -> PersonalFile:
    """Return a personal file of the current institution; raise `NotFound` or `PersonalFileDestroyed`."""
    found = await PersonalFile.get_or_none(id=personal_file_id)
    if found is None:
        # Nobody sees a personal file any more whose destruction has begun; the case that it was says so.
        case = await Case.get_or_none(subject_kind="personal_file", subject_id=personal_file_id)
        raise NotFound if case is None else PersonalFileDestroyed(case=str(case.id))
    return found


async def open_personal_file(
    work: Work, person: Person, *, today: date, number: str | None = None, opened_on: date | None = None, note: str = ""
) -> PersonalFile:
    """Open the personal file of a learner, on `today` of the institution unless another day is given.

    Without a number the next free one is taken: one more than the greatest that is a whole number, so gaps stay.
    Raises `ImpossibleFileDate`, `PersonalFileExists`, `PersonalFileNumberTaken` or `NoFreeNumber`.
    """
    opened = opened_on or today
    _check("opened_on", opened, EARLIEST, today)
    file_id = new_id()
    values = [file_id, work.scope.institution_id, person.id]
    for _ in range(1 if number else _ATTEMPTS):
        taken = number or await _next_number(work)
        # Waits for whoever is about to take the number or the learner, and does nothing if that succeeds.
        if await work.rows(_OPEN, [*values, taken, opened, note, work.now]):
            return await _opened(work, person, file_id)
        await _refuse_second(person)
    raise PersonalFileNumberTaken(number=number) if number else NoFreeNumber


async def _opened(work: Work, person: Person, file_id: UUID) -> PersonalFile:
    made = await find_personal_file(file_id)
    await _put_entry(work, made, person)
    payload = {"person": str(person.id), "number": made.number, "opened_on": made.opened_on.isoformat()}
    work.record("personal_file.opened", "personal_file", made.id, payload)
    work.emit("personal_file.opened", {"personal_file": str(made.id), "person": str(person.id)})
    return made


async def edit_personal_file(
    work: Work, personal_file: PersonalFile, changes: Mapping[str, Any], *, today: date
) -> PersonalFile:
    """Write `changes` over the revision that `personal_file` shows; `closed_on` closes, None opens again.

    Raises `ImpossibleFileDate`, `PersonalFileNumberTaken` or `StaleState`.
    """
    wanted = _wanted(personal_file, changes)
    if not wanted:
        return personal_file
    opened = wanted.get("opened_on", personal_file.opened_on)
    closed = wanted.get("closed_on", personal_file.closed_on)
    _check("opened_on", opened, EARLIEST, today)
    if closed is not None:
        _check("closed_on", closed, opened, today)
    try:
        changed = await PersonalFile.filter(id=personal_file.id, revision=personal_file.revision).update(
            **wanted, revision=personal_file.revision + 1
        )
    except IntegrityError as error:
        if violated_constraint(error) == _NUMBER:
            raise PersonalFileNumberTaken(number=str(wanted["number"])) from error
        raise
    if changed != 1:
        raise StaleState
    after = await find_personal_file(personal_file.id)
    await _put_entry(work, after, await find_person(after.person_id))
    before = {name: _plain(getattr(personal_file, name)) for name in sorted(wanted)}
    now = {name: _plain(wanted[name]) for name in sorted(wanted)}
    work.record("personal_file.edited", "personal_file", after.id, {"before": before, "after": now})
    work.emit("personal_file.edited", {"personal_file": str(after.id), "fields": sorted(wanted)})
    return after


async def people_of(personal_files: Sequence[PersonalFile]) -> dict[UUID, Person]:
    """Return the learners of personal files by their ids."""
    people = await Person.filter(id__in=[each.person_id for each in personal_files])
    return {person.id: person for person in people}


def _wanted(personal_file: PersonalFile, changes: Mapping[str, Any]) -> dict[str, Any]:
    wanted = {name: value for name, value in changes.items() if name in EDITABLE}
    return {name: value for name, value in wanted.items() if value != getattr(personal_file, name)}


def _check(field: str, day: date, earliest: date, latest: date) -> None:
    if not earliest <= day <= latest:
        raise ImpossibleFileDate(field=field, earliest=earliest.isoformat(), latest=latest.isoformat())


async def _next_number(work: Work) -> str:
    rows = await work.rows(_NEXT_NUMBER)
    return str(rows[0]["number"])


async def _refuse_second(person: Person) -> None:
    existing = await PersonalFile.get_or_none(person_id=person.id)
    if existing is not None:
        raise PersonalFileExists(
            personal_file=str(existing.id), number=existing.number, address=f"/api/v1/personal-files/{existing.id}"
        )


async def _put_entry(work: Work, personal_file: PersonalFile, person: Person) -> None:
    entry = SearchEntry(
        object_type="personal_file",
        object_id=personal_file.id,
        title=f"№ {personal_file.number}",
        names=_INDEX_WORDS,
        numbers=(personal_file.number,),
        holder_id=person.id,
        holder_names=searched_names(person),
    )
    await put_entry(work, entry)


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
