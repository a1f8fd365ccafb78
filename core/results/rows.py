"""Rows of results and attendance, many by one statement, whoever writes them: a person or a source."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from core.kernel.database.work import Work

_UUID: Final = "uuid"
_TEXT: Final = "text"
_DATE: Final = "date"


@dataclass(frozen=True, slots=True)
class Change:
    """New values of one row; with `revision` only if it still has that one."""

    entity_id: UUID
    fields: Mapping[str, Any] = field(default_factory=dict)
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table of results as it is written."""

    name: str
    columns: Mapping[str, str]
    """What a writer may fill, with the type in PostgreSQL; texts that are not given are empty."""
    defaults: Mapping[str, Any]
    fixed: frozenset[str]
    """Columns that no change touches."""
    remarks: frozenset[str]
    """Columns whose change leaves a confirmation as it is."""
    confirmed: bool
    """Whether rows are confirmed."""


RESULTS: Final = Table(
    name="results",
    columns=MappingProxyType(
        {
            "standing": _TEXT,
            "person_id": _UUID,
            "group_id": _UUID,
            "subject_id": _UUID,
            "period_id": _UUID,
            "teacher_id": _UUID,
            "kind_id": _UUID,
            "source_id": _UUID,
            "scale_id": _UUID,
            "value": _TEXT,
            "title": _TEXT,
            "comment": _TEXT,
            "held_on": _DATE,
            "graded_on": _DATE,
            "final_of": _TEXT,
            "said_kind": _TEXT,
            "said_scale": _TEXT,
            "outside": "boolean",
            "obtained_at": _TEXT,
            "credit_document": _TEXT,
        }
    ),
    defaults=MappingProxyType(
        {
            **dict.fromkeys(("title", "comment", "said_kind", "said_scale", "obtained_at", "credit_document"), ""),
            "standing": "current",
            "outside": False,
        }
    ),
    fixed=frozenset({"standing", "person_id", "outside"}),
    remarks=frozenset({"comment", "said_kind", "said_scale"}),
    confirmed=True,
)
ATTENDANCE: Final = Table(
    name="attendance",
    columns=MappingProxyType(
        {
            "person_id": _UUID,
            "group_id": _UUID,
            "subject_id": _UUID,
            "period_id": _UUID,
            "lesson_on": _DATE,
            "lesson_number": "integer",
            "status": _TEXT,
            "comment": _TEXT,
        }
    ),
    defaults=MappingProxyType({"comment": ""}),
    fixed=frozenset({"person_id"}),
    remarks=frozenset({"comment"}),
    confirmed=False,
)


def _insert_of(table: Table) -> str:
    names = ", ".join(table.columns)
    arrays = ", ".join(f"${number}::{kind}[]" for number, kind in enumerate(table.columns.values(), start=5))
    entered = ("entered_by, ", "$4::uuid, ") if table.confirmed else ("", "")
    return (
        f"INSERT INTO {table.name} (institution_id, created_at, changed_at, changed_by, {entered[0]}id, {names})"  # noqa: S608 - names of ours
        f" SELECT $1, $3, $3, $4::uuid, {entered[1]}* FROM unnest($2::uuid[], {arrays})"
    )


def _update_of(table: Table) -> str:
    names = [name for name in table.columns if name not in table.fixed]
    said = [name for name in names if name not in table.remarks]
    new, old = (", ".join(f"{row}.{name}" for name in said) for row in ("p", "t"))
    taken = ", ".join(f"{name} = w.{name}" for name in names)
    steps = (
        ", entered_by = CASE WHEN w.differs THEN $4::uuid ELSE t.entered_by END"
        ", state = CASE WHEN w.differs AND t.state = 'confirmed' THEN 'entered' ELSE t.state END"
        ", confirmed_by = CASE WHEN w.differs THEN NULL ELSE t.confirmed_by END"
        ", confirmed_at = CASE WHEN w.differs THEN NULL ELSE t.confirmed_at END"
    )
    return (
        f"WITH w AS (SELECT p.*, ROW({new}) IS DISTINCT FROM ROW({old}) AS differs"  # noqa: S608 - names of ours
        " FROM jsonb_to_recordset($2::jsonb) AS u(entity_id uuid, fields jsonb, expected integer)"
        f" JOIN {table.name} t ON t.institution_id = $1 AND t.id = u.entity_id"
        " AND (u.expected IS NULL OR t.revision = u.expected)"
        " CROSS JOIN LATERAL jsonb_populate_record(t, u.fields) p)"
        f" UPDATE {table.name} t SET {taken}, revision = t.revision + 1, changed_at = $3, changed_by = $4::uuid"
        f"{steps if table.confirmed else ''}"
        " FROM w WHERE t.institution_id = $1 AND t.id = w.id AND t.revision = w.revision"
    )


_INSERTS: Final = {table.name: _insert_of(table) for table in (RESULTS, ATTENDANCE)}
_UPDATES: Final = {table.name: _update_of(table) for table in (RESULTS, ATTENDANCE)}


async def insert_rows(
    work: Work, table: Table, rows: Sequence[tuple[UUID, Mapping[str, Any]]], *, entered_by: UUID | None
) -> None:
    """Write new rows, each an id with its columns, by one statement; `entered_by`: `None` if a source says so.

    Raises `IntegrityError`, by the names of constraints in `core.results.refusing`.
    """
    columns = [[row.get(name, table.defaults.get(name)) for _, row in rows] for name in table.columns]
    ids = [entity_id for entity_id, _ in rows]
    await work.run(_INSERTS[table.name], [work.scope.institution_id, ids, work.now, entered_by, *columns])


async def update_rows(work: Work, table: Table, changes: Sequence[Change], *, entered_by: UUID | None) -> int:
    """Change rows by one statement; return how many had the expected revision.

    A confirmed result that says something else is confirmed anew. Raises `IntegrityError` as `insert_rows`.
    """
    allowed = table.columns.keys() - table.fixed
    sent = [
        {
            "entity_id": str(each.entity_id),
            "fields": {name: _plain(value) for name, value in each.fields.items() if name in allowed},
            "expected": each.revision,
        }
        for each in changes
    ]
    values = [work.scope.institution_id, json.dumps(sent, ensure_ascii=False), work.now, entered_by]
    return await work.run(_UPDATES[table.name], values)


async def mark_gone(work: Work, table: Table, entities: Sequence[UUID], at: datetime | None) -> None:
    """Say that the source has these no longer, or (`None`) has them again."""
    await work.run(
        f"UPDATE {table.name} SET gone_at = $3, revision = revision + 1, changed_at = $4, changed_by = NULL"  # noqa: S608 - a name of ours
        " WHERE institution_id = $1 AND id = ANY ($2::uuid[]) AND gone_at IS DISTINCT FROM $3::timestamptz",
        [work.scope.institution_id, list(entities), at, work.now],
    )


def _plain(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value
