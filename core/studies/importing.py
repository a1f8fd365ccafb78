"""Study periods, subjects and enrolments as sources bring them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from core.kernel.database.work import Work
from core.origins.bulk import insert_rows, mark_rows_gone, update_rows
from core.origins.writing import FieldPolicy, Incoming, RecordUnfit
from core.people.names import study_year
from core.sdk.connectors import EntityKind
from core.studies.models import Enrolment, EnrolmentRole, PeriodKind, StudyPeriod, Subject
from core.studies.subjects import subject_sort_key

_NO_POLICY: Final[Mapping[str, FieldPolicy]] = MappingProxyType({})

_PERIOD: Final = MappingProxyType(
    {
        **dict.fromkeys(("name", "source_kind", "study_year", "audience"), ""),
        **dict.fromkeys(("number", "parent_id", "starts_on", "ends_on")),
        "kind": PeriodKind.OTHER,
        "overlapping": False,
        "revision": 1,
    }
)
_PERIOD_NAMES: Final = MappingProxyType({"period_kind": "source_kind", "parent": "parent_id"})
_PERIOD_WORDS: Final[Mapping[PeriodKind, frozenset[str]]] = MappingProxyType(
    {
        PeriodKind.YEAR: frozenset({"year", "studyyear", "schoolyear", "academicyear", "учебныйгод", "год"}),
        PeriodKind.HALF_YEAR: frozenset({"halfyear", "semester", "полугодие", "семестр"}),
        PeriodKind.TRIMESTER: frozenset({"trimester", "триместр"}),
        PeriodKind.QUARTER: frozenset({"quarter", "четверть"}),
        PeriodKind.MODULE: frozenset({"module", "модуль"}),
    }
)
_FIND_PERIODS: Final = """
SELECT DISTINCT ON (w.place) w.place, p.id
  FROM jsonb_to_recordset($2::jsonb) AS w(place integer, kind text, starts_on date, ends_on date)
  JOIN study_periods p ON p.institution_id = $1 AND p.kind = w.kind AND p.starts_on = w.starts_on
   AND p.ends_on = w.ends_on
 WHERE w.kind <> 'other'
 ORDER BY w.place, p.gone_at IS NOT NULL, p.overlapping, p.id
"""
_SUBJECT: Final = MappingProxyType(
    {
        **dict.fromkeys(("name", "code", "area", "sort_key"), ""),
        "alias_of_id": None,
        "archived": False,
        "revision": 1,
    }
)
_FLAT: Final = """
UPDATE subjects a SET alias_of_id = m.alias_of_id, revision = a.revision + 1 FROM subjects m
 WHERE a.institution_id = $1 AND m.institution_id = $1 AND a.alias_of_id = m.id AND m.alias_of_id IS NOT NULL
"""
_ENROLMENT: Final = MappingProxyType(
    {
        **dict.fromkeys(("group_id", "person_id", "staff_id", "role", "subject_id", "starts_on", "ends_on")),
        "source_role": "",
        "archived": False,
        "revision": 1,
    }
)
_TWIN: Final = ("group_id", "person_id", "staff_id", "role", "subject_id")
_CLASS_TEACHERS: Final = frozenset(
    {"classteacher", "homeroomteacher", "homeroom", "curator", "классныйруководитель", "куратор"}
)
_TEACHERS: Final = frozenset({"teacher", "editingteacher", "lecturer", "учитель", "преподаватель", "педагог"})
STAFF_ROLES: Final = ("class_teacher", "other", "teacher")
"""What an operator may map a source's role to: the word stands in `meant_role` beside the source's own."""
_FIND_ENROLMENTS: Final = """
SELECT DISTINCT ON (w.place) w.place, e.id
  FROM jsonb_to_recordset($2::jsonb)
       AS w(place integer, group_id uuid, person_id uuid, staff_id uuid, role text, subject_id uuid)
  JOIN enrolments e ON e.institution_id = $1 AND e.group_id = w.group_id AND e.role = w.role AND NOT e.imported
   AND e.person_id IS NOT DISTINCT FROM w.person_id AND e.staff_id IS NOT DISTINCT FROM w.staff_id
   AND e.subject_id IS NOT DISTINCT FROM w.subject_id
 WHERE e.ends_on IS NULL AND NOT e.archived
 ORDER BY w.place, e.id
"""
_BACK: Final = """
UPDATE enrolments e SET gone_at = NULL, revision = revision + 1
 WHERE e.institution_id = $1 AND e.id = ANY ($2::uuid[]) AND e.gone_at IS NOT NULL AND NOT EXISTS (
   SELECT FROM enrolments t
    WHERE t.institution_id = e.institution_id AND t.group_id = e.group_id AND t.role = e.role AND t.id <> e.id
      AND t.person_id IS NOT DISTINCT FROM e.person_id AND t.staff_id IS NOT DISTINCT FROM e.staff_id
      AND t.subject_id IS NOT DISTINCT FROM e.subject_id AND t.ends_on IS NULL AND t.gone_at IS NULL AND NOT t.archived)
"""


@dataclass(frozen=True, slots=True)
class _Span:
    kind: str
    audience: str
    starts_on: date
    ends_on: date

    def meets(self, other: "_Span") -> bool:
        same = (self.kind, self.audience) == (other.kind, other.audience) and self.kind != PeriodKind.OTHER
        return same and self.starts_on <= other.ends_on and other.starts_on <= self.ends_on


class StudyPeriodWriter:
    """Writes study periods. One that overlaps with another of its kind is taken and marked, because results name it."""

    kind = EntityKind.STUDY_PERIODS
    table = "study_periods"
    policies = _NO_POLICY
    proposes = False

    def columns(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what a `StudyPeriodData` says by columns; raise `RecordUnfit` if it ends before it begins."""
        if data["ends_on"] < data["starts_on"]:
            reason = "ends_on: before starts_on"
            raise RecordUnfit(reason)
        columns = {_PERIOD_NAMES.get(name, name): value for name, value in data.items()}
        columns["kind"] = _period_kind(data.get("period_kind", ""))
        if "study_year" in columns:
            columns["study_year"] = study_year(columns["study_year"])
        if not 0 <= (columns.get("number") or 0) <= 100:  # noqa: PLR2004 (as the table has it)
            del columns["number"]
        return columns

    async def find(self, work: Work, wanted: Sequence[Mapping[str, Any]]) -> Mapping[int, UUID]:
        """Return the periods that are there with the same kind and days."""
        names = ("kind", "starts_on", "ends_on")
        said = [{"place": place, **{name: str(fields[name]) for name in names}} for place, fields in enumerate(wanted)]
        rows = await work.rows(_FIND_PERIODS, [work.scope.institution_id, json.dumps(said)])
        return {row["place"]: row["id"] for row in rows}

    async def create(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Make periods."""
        await insert_rows(work, self.table, _PERIOD, await self._marked(rows))

    async def update(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Change periods."""
        await update_rows(work, self.table, await self._marked(rows))

    async def mark_gone(self, work: Work, entities: Sequence[UUID], at: datetime | None) -> None:
        """Say that no source has these periods any more; they stay. One that comes back may overlap by now."""
        if at is None:
            await self.update(work, [Incoming(each) for each in entities])
        await mark_rows_gone(work, self.table, entities, at)

    async def _marked(self, rows: Sequence[Incoming]) -> list[Incoming]:
        """Return the rows with `overlapping` as their days say, each after those before it."""
        written = {row.entity_id for row in rows}
        present = await StudyPeriod.filter(gone_at=None, overlapping=False)
        known = {each.id: each for each in await StudyPeriod.filter(id__in=list(written))}
        taken = [
            _Span(each.kind, each.audience, each.starts_on, each.ends_on) for each in present if each.id not in written
        ]
        marked: list[Incoming] = []
        for row in rows:
            span = _span(row, known.get(row.entity_id))
            overlapping = any(span.meets(other) for other in taken)
            marked.append(Incoming(row.entity_id, {**row.fields, "overlapping": overlapping}))
            taken += [] if overlapping else [span]
        return marked


class SubjectWriter:
    """Writes subjects. A name that is there already becomes another name of that subject."""

    kind = EntityKind.SUBJECTS
    table = "subjects"
    policies = _NO_POLICY
    proposes = False

    def columns(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what a `SubjectData` says by columns."""
        return dict(data)

    async def find(self, work: Work, wanted: Sequence[Mapping[str, Any]]) -> Mapping[int, UUID]:
        """Return the subjects that people have made under the same name; two of one source stay two."""
        del work
        keys = [subject_sort_key(fields["name"]) for fields in wanted]
        found = await Subject.filter(sort_key__in=keys, alias_of_id=None, imported=False)
        known = {subject.sort_key: subject.id for subject in found}
        return {place: known[key] for place, key in enumerate(keys) if key in known}

    async def create(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Make subjects."""
        await insert_rows(work, self.table, _SUBJECT, await self._once(rows))

    async def update(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Change subjects."""
        named = [row for row in rows if "name" in row.fields]
        kept = [row for row in rows if "name" not in row.fields]
        await update_rows(work, self.table, [*kept, *await self._once(named)])
        if named:
            await work.run(_FLAT, [work.scope.institution_id])

    async def mark_gone(self, work: Work, entities: Sequence[UUID], at: datetime | None) -> None:
        """Say that no source has these subjects any more; they stay."""
        await mark_rows_gone(work, self.table, entities, at)

    async def _once(self, rows: Sequence[Incoming]) -> list[Incoming]:
        """Return the rows with their keys; a second one of a name is an alias of the first."""
        keys = {row.entity_id: subject_sort_key(row.fields["name"]) for row in rows}
        main = {
            each.sort_key: each.id for each in await Subject.filter(sort_key__in=list(keys.values()), alias_of_id=None)
        }
        own = {each.id: each.alias_of_id for each in await Subject.filter(id__in=list(keys))}
        done: list[Incoming] = []
        for row in rows:
            key = keys[row.entity_id]
            first = main.setdefault(key, row.entity_id)
            alias_of_id = own.get(row.entity_id) if first == row.entity_id else first
            done.append(Incoming(row.entity_id, {**row.fields, "sort_key": key, "alias_of_id": alias_of_id}))
        return done


class EnrolmentWriter:
    """Writes enrolments. What a source says twice is kept once in force, and archived the second time."""

    kind = EntityKind.ENROLMENTS
    table = "enrolments"
    policies = _NO_POLICY
    proposes = False

    def columns(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what an `EnrolmentData` says by columns; raise `RecordUnfit` if it is not of exactly one person."""
        learner, staff = data.get("learner"), data.get("staff")
        if (learner is None) == (staff is None):
            reason = "exactly one of learner and staff is expected"
            raise RecordUnfit(reason)
        starts_on, ends_on = data.get("starts_on"), data.get("ends_on")
        if starts_on is not None and ends_on is not None and ends_on < starts_on:
            reason = "ends_on: before starts_on"
            raise RecordUnfit(reason)
        said = data.get("role", "")
        columns = {name: data[name] for name in ("starts_on", "ends_on", "archived") if name in data}
        columns |= {"group_id": data["group"], "person_id": learner, "staff_id": staff, "source_role": said}
        role = data.get("meant_role", said)
        columns["role"] = EnrolmentRole.LEARNER if staff is None else _staff_role(role, teaches="subject" in data)
        return columns | ({"subject_id": data["subject"]} if "subject" in data else {})

    async def find(self, work: Work, wanted: Sequence[Mapping[str, Any]]) -> Mapping[int, UUID]:
        """Return the open enrolments that people have made of the same person in the same group and role."""
        said = [
            {"place": place, **{name: str(fields[name]) for name in _TWIN if fields.get(name) is not None}}
            for place, fields in enumerate(wanted)
            if fields.get("ends_on") is None
        ]
        rows = await work.rows(_FIND_ENROLMENTS, [work.scope.institution_id, json.dumps(said)]) if said else []
        return {row["place"]: row["id"] for row in rows}

    async def create(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Put people into groups."""
        groups = list({row.fields["group_id"] for row in rows})
        open_ones = await Enrolment.filter(group_id__in=groups, ends_on=None, archived=False, gone_at=None)
        taken = {tuple(str(getattr(each, name)) for name in _TWIN) for each in open_ones}
        kept: list[Incoming] = []
        for row in rows:
            twin = tuple(str(row.fields.get(name)) for name in _TWIN)
            is_open = row.fields.get("ends_on") is None and not row.fields.get("archived")
            kept.append(Incoming(row.entity_id, {**row.fields, "archived": True}) if is_open and twin in taken else row)
            taken |= {twin} if is_open else set()
        await insert_rows(work, self.table, _ENROLMENT, kept)

    async def update(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Change enrolments."""
        await update_rows(work, self.table, rows)

    async def mark_gone(self, work: Work, entities: Sequence[UUID], at: datetime | None) -> None:
        """Say that no source has these enrolments any more; they stay.

        One that comes back while another says the same stays as it is.
        """
        if at is None:
            await work.run(_BACK, [work.scope.institution_id, list(entities)])
        else:
            await mark_rows_gone(work, self.table, entities, at)


def _span(row: Incoming, present: StudyPeriod | None) -> _Span:
    names = ("kind", "audience", "starts_on", "ends_on")
    said = [row.fields.get(name, getattr(present, name, "")) for name in names]
    return _Span(*said)


def _period_kind(said: str) -> PeriodKind:
    word = _word(said)
    return next((kind for kind, words in _PERIOD_WORDS.items() if word in words), PeriodKind.OTHER)


def is_staff_role(word: str) -> bool:
    """Say whether the registry knows by itself what a source means by a role of the staff."""
    return _word(word) in _CLASS_TEACHERS | _TEACHERS


def _staff_role(said: str, *, teaches: bool) -> EnrolmentRole:
    """Return what a source means by a role of the staff; a word that nobody knows shows nobody anything."""
    word = _word(said)
    if word in _CLASS_TEACHERS:
        return EnrolmentRole.CLASS_TEACHER
    return EnrolmentRole.TEACHER if word in _TEACHERS or (not word and teaches) else EnrolmentRole.OTHER


def _word(said: str) -> str:
    return "".join(letter for letter in said.lower() if letter.isalpha())
