"""Looking nomenclatures up: by id, and by the day on which they are in force."""

from datetime import date
from uuid import UUID

from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.nomenclature.models import Nomenclature, NomenclatureVersion, RecordClass, Section

_IN_FORCE = """
SELECT id FROM nomenclature_versions
 WHERE institution_id = $1 AND year = $2 AND state = 'approved' AND effective_on <= $3
 ORDER BY effective_on DESC, ordinal DESC LIMIT 1
"""


async def find_nomenclature(nomenclature_id: UUID) -> Nomenclature:
    """Return a nomenclature of the current institution; raise `NotFound`."""
    found = await Nomenclature.get_or_none(id=nomenclature_id)
    if found is None:
        raise NotFound
    return found


async def find_version(version_id: UUID) -> NomenclatureVersion:
    """Return a version of a nomenclature of the current institution; raise `NotFound`."""
    found = await NomenclatureVersion.get_or_none(id=version_id)
    if found is None:
        raise NotFound
    return found


async def find_section(section_id: UUID) -> Section:
    """Return a section; raise `NotFound`."""
    found = await Section.get_or_none(id=section_id)
    if found is None:
        raise NotFound
    return found


async def find_class(class_id: UUID) -> RecordClass:
    """Return a row of a nomenclature; raise `NotFound`."""
    found = await RecordClass.get_or_none(id=class_id)
    if found is None:
        raise NotFound
    return found


async def version_in_force(work: Work, day: date) -> UUID | None:
    """Return the version that is in force on `day`: the latest approved one of its year that has taken effect."""
    rows = await work.rows(_IN_FORCE, [work.scope.institution_id, day.year, day])
    return rows[0]["id"] if rows else None


async def former_index(work: Work, lineage_id: UUID, version: NomenclatureVersion) -> str | None:
    """Return the index under which a class stands in the latest approved version before this one, if it does."""
    rows = await work.rows(
        "SELECT c.class_index FROM record_classes c JOIN nomenclature_versions v"
        " ON v.institution_id = c.institution_id AND v.id = c.version_id"
        " WHERE c.institution_id = $1 AND c.lineage_id = $2 AND v.id <> $3 AND v.state = 'approved'"
        " ORDER BY v.effective_on DESC, v.ordinal DESC LIMIT 1",
        [work.scope.institution_id, lineage_id, version.id],
    )
    return str(rows[0]["class_index"]) if rows else None
