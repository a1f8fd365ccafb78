"""Making a nomenclature: empty, or from that of another year; amending one that is approved."""

from datetime import date
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import StaleState
from core.kernel.ids import INSTALLATION, new_id
from core.nomenclature.errors import DraftExists, ImpossibleEffectiveDate, NomenclatureExists, NotADraft
from core.nomenclature.finding import find_version
from core.nomenclature.models import Nomenclature, NomenclatureVersion
from core.nomenclature.rows import copied_sections, insert_sections

_CREATE = """
INSERT INTO nomenclatures (id, institution_id, year, created_by, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING RETURNING id
"""
_TOUCH = """
UPDATE nomenclature_versions SET revision = revision + 1,
  authors = CASE WHEN $3 = ANY (authors) THEN authors ELSE authors || $3::uuid END
 WHERE institution_id = $1 AND id = $2 AND state = 'draft'
"""
_LATEST = """
SELECT id, effective_on, ordinal FROM nomenclature_versions
 WHERE institution_id = $1 AND nomenclature_id = $2 AND state = 'approved'
 ORDER BY effective_on DESC, ordinal DESC LIMIT 1
"""
_NEXT = "SELECT max(ordinal) + 1 AS next FROM nomenclature_versions WHERE institution_id = $1 AND nomenclature_id = $2"


def actor(work: Work) -> UUID:
    """Return who works; the installation itself where nobody does."""
    return work.scope.actor_id or INSTALLATION


async def create_nomenclature(work: Work, year: int, *, copy_from: UUID | None = None) -> NomenclatureVersion:
    """Begin the nomenclature of a year with its first draft, empty or with all rows of another version.

    Copied classes keep index, rule and identity. Raises `NomenclatureExists`, or `NotFound` for the other version.
    """
    source = None if copy_from is None else await find_version(copy_from)
    values = [new_id(), work.scope.institution_id, year, actor(work), work.now]
    if not await work.rows(_CREATE, values):
        existing = await Nomenclature.get(year=year)
        raise NomenclatureExists(nomenclature=str(existing.id), address=f"/api/v1/nomenclatures/{existing.id}")
    version = await NomenclatureVersion.create(
        nomenclature_id=values[0],
        ordinal=1,
        year=year,
        effective_on=date(year, 1, 1),
        state="draft",
        based_on_id=None if source is None else source.id,
        authors=[actor(work)],
        created_at=work.now,
    )
    rows = 0 if source is None else await insert_sections(work, version, await copied_sections(source.id))
    facts = {"year": year, "version": str(version.id), "copied_from": str(copy_from or ""), "rows": rows}
    work.record("nomenclature.created", "nomenclature", version.nomenclature_id, facts)
    return version


async def amend(work: Work, nomenclature: Nomenclature, effective_on: date, note: str) -> NomenclatureVersion:
    """Begin a new version of an approved nomenclature, with all its rows, that takes effect on a day of its year.

    Raises `NotADraft` when nothing is approved yet, `DraftExists`, `ImpossibleEffectiveDate`.
    """
    keys = [work.scope.institution_id, nomenclature.id]
    latest = await work.rows(_LATEST, keys)
    if not latest:
        await _refuse_second_draft(nomenclature)
        raise NotADraft(state="absent")
    earliest, last_day = latest[0]["effective_on"], date(nomenclature.year, 12, 31)
    if not earliest <= effective_on <= last_day:
        raise ImpossibleEffectiveDate(earliest=earliest.isoformat(), latest=last_day.isoformat())
    await _refuse_second_draft(nomenclature)
    ordinal = (await work.rows(_NEXT, keys))[0]["next"]
    try:
        version = await NomenclatureVersion.create(
            nomenclature_id=nomenclature.id,
            ordinal=ordinal,
            year=nomenclature.year,
            effective_on=effective_on,
            state="draft",
            based_on_id=latest[0]["id"],
            note=note,
            authors=[actor(work)],
            created_at=work.now,
        )
    except IntegrityError as error:
        if violated_constraint(error).startswith("nomenclature_versions_"):
            raise StaleState from error
        raise
    rows = await insert_sections(work, version, await copied_sections(latest[0]["id"]))
    facts = {"version": str(version.id), "ordinal": ordinal, "effective_on": effective_on.isoformat(), "rows": rows}
    work.record("nomenclature.amended", "nomenclature", nomenclature.id, facts)
    return version


async def _refuse_second_draft(nomenclature: Nomenclature) -> None:
    open_one = await NomenclatureVersion.get_or_none(
        nomenclature_id=nomenclature.id, state__in=["draft", "submitted", "agreed"]
    )
    if open_one is not None:
        raise DraftExists(version=str(open_one.id), address=f"/api/v1/nomenclature-versions/{open_one.id}")


async def touch(work: Work, version: NomenclatureVersion) -> None:
    """Lock a draft for a change by whoever works, who is one of its authors from then on; raise `NotADraft`."""
    if not await work.run(_TOUCH, [work.scope.institution_id, version.id, actor(work)]):
        raise NotADraft(state=(await find_version(version.id)).state)
