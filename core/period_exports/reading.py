"""Reading what the platform said of a period: one statement, so that every table is of the same moment.

Rows come in the order of the tables and, within one, byte by byte in the order of their keys. What a source said is
taken from its records (`origins`), not from the registry, where people may have corrected it. They come as lines of
COPY, which cost PostgreSQL and this process a fraction of what rows of a cursor do.
"""

import re
from collections.abc import Awaitable, Callable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Final
from uuid import UUID

from core.kernel.database.work import Work
from core.period_exports.tables import TABLES

RAW: Final = len(TABLES)
"""Part of the raw answers: stream, external id, JSON."""
LEFT_OUT: Final = RAW + 1
"""Part with one row: how many results of restricted kinds were left out."""
WIDTHS: Final = (*(len(table.columns) for table in TABLES), 3, 1)
"""Cells of a row, by part."""
WIDEST: Final = max(WIDTHS)
"""Up to which lines are filled with empty cells."""
Take = Callable[[bytes], Awaitable[None]]
"""Takes whole lines, and returns when there is room for more."""

_ESCAPED: Final = re.compile(r"\\(.)")
_MEANT: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_PIECE: Final = 1 << 20
"""Bytes of lines that are taken together."""
_MANNER: Final = (
    # For the whole reading, which writes as it reads; other statements end after a minute.
    "SET LOCAL statement_timeout = '30min'",
    # What several processes read comes in any order.
    "SET LOCAL max_parallel_workers_per_gather = 0",
    # The planner cannot know how many records a period has: it would look each raw answer up by itself.
    "SET LOCAL enable_nestloop = off",
    "SET LOCAL work_mem = '32MB'",
    "SET LOCAL jit = off",
)
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
    """SELECT {part}, stream, external_id, name, mapped ->> 'group_kind', mapped ->> 'study_year',
       mapped ->> 'level', mapped ->> 'programme'{filling} FROM g
 WHERE external_id IN (SELECT code FROM named WHERE kind = 'groups') {order}""",
    """SELECT {part}, stream, external_id, name, mapped ->> 'birth_date', mapped ->> 'number'{filling} FROM l
 WHERE external_id IN (SELECT code FROM named WHERE kind = 'learners') {order}""",
    """SELECT {part}, e.stream, e.external_id, e.learner, l.name, e."group", g.name, e.starts_on::text,
       e.ends_on::text{filling} FROM enrolled e LEFT JOIN l ON l.external_id = e.learner
  LEFT JOIN g ON g.external_id = e."group" ORDER BY e.stream COLLATE "C", e.external_id COLLATE "C" """,
    """SELECT {part}, stream, external_id, name, mapped ->> 'code', mapped ->> 'area'{filling} FROM s
 WHERE external_id IN (SELECT code FROM named WHERE kind = 'subjects') {order}""",
    """SELECT {part}, {places}, m.result_kind, m.title, m.held_on::text, m.graded_on::text, m.value,
       m.scale, t.name, m.comment{filling} {from_results}""",
    """SELECT {part}, {places}, m.final_kind, m.decided_on::text, m.value, m.scale, m.comment{filling}
       {from_final_results}""",
    """SELECT {part}, {places}, m.lesson_on::text, m.lesson_number, m.status, m.comment{filling}
       {from_attendance}""",
    """SELECT {part}, stream, external_id, raw::text{filling} FROM mine
 WHERE id IN (
   SELECT id FROM marks WHERE NOT hidden UNION ALL SELECT id FROM enrolled
   UNION ALL SELECT id FROM g WHERE external_id IN (SELECT code FROM named WHERE kind = 'groups')
   UNION ALL SELECT id FROM l WHERE external_id IN (SELECT code FROM named WHERE kind = 'learners')
   UNION ALL SELECT id FROM s WHERE external_id IN (SELECT code FROM named WHERE kind = 'subjects')
   UNION ALL SELECT id FROM mine WHERE kind = 'study_periods' AND entity_id = '{period}') {order}""",
    "SELECT {part}, count(*)::text{filling} FROM marks WHERE hidden",
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
             AND coalesce(m.held_on, m.lesson_on, m.decided_on, m.graded_on) BETWEEN p.starts_on AND p.ends_on)),
named AS MATERIALIZED (
  SELECT DISTINCT n.kind, n.code
    FROM (SELECT "group", learner, NULL AS subject FROM enrolled
          UNION ALL SELECT DISTINCT "group", learner, subject FROM marks WHERE NOT hidden) AS every
   CROSS JOIN LATERAL (VALUES ('groups', "group"), ('learners', learner), ('subjects', subject)) AS n (kind, code))
"""
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
    parts = [
        "(" + text.replace("{part}", str(number)).replace("{filling}", ", NULL" * (WIDEST - width)) + ")"
        for number, (text, width) in enumerate(zip(_PARTS, WIDTHS, strict=True))
    ]
    query = _WITH + " UNION ALL ".join(parts)
    # COPY takes no parameters; identifiers need no quoting.
    who = {"institution": institution_id, "connection": connection_id, "period": period_id}
    for name, piece in (_PIECES | {name: str(UUID(int=each.int)) for name, each in who.items()}).items():
        query = query.replace("{" + name + "}", piece)
    return query


async def read_period(work: Work, connection_id: UUID, period_id: UUID, take: Take) -> None:
    """Hand what the records of a connection say of a period to `take`, some lines at a time, in order."""
    for statement in _MANNER:
        await work.run(statement)
    waiting = bytearray()

    async def collect(content: bytes) -> None:
        waiting.extend(content)
        if len(waiting) >= _PIECE:
            end = waiting.rfind(b"\n") + 1
            lines = bytes(waiting[:end])
            del waiting[:end]
            await take(lines)

    query = _query(work.scope.institution_id, connection_id, period_id)
    async with work.connection.acquire_connection() as connection:
        await connection.copy_from_query(query, output=collect, format="text", null="", encoding="utf8")
    await take(bytes(waiting))


def runs_of(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield lines that follow each other and are of one part: its number, and the lines without their ends."""
    lines = content.decode().split("\n")
    lines.pop()
    for part, run in groupby(lines, itemgetter(0)):
        yield int(part), list(run)


def cells_of(line: str, width: int) -> list[str]:
    """Return the first cells of a line, without the number of its part."""
    cells = line.split("\t", width + 1)[1 : width + 1]
    return [_ESCAPED.sub(_meant, cell) for cell in cells] if "\\" in line else cells


def _meant(found: re.Match[str]) -> str:
    return _MEANT.get(found[1], found[1])
