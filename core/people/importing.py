"""Learners and groups as sources bring them."""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from core.kernel.database.work import Work
from core.origins.bulk import insert_rows, mark_rows_gone, update_rows
from core.origins.writing import FieldPolicy, Incoming, RecordUnfit
from core.people.contacts import snils_digits
from core.people.grouping import search_entry as group_entry
from core.people.keeping import EARLIEST_BIRTH
from core.people.keeping import search_entry as person_entry
from core.people.models import Group, Person
from core.people.names import group_sort_key, person_sort_key, searched_names, study_year
from core.sdk.connectors import EntityKind
from core.search.entries import put_entries, rename_holder

NAMES: Final = ("family_name", "given_name", "patronymic")
SEXES: Final = ("", "male", "female")

_PERSON: Final = MappingProxyType(
    {
        **dict.fromkeys((*NAMES, "external_number", "sex", "snils", "email", "phone", "former_names", "note"), ""),
        "birth_date": None,
        "archived": False,
        "sort_key": "",
        "revision": 1,
    }
)
_GROUP: Final = MappingProxyType(
    {
        **dict.fromkeys(("name", "study_year", "programme", "kind", "level", "note"), ""),
        "parent_id": None,
        "archived": False,
        "sort_key": "",
        "revision": 1,
    }
)
_RENAMED: Final = MappingProxyType({"number": "external_number"})
_GROUP_NAMES: Final = MappingProxyType({"group_kind": "kind", "parent": "parent_id"})
_PLAIN: Final = ("sex", "email", "phone", "archived")
_FIND_PEOPLE: Final = """
SELECT DISTINCT ON (w.place) w.place, t.id
  FROM jsonb_to_recordset($2::jsonb) AS w(place integer, external_number text, snils text)
  JOIN {table} t ON t.institution_id = $1
   AND (w.external_number <> '' AND t.external_number = w.external_number OR w.snils <> '' AND t.snils = w.snils)
 ORDER BY w.place, (t.external_number = w.external_number) DESC
"""
_FIND_GROUPS: Final = """
SELECT w.place, g.id
  FROM jsonb_to_recordset($2::jsonb) AS w(place integer, sort_key text, study_year text, parent_id uuid)
  JOIN groups g ON g.institution_id = $1 AND g.sort_key = w.sort_key AND g.study_year = w.study_year
   AND g.parent_id IS NOT DISTINCT FROM w.parent_id
"""


def names_of(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the parts of a name; `full_name` is taken apart in the order of Russian papers."""
    names = {name: data[name] for name in NAMES if name in data}
    if not names.get("family_name") and (full := data.get("full_name", "").split(maxsplit=2)):
        names = dict(zip(NAMES, full, strict=False))
    return names


def person_columns(data: Mapping[str, Any], *, needed: Sequence[str]) -> dict[str, Any]:
    """Return what a record says of a person by columns; raise `RecordUnfit` without the `needed` names."""
    columns: dict[str, Any] = names_of(data)
    if missing := [name for name in needed if not columns.get(name)]:
        reason = f"the name is incomplete: {', '.join(missing)}"
        raise RecordUnfit(reason)
    columns |= {name: data[name] for name in _PLAIN if name in data}
    columns |= {column: data[name] for name, column in _RENAMED.items() if name in data}
    if "birth_date" in data:
        columns["birth_date"] = _birth(data["birth_date"])
    if "snils" in data:
        columns["snils"] = _snils(data["snils"])
    if columns.get("sex", "") not in SEXES:
        reason = "sex: male, female or nothing is expected"
        raise RecordUnfit(reason)
    return columns


async def find_persons(work: Work, table: str, wanted: Sequence[Mapping[str, Any]]) -> dict[int, UUID]:
    """Return who is there under the same number or СНИЛС, by places in `wanted`; the number goes first."""
    said = [
        {"place": place, "external_number": fields.get("external_number", ""), "snils": fields.get("snils", "")}
        for place, fields in enumerate(wanted)
        if fields.get("external_number") or fields.get("snils")
    ]
    rows = (
        await work.rows(_FIND_PEOPLE.format(table=table), [work.scope.institution_id, json.dumps(said)]) if said else []
    )
    return {row["place"]: row["id"] for row in rows}


class LearnerWriter:
    """Writes learners."""

    kind = EntityKind.LEARNERS
    table = "people"
    policies: Mapping[str, FieldPolicy] = MappingProxyType(
        dict.fromkeys((*NAMES, "birth_date", "snils"), FieldPolicy.CONFLICT)
    )
    proposes = True

    def columns(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what a `LearnerData` says by columns; raise `RecordUnfit` without family name and given name."""
        return person_columns(data, needed=("family_name", "given_name"))

    async def find(self, work: Work, wanted: Sequence[Mapping[str, Any]]) -> Mapping[int, UUID]:
        """Return who is there under the same number or СНИЛС."""
        return await find_persons(work, self.table, wanted)

    async def create(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Take learners in, findable from now on."""
        await insert_rows(work, self.table, _PERSON, [with_sort_key(row) for row in rows])
        await self._show(work, rows)

    async def update(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Change learners; who is renamed is found with everything that is theirs under the new name."""
        named = [row.entity_id for row in rows if row.fields.keys() & {*NAMES, "external_number"}]
        before = {person.id: person for person in await Person.filter(id__in=named)} if named else {}
        kept = [_with_former_name(row, before.get(row.entity_id)) for row in rows]
        await update_rows(work, self.table, [with_sort_key(row, before.get(row.entity_id)) for row in kept])
        for row in kept:
            if row.fields.keys() & set(NAMES):
                person = before[row.entity_id].update_from_dict(dict(row.fields))
                await rename_holder(work, person.id, searched_names(person))
        await self._show(work, [row for row in rows if row.entity_id in before])

    async def mark_gone(self, work: Work, entities: Sequence[UUID], at: datetime | None) -> None:
        """Say that no source has these learners any more; they stay."""
        await mark_rows_gone(work, self.table, entities, at)

    async def _show(self, work: Work, rows: Sequence[Incoming]) -> None:
        if rows:
            people = await Person.filter(id__in=[row.entity_id for row in rows])
            await put_entries(work, [person_entry(person) for person in people])


class GroupWriter:
    """Writes groups and classes."""

    kind = EntityKind.GROUPS
    table = "groups"
    policies: Mapping[str, FieldPolicy] = MappingProxyType({})
    proposes = False

    def columns(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what a `GroupData` says by columns."""
        columns = {_GROUP_NAMES.get(name, name): value for name, value in data.items()}
        if "study_year" in columns:
            columns["study_year"] = study_year(columns["study_year"])
        return columns

    async def find(self, work: Work, wanted: Sequence[Mapping[str, Any]]) -> Mapping[int, UUID]:
        """Return the groups that are there under the same name in the same study year and parent group."""
        said = [
            {
                "place": place,
                "sort_key": group_sort_key(fields["name"]),
                "study_year": fields.get("study_year", ""),
                "parent_id": str(fields["parent_id"]) if fields.get("parent_id") else None,
            }
            for place, fields in enumerate(wanted)
        ]
        rows = await work.rows(_FIND_GROUPS, [work.scope.institution_id, json.dumps(said)])
        return {row["place"]: row["id"] for row in rows}

    async def create(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Make groups, findable from now on."""
        keyed = [_with(row, sort_key=group_sort_key(row.fields["name"])) for row in rows]
        await insert_rows(work, self.table, _GROUP, keyed)
        await self._show(work, rows)

    async def update(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Change groups; what belongs to a renamed one is found under the new name."""
        keyed = [
            _with(row, sort_key=group_sort_key(row.fields["name"])) if "name" in row.fields else row for row in rows
        ]
        await update_rows(work, self.table, keyed)
        shown = await self._show(work, [row for row in rows if row.fields.keys() & {"name", "study_year", "programme"}])
        for group in shown:
            await rename_holder(work, group.id, group_entry(group).holder_names)

    async def mark_gone(self, work: Work, entities: Sequence[UUID], at: datetime | None) -> None:
        """Say that no source has these groups any more; they stay."""
        await mark_rows_gone(work, self.table, entities, at)

    async def _show(self, work: Work, rows: Sequence[Incoming]) -> list[Group]:
        groups = await Group.filter(id__in=[row.entity_id for row in rows]) if rows else []
        if groups:
            await put_entries(work, [group_entry(group) for group in groups])
        return groups


def with_sort_key(row: Incoming, present: object = None) -> Incoming:
    """Return the row with the place of its name in lists; of a known person, `present` has what does not change."""
    if not row.fields.keys() & set(NAMES):
        return row
    parts = [row.fields.get(name, getattr(present, name, "")) for name in NAMES]
    return _with(row, sort_key=person_sort_key(*parts))


def _with_former_name(row: Incoming, present: Person | None) -> Incoming:
    """Keep a family name that is replaced, so that papers that bear it are still found."""
    family_name = row.fields.get("family_name")
    if present is None or family_name in {None, present.family_name}:
        return row
    former = [name for name in present.former_names.split(", ") if name]
    if present.family_name in former:
        return row
    return _with(row, former_names=", ".join([*former, present.family_name]))


def _with(row: Incoming, **further: object) -> Incoming:
    return Incoming(row.entity_id, {**row.fields, **further})


def _birth(said: date | None) -> date | None:
    if said is not None and said < EARLIEST_BIRTH:
        reason = "birth_date: too long ago"
        raise RecordUnfit(reason)
    return said


def _snils(said: str) -> str:
    try:
        return snils_digits(said)
    except ValueError:
        reason = "snils: 11 digits are expected, the last two of which follow from the others"
        raise RecordUnfit(reason) from None
