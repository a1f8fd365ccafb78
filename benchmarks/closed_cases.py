"""An institution full of closed cases, written straight into an embedded PostgreSQL."""

import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import asyncpg

from core.bootstrap.parts import APPS
from core.kernel.database.connection import Database
from core.kernel.database.embedded import EmbeddedPostgres
from core.kernel.database.migrate import migrate
from core.kernel.ids import new_id
from core.kernel.scope import ActorKind, Scope
from core.nomenclature.term_reading import RuleCells, read_term

TODAY = date(2026, 2, 20)
YEAR = 2020
AUTHOR, MEMBER, HEAD = new_id(), new_id(), new_id()

_INSTITUTION = """
INSERT INTO institutions (id, name, short_name, time_zone, created_at) VALUES ($1, 'К', 'К', 'Europe/Moscow', now())
"""
_NOMENCLATURE = (
    "INSERT INTO nomenclatures (id, institution_id, year, created_by, created_at) VALUES ($1, $2, $3, $4, now())"
)
_VERSION = """
INSERT INTO nomenclature_versions (id, institution_id, nomenclature_id, ordinal, year, effective_on, state, authors,
  created_at)
VALUES ($1, $2, $1, 1, $3, make_date($3, 1, 1), 'draft', ARRAY[$4::uuid], now())
"""
_SECTION = """
INSERT INTO nomenclature_sections (id, institution_id, version_id, position, code, title)
VALUES ($1, $2, $1, 1, '01', 'Канцелярия')
"""
_RULE = """
INSERT INTO rule_versions (id, institution_id, root_id, sequence, origin, lineage_id, term, footnote, article, status,
  reading, created_by, created_at)
VALUES ($1, $2, $1, 1, 'nomenclature', $1, '1 год', '', 'ст. 1', 'understood', $3, $4, now())
"""
_CLASS = """
INSERT INTO record_classes (id, institution_id, version_id, section_id, place, lineage_id, class_index, title, term,
  article, rule_root_id, created_at)
VALUES ($1, $2, $1, $1, 1, $1, '01-01', 'Переписка', '1 год', 'ст. 1', $1, now())
"""
_IN_FORCE = (
    "UPDATE nomenclature_versions SET state = 'submitted', submitted_by = $2, submitted_at = now() WHERE id = $1",
    (
        "UPDATE nomenclature_versions SET state = 'agreed', minutes_date = effective_on, minutes_number = '1',"
        " minutes_members = '{А}', agreed_by = $2, agreed_at = now() WHERE id = $1"
    ),
    (
        "UPDATE nomenclature_versions SET state = 'approved', approved_on = effective_on, approved_by = $2,"
        " approved_at = now() WHERE id = $1"
    ),
)
_CASES = """
INSERT INTO cases (id, institution_id, version_id, class_id, lineage_id, rule_root_id, class_index, title, year, state,
  paper_fate, electronic_fate, opened_on, last_document_on, closed_on, rule_id, outcome, earliest_act_date, kept_until,
  explanation, computed_on, created_by, created_at)
SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, $1, $2, $2, $2, $2, '01-01',
       'Переписка ' || n, y.year, CASE WHEN n <= $4 THEN 'expired' ELSE 'retained' END, 'none', 'kept',
       make_date(y.year, 1, 9), make_date(y.year, 12, 1), make_date(y.year, 12, 1 + n % 28), $2,
       CASE WHEN n <= $4 THEN 'due' ELSE 'retained' END,
       CASE WHEN n <= $4 THEN make_date($3 + 2, 1, 1) ELSE make_date(2027 + n % 40, 1, 1) END,
       CASE WHEN n <= $4 THEN make_date($3 + 1, 12, 31) ELSE make_date(2026 + n % 40, 12, 31) END,
       $6, make_date($3 + 1, 1, 1), $5, now()
  FROM generate_series(1, $7::integer) AS n, LATERAL (SELECT $3 - CASE WHEN n <= $4 THEN 0 ELSE n % 40 END) AS y(year)
"""
_DOCUMENTS = """
INSERT INTO documents (id, institution_id, personal_file_id, case_id, kind, state, title, number, uploaded_by,
  created_at)
SELECT gen_random_uuid(), institution_id, $2, id, 'other', 'filed', 'Документ', '1', $3, now()
  FROM cases WHERE institution_id = $1 AND state = 'expired'
"""
_VERSIONS = """
INSERT INTO document_versions (id, institution_id, document_id, ordinal, holder_id, object_key, storage_version_id,
  sha256, size, state, verdict, media_type, file_name, findings, facts, proposal, uploaded_by, uploaded_at)
SELECT gen_random_uuid(), institution_id, id, 1, personal_file_id, 'bench/' || id, 'v', sha256(id::text::bytea), 1,
       'kept', 'accepted', 'application/pdf', 'scan.pdf', '[]', '{}', '{}', uploaded_by, created_at
  FROM documents WHERE institution_id = $1
"""
_PERSON = """
INSERT INTO people (id, institution_id, family_name, given_name, sort_key, created_at)
VALUES ($1, $2, 'Образцова', 'Вера', 'образцова вера', now())
"""
_PERSONAL_FILE = """
INSERT INTO personal_files (id, institution_id, person_id, number, opened_on, created_at)
VALUES ($1, $2, $1, '1', '2020-01-09', now())
"""
_INVENTORIES = """
INSERT INTO inventories (id, institution_id, category, first_year, last_year, empty, state, number, minutes_date,
  minutes_number, approved_on, approved_by, approved_at, author_id, created_at)
SELECT gen_random_uuid(), $1, c, $2, $2, true, 'approved', 'оп. ' || c, make_date(2026, 1, 12), '1',
       make_date(2026, 1, 12), $3, now(), $4, now() FROM unnest(ARRAY['permanent', 'personnel', 'long_term']) AS c
"""
_POLICY = """
INSERT INTO retention_policies (id, institution_id, source_of_acquisition, permanent_without_source, need_floor_years,
  after_open_end, basis, decided_by, decided_at)
VALUES ($1, $2, false, 'until_liquidation', 1, 'next_january', 'пр.', $3, now())
"""


def now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Archive:
    """An institution, the database as the service sees it, and as its owner does."""

    institution: UUID
    database: Database
    owner: asyncpg.Connection

    def scope(self, actor: UUID) -> Scope:
        return Scope(institution_id=self.institution, actor_kind=ActorKind.PERSON, actor_id=actor, source="benchmark")


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="deloteka-benchmark-"))
    # PostgreSQL's own account must be able to pass through.
    folder.chmod(0o711)
    return folder


@asynccontextmanager
async def archive(cases: int, due: int) -> AsyncIterator[Archive]:
    """Fill an embedded PostgreSQL with closed cases of one class; `due` of them are due and hold a document each."""
    folder = _folder()
    server = EmbeddedPostgres(folder / "postgresql")
    try:
        await server.start()
        await migrate(server.owner_url, server.app_url, apps=APPS)
        database = Database(server.app_url, apps=APPS, clock=now)
        await database.open()
        owner = await asyncpg.connect(server.owner_url)
        place = Archive(new_id(), database, owner)
        await _fill(place, cases, due)
        yield place
        await owner.close()
        await database.close()
    finally:
        await server.stop()
        shutil.rmtree(folder)


async def _fill(place: Archive, cases: int, due: int) -> None:
    run, institution, row = place.owner.execute, place.institution, new_id()
    await run(_INSTITUTION, institution)
    await run(_NOMENCLATURE, row, institution, YEAR, AUTHOR)
    await run(_VERSION, row, institution, YEAR, AUTHOR)
    await run(_SECTION, row, institution)
    reading = json.dumps(read_term(RuleCells(term="1 год", article="ст. 1")).content)
    await run(_RULE, row, institution, reading, AUTHOR)
    await run(_CLASS, row, institution)
    for statement, person in zip(_IN_FORCE, (AUTHOR, MEMBER, HEAD), strict=True):
        await run(statement, row, person)
    await run(_POLICY, new_id(), institution, HEAD)
    await run(_INVENTORIES, institution, YEAR, HEAD, AUTHOR)
    # As long as that of a case with a plain term is.
    said = json.dumps({"reasons": [{"code": "x" * 20, "message": "y" * 100, "facts": {"day": "2020-12-25"}}] * 6})
    await run(_CASES, institution, row, YEAR, due, AUTHOR, said, cases)
    person = new_id()
    await run(_PERSON, person, institution)
    await run(_PERSONAL_FILE, person, institution)
    await run(_DOCUMENTS, institution, person, AUTHOR)
    await run(_VERSIONS, institution)
    await run("ANALYZE")
