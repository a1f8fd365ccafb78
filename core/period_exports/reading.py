"""Reading what the platform said of a period: one statement, so that every table is of the same moment.

Rows come in the order of the tables and, within one, byte by byte in the order of their keys. What a source said is
taken from its records (`origins`), not from the registry, where people may have corrected it.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Final
from uuid import UUID

from core.kernel.database.work import Work
from core.period_exports.tables import TABLES

RAW: Final = len(TABLES)
"""Part of the raw answers: stream, external id, JSON."""
LEFT_OUT: Final = RAW + 1
"""Part with one row: how many results of restricted kinds were left out."""
TOGETHER: Final = 2_000
"""Rows of one fetch."""

Row = tuple[int, Sequence[str | None]]
"""Part (place in `TABLES`, `RAW` or `LEFT_OUT`) and cells."""

_ORDER: Final = 'ORDER BY stream COLLATE "C", external_id COLLATE "C"'
_PLACES: Final = 'm.stream, m.external_id, m.learner, l.name, m."group", g.name, m.subject, s.name'
_FROM: Final = """
  FROM marks m LEFT JOIN l ON l.external_id = m.learner LEFT JOIN g ON g.external_id = m."group"
  LEFT JOIN s ON s.external_id = m.subject LEFT JOIN t ON t.external_id = m.teacher
 WHERE NOT m.hidden AND m.kind = '{kind}' ORDER BY m.stream COLLATE "C", m.external_id COLLATE "C"
"""
_OBJECTS: Final = """
SELECT DISTINCT ON (external_id) id, stream, external_id, mapped,
       {name} AS name
  FROM mine WHERE kind = '{kind}' AND forgotten_at IS NULL ORDER BY external_id, id DESC
"""
_PERSON: Final = """
coalesce(nullif(concat_ws(' ', nullif(mapped ->> 'family_name', ''), nullif(mapped ->> 'given_name', ''),
         nullif(mapped ->> 'patronymic', '')), ''), mapped ->> 'full_name')"""
_PARTS: Final = (
    """SELECT {part}, ARRAY[stream, external_id, name, mapped ->> 'group_kind', mapped ->> 'study_year',
       mapped ->> 'level', mapped ->> 'programme'] FROM g
 WHERE external_id IN (SELECT "group" FROM enrolled UNION SELECT "group" FROM marks WHERE NOT hidden) {order}""",
    """SELECT {part}, ARRAY[stream, external_id, name, mapped ->> 'birth_date', mapped ->> 'number'] FROM l
 WHERE external_id IN (SELECT learner FROM enrolled UNION SELECT learner FROM marks WHERE NOT hidden) {order}""",
    """SELECT {part}, ARRAY[e.stream, e.external_id, e.learner, l.name, e."group", g.name, e.starts_on::text,
       e.ends_on::text] FROM enrolled e LEFT JOIN l ON l.external_id = e.learner
  LEFT JOIN g ON g.external_id = e."group" ORDER BY e.stream COLLATE "C", e.external_id COLLATE "C" """,
    """SELECT {part}, ARRAY[stream, external_id, name, mapped ->> 'code', mapped ->> 'area'] FROM s
 WHERE external_id IN (SELECT subject FROM marks WHERE NOT hidden) {order}""",
    """SELECT {part}, ARRAY[{places}, m.result_kind, m.title, m.held_on::text, m.graded_on::text, m.value,
       m.scale, t.name, m.comment] {from_results}""",
    """SELECT {part}, ARRAY[{places}, m.final_kind, m.decided_on::text, m.value, m.scale, m.comment]
       {from_final_results}""",
    """SELECT {part}, ARRAY[{places}, m.lesson_on::text, m.lesson_number, m.status, m.comment]
       {from_attendance}""",
    """SELECT {part}, ARRAY[stream, external_id, raw::text] FROM origins
 WHERE institution_id = '{institution}' AND id IN (
   SELECT id FROM marks WHERE NOT hidden UNION ALL SELECT id FROM enrolled
   UNION ALL SELECT id FROM g WHERE external_id IN (
     SELECT "group" FROM enrolled UNION SELECT "group" FROM marks WHERE NOT hidden)
   UNION ALL SELECT id FROM l WHERE external_id IN (
     SELECT learner FROM enrolled UNION SELECT learner FROM marks WHERE NOT hidden)
   UNION ALL SELECT id FROM s WHERE external_id IN (SELECT subject FROM marks WHERE NOT hidden)
   UNION ALL SELECT id FROM mine WHERE kind = 'study_periods' AND entity_id = '{period}') {order}""",
    "SELECT {part}, ARRAY[count(*)::text] FROM marks WHERE hidden",
)
_WITH: Final = """
WITH p AS (SELECT * FROM study_periods WHERE institution_id = '{institution}' AND id = '{period}'),
mine AS NOT MATERIALIZED (
  SELECT * FROM origins WHERE institution_id = '{institution}' AND connection_id = '{connection}'),
l AS MATERIALIZED ({learners}),
t AS MATERIALIZED ({staff}),
g AS MATERIALIZED ({groups}),
s AS MATERIALIZED ({subjects}),
enrolled AS MATERIALIZED (
  SELECT o.id, o.stream, o.external_id, m.*
    FROM mine o CROSS JOIN p
   CROSS JOIN LATERAL jsonb_to_record(o.mapped)
         AS m("group" text, learner text, starts_on date, ends_on date, archived boolean)
    LEFT JOIN g ON g.external_id = m."group"
   WHERE o.kind = 'enrolments' AND o.gone_at IS NULL AND o.forgotten_at IS NULL AND m.learner IS NOT NULL
     AND coalesce(m.starts_on <= p.ends_on, true)
     AND coalesce(m.ends_on >= p.starts_on, NOT coalesce(m.archived, false))
     AND (p.study_year = '' OR coalesce(g.mapped ->> 'study_year', '') IN ('', p.study_year))),
marks AS MATERIALIZED (
  SELECT o.id, o.kind, o.stream, o.external_id, m.*, coalesce(k.access = 'restricted', false) AS hidden
    FROM mine o CROSS JOIN p
   CROSS JOIN LATERAL jsonb_to_record(o.mapped)
         AS m(learner text, subject text, "group" text, period text, teacher text, value text, scale text,
              result_kind text, final_kind text, title text, held_on date, graded_on date, decided_on date,
              lesson_on date, lesson_number text, status text, comment text)
    LEFT JOIN results r ON r.institution_id = o.institution_id AND r.id = o.entity_id
    LEFT JOIN result_kinds k ON k.institution_id = r.institution_id AND k.id = r.kind_id
   WHERE o.kind IN ('results', 'final_results', 'attendance') AND o.gone_at IS NULL AND o.forgotten_at IS NULL
     AND (m.period IN (SELECT external_id FROM mine WHERE kind = 'study_periods' AND entity_id = '{period}')
          OR m.period IS NULL
             AND coalesce(m.held_on, m.lesson_on, m.decided_on, m.graded_on) BETWEEN p.starts_on AND p.ends_on))
"""
_EVERY: Final = "SELECT * FROM ({parts}) AS every (part, cells)"
_PIECES: Final = {
    "learners": _OBJECTS.replace("{name}", _PERSON).replace("{kind}", "learners"),
    "staff": _OBJECTS.replace("{name}", _PERSON).replace("{kind}", "staff"),
    "groups": _OBJECTS.replace("{name}", "mapped ->> 'name'").replace("{kind}", "groups"),
    "subjects": _OBJECTS.replace("{name}", "mapped ->> 'name'").replace("{kind}", "subjects"),
    "from_results": _FROM.replace("{kind}", "results"),
    "from_final_results": _FROM.replace("{kind}", "final_results"),
    "from_attendance": _FROM.replace("{kind}", "attendance"),
    "places": _PLACES,
    "order": _ORDER,
}


def _query(institution_id: UUID, connection_id: UUID, period_id: UUID) -> str:
    parts = ["(" + text.replace("{part}", str(number)) + ")" for number, text in enumerate(_PARTS)]
    query = (_WITH + _EVERY).replace("{parts}", " UNION ALL ".join(parts))
    # A cursor takes no parameters; identifiers need no quoting.
    who = {"institution": institution_id, "connection": connection_id, "period": period_id}
    for name, piece in (_PIECES | {name: str(UUID(int=each.int)) for name, each in who.items()}).items():
        query = query.replace("{" + name + "}", piece)
    return query


async def read_period(work: Work, connection_id: UUID, period_id: UUID) -> AsyncIterator[list[Row]]:
    """Yield what the records of a connection say of a period, some rows at a time, in order."""
    await work.run("SET LOCAL cursor_tuple_fraction = 1")
    query = _query(work.scope.institution_id, connection_id, period_id)
    await work.run(f"DECLARE rows_of_period NO SCROLL CURSOR FOR {query}")
    while rows := await work.rows(f"FETCH {TOGETHER} FROM rows_of_period"):
        yield [(row["part"], row["cells"]) for row in rows]
    await work.run("CLOSE rows_of_period")
