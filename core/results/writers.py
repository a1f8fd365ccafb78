"""What imports write: results, final results, attendance, many at a time."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from core.kernel.database.work import Work
from core.origins.writing import FieldPolicy, Incoming, Writer
from core.results.errors import WillMissing
from core.results.policy import present_policy
from core.results.rows import ATTENDANCE, RESULTS, Change, Table, insert_rows, mark_gone, update_rows
from core.results.will import without_will
from core.sdk.connectors import EntityKind

_PLACES: Final = {
    "learner": "person_id",
    "group": "group_id",
    "subject": "subject_id",
    "period": "period_id",
}
MAPPED_WORDS: Final[Mapping[EntityKind, Mapping[str, str]]] = MappingProxyType(
    {
        EntityKind.RESULTS: {"result_kind": "kind_id", "scale": "scale_id"},
        EntityKind.FINAL_RESULTS: {"final_kind": "kind_id", "scale": "scale_id"},
    }
)
"""Words of a source that an operator maps to the taxonomy. The identifier of the entry (`result_kinds`, `mark_scales`)
is put into the record's data under the second name before `Writer.columns` is asked; the word itself stays beside it.
`source_id` (`result_sources`) may be put there too."""
_TAXONOMY: Final = {name: name for name in ("kind_id", "source_id", "scale_id")}
_RESULT: Final = (
    _PLACES
    | _TAXONOMY
    | {
        "teacher": "teacher_id",
        "value": "value",
        "scale": "said_scale",
        "result_kind": "said_kind",
        "title": "title",
        "held_on": "held_on",
        "graded_on": "graded_on",
        "comment": "comment",
    }
)
_FINAL: Final = (
    _PLACES
    | _TAXONOMY
    | {
        "value": "value",
        "scale": "said_scale",
        "final_kind": "said_kind",
        "decided_on": "graded_on",
        "comment": "comment",
    }
)
_ATTENDANCE: Final = _PLACES | {
    "lesson_on": "lesson_on",
    "lesson_number": "lesson_number",
    "status": "status",
    "comment": "comment",
}
_FINAL_OF: Final = {
    "period": "period",
    "year": "year",
    "exam": "examination",
    "examination": "examination",
    "course": "course",
}
_ONCE: Final = frozenset({"period", "year", "course"})
_SAME: Final = ("person_id", "final_of", "subject_id", "period_id", "group_id")
# The final results of a learner are found along the index, then compared; a join would be planned by guess (OFFSET 0).
_SAME_FINAL: Final = """
SELECT w.place, r.id FROM jsonb_to_recordset($2::jsonb)
    AS w(place integer, person_id uuid, final_of text, subject_id uuid, period_id uuid, group_id uuid)
 CROSS JOIN LATERAL (SELECT * FROM results
                      WHERE institution_id = $1 AND person_id = w.person_id AND final_of = w.final_of
                        AND state <> 'struck_out' AND gone_at IS NULL
                     OFFSET 0) AS r
 WHERE r.subject_id IS NOT DISTINCT FROM w.subject_id AND r.period_id IS NOT DISTINCT FROM w.period_id
   AND r.group_id IS NOT DISTINCT FROM w.group_id
"""


def is_final_of(word: str) -> bool:
    """Say whether a source's word says by itself what a result is final of."""
    return word.lower() in _FINAL_OF


class _RowWriter:
    """Writes rows of one table; what a source says is entered by nobody."""

    proposes: bool = False

    def __init__(
        self,
        kind: EntityKind,
        rows: Table,
        names: Mapping[str, str],
        fixed: dict[str, Any],
        policies: Mapping[str, FieldPolicy],
    ) -> None:
        self.kind = kind
        self.table = rows.name
        self.policies: Mapping[str, FieldPolicy] = MappingProxyType(dict(policies))
        self._rows = rows
        self._names = names
        self._fixed = fixed

    def columns(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the fields of a record by columns."""
        names = self._names
        return self._fixed | {names[name]: value for name, value in data.items() if name in names}

    async def find(self, work: Work, wanted: Sequence[Mapping[str, Any]]) -> Mapping[int, UUID]:  # noqa: ARG002 - the contract's
        """Return nothing: two marks may say the same."""
        return {}

    async def create(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Insert new rows by one statement."""
        await insert_rows(work, self._rows, [(row.entity_id, row.fields) for row in rows], entered_by=None)

    async def update(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Change rows by one statement; a confirmed result that says something else is confirmed anew."""
        await update_rows(work, self._rows, [Change(row.entity_id, row.fields) for row in rows], entered_by=None)

    async def mark_gone(self, work: Work, entities: Sequence[UUID], at: datetime | None) -> None:
        """Say that the source has these no longer, or has them again."""
        await mark_gone(work, self._rows, entities, at)


class ResultWriter(_RowWriter):
    """Writes results; where the policy demands a statement of will, without one nothing is written."""

    async def refusals(self, work: Work, wanted: Sequence[Mapping[str, Any]]) -> Mapping[int, str]:
        """Return `will_missing` for results of learners who did not state the will that the policy demands."""
        policy = await present_policy(work)
        missing = await without_will(policy, {(fields["person_id"], False) for fields in wanted})
        return {
            place: WillMissing.code for place, fields in enumerate(wanted) if (fields["person_id"], False) in missing
        }

    async def create(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Insert new results by one statement; raise `WillMissing`."""
        if await self.refusals(work, [row.fields for row in rows]):
            raise WillMissing
        await super().create(work, rows)


class FinalResultWriter(ResultWriter):
    """Writes final results; there is one of a learner, subject and period, whoever says it."""

    def columns(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the fields of a record by columns, with what the result is final of."""
        found = dict(super().columns(data))
        said = _FINAL_OF.get(found.get("said_kind", "").lower(), "")
        if not said or (said == "period" and not found.get("period_id")):
            said = "period" if found.get("period_id") else "other"
        return found | {"final_of": said}

    async def find(self, work: Work, wanted: Sequence[Mapping[str, Any]]) -> Mapping[int, UUID]:
        """Return the final results that are there for the same learner, subject, group and period, year or course."""
        asked = [
            {"place": place, **{name: _plain(row.get(name)) for name in _SAME}}
            for place, row in enumerate(wanted)
            if row["final_of"] in _ONCE
        ]
        if not asked:
            return {}
        found = await work.rows(_SAME_FINAL, [work.scope.institution_id, json.dumps(asked)])
        return {row["place"]: row["id"] for row in found}


def _plain(value: object) -> object:
    return str(value) if isinstance(value, UUID) else value


def result_writers() -> Mapping[EntityKind, Writer]:
    """Return the writers of results, final results and attendance by kind."""
    said = dict.fromkeys(("value", "graded_on", "held_on"), FieldPolicy.CONFLICT)
    writers: tuple[Writer, ...] = (
        ResultWriter(EntityKind.RESULTS, RESULTS, _RESULT, {"standing": "current"}, said),
        FinalResultWriter(EntityKind.FINAL_RESULTS, RESULTS, _FINAL, {"standing": "final"}, said),
        _RowWriter(EntityKind.ATTENDANCE, ATTENDANCE, _ATTENDANCE, {}, {"status": FieldPolicy.CONFLICT}),
    )
    return MappingProxyType({writer.kind: writer for writer in writers})
