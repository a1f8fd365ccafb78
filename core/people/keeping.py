"""Learners: taking in, correcting, renaming. They are never deleted here: a disposal act ends them with their files."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import AlreadyExists, NotFound, StaleState
from core.origins.hands import noted
from core.people.errors import ExternalNumberTaken, ImpossibleBirthDate, PersonEnded, SnilsTaken
from core.people.models import EndedPerson, Person
from core.people.names import person_sort_key, searched_names
from core.sdk.connectors import EntityKind
from core.search.entries import SearchEntry, put_entry, rename_holder

EARLIEST_BIRTH: Final = date(1900, 1, 1)
EDITABLE: Final = frozenset(
    {
        *("family_name", "given_name", "patronymic", "former_names", "birth_date", "external_number", "note"),
        *("sex", "snils", "email", "phone", "archived"),
    }
)

_NAMES: Final = frozenset({"family_name", "given_name", "patronymic", "former_names"})
_TAKEN: Final[Mapping[str, type[AlreadyExists]]] = {
    "people_by_external_number": ExternalNumberTaken,
    "people_by_snils": SnilsTaken,
}
PRIVATE: Final = frozenset({"sex", "snils", "email", "phone"})
"""What is in no list and no search, and whose values the audit trail does not tell."""
_BY_HAND: Final = EDITABLE - {"former_names", "note"}
"""What an import may bring too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPerson:
    """A learner to be taken in; what is not known is empty."""

    family_name: str
    given_name: str
    patronymic: str = ""
    former_names: str = ""
    birth_date: date | None = None
    external_number: str = ""
    note: str = ""
    sex: str = ""
    snils: str = ""
    email: str = ""
    phone: str = ""
    archived: bool = False


async def find_person(person_id: UUID) -> Person:
    """Return a learner of the current institution; raise `NotFound` or `PersonEnded`."""
    person = await Person.get_or_none(id=person_id)
    if person is None:
        ended = await EndedPerson.get_or_none(person_id=person_id)
        raise NotFound if ended is None else PersonEnded(act=ended.act["id"], number=ended.act["number"])
    return person


async def create_person(work: Work, wanted: WantedPerson, *, today: date) -> Person:
    """Take a learner in; `today` is that of the institution.

    Raises `ImpossibleBirthDate`, `ExternalNumberTaken` or `SnilsTaken`.
    """
    _check_birth(wanted.birth_date, today)
    await _name_who_has({"external_number": wanted.external_number, "snils": wanted.snils}, None)
    values = {name: getattr(wanted, name) for name in EDITABLE}
    sort_key = person_sort_key(wanted.family_name, wanted.given_name, wanted.patronymic)
    try:
        person = await Person.create(**values, sort_key=sort_key, created_at=work.now)
    except IntegrityError as error:
        _refuse_taken(error)
        raise
    await put_entry(work, search_entry(person))
    work.record("person.created", "person", person.id, _told(values))
    work.emit("person.created", {"person": str(person.id)})
    return person


async def edit_person(
    work: Work, person: Person, changes: Mapping[str, Any], *, today: date, keep_former_name: bool = False
) -> Person:
    """Write `changes` over the revision that `person` shows; return the learner as he or she then is.

    With `keep_former_name` a family name that is replaced joins the former names, so that papers that bear it are
    still found. Raises `ImpossibleBirthDate`, `ExternalNumberTaken`, `SnilsTaken` or `StaleState`.
    """
    wanted = _wanted(person, changes, keep_former_name=keep_former_name)
    if not wanted:
        return person
    if "birth_date" in wanted:
        _check_birth(wanted["birth_date"], today)
    await _name_who_has(wanted, person.id)
    parts = [wanted.get(name, getattr(person, name)) for name in ("family_name", "given_name", "patronymic")]
    try:
        changed = await Person.filter(id=person.id, revision=person.revision).update(
            **wanted, sort_key=person_sort_key(*parts), revision=person.revision + 1
        )
    except IntegrityError as error:
        _refuse_taken(error)
        raise
    if changed != 1:
        raise StaleState
    after = await find_person(person.id)
    if wanted.keys() & _NAMES:
        await rename_holder(work, person.id, searched_names(after))
    await put_entry(work, search_entry(after))
    before = {name: getattr(person, name) for name in wanted}
    private = {"private": sorted(wanted.keys() & PRIVATE)} if wanted.keys() & PRIVATE else {}
    work.record("person.edited", "person", person.id, {"before": _told(before), "after": _told(wanted), **private})
    await noted(work, EntityKind.LEARNERS, person.id, {name: wanted[name] for name in wanted.keys() & _BY_HAND})
    work.emit("person.edited", {"person": str(person.id), "fields": sorted(wanted)})
    return after


def _wanted(person: Person, changes: Mapping[str, Any], *, keep_former_name: bool) -> dict[str, Any]:
    wanted = {name: value for name, value in changes.items() if name in EDITABLE}
    former = wanted.get("former_names", person.former_names)
    renamed = wanted.get("family_name", person.family_name) != person.family_name
    if keep_former_name and renamed and person.family_name not in former.split(", "):
        wanted["former_names"] = f"{former}, {person.family_name}".removeprefix(", ")
    return {name: value for name, value in wanted.items() if value != getattr(person, name)}


def _check_birth(birth_date: date | None, today: date) -> None:
    if birth_date is not None and not EARLIEST_BIRTH <= birth_date <= today:
        raise ImpossibleBirthDate(earliest=EARLIEST_BIRTH.isoformat(), latest=today.isoformat())


async def _name_who_has(wanted: Mapping[str, Any], own_id: UUID | None) -> None:
    """Name the learner who has a number; whoever comes between this look and the commit meets the constraint."""
    for name, taken in (("external_number", ExternalNumberTaken), ("snils", SnilsTaken)):
        if said := wanted.get(name):
            holder = await Person.get_or_none(**{name: said})
            if holder is not None and holder.id != own_id:
                raise taken(person=str(holder.id), address=f"/api/v1/people/{holder.id}")


def _refuse_taken(error: IntegrityError) -> None:
    if taken := _TAKEN.get(violated_constraint(error)):
        raise taken from error


def search_entry(person: Person) -> SearchEntry:
    """Return what of a learner goes into the search: names and number, nothing else."""
    return SearchEntry(
        object_type="person",
        object_id=person.id,
        title=person.full_name,
        numbers=(person.external_number,),
        holder_id=person.id,
        holder_names=searched_names(person),
    )


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in sorted(values.keys() - PRIVATE)}
