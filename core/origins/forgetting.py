"""Records and people whose data were lawfully destroyed: known as stubs, never brought back unasked."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from core.kernel.database.work import Work
from core.kernel.ids import new_id

_STUB: Final = "stub:"
# With a file of his or her own that somebody opened since, a person is here again.
_DESTROYED: Final = """
SELECT DISTINCT ON (f.person_id) f.person_id, f.act::text AS act, f.destroyed_at,
       EXISTS (SELECT FROM ended_people e WHERE e.institution_id = $1 AND e.person_id = f.person_id
                  AND e.ended_at IS NOT NULL) AS ended
  FROM forgotten_people f
 WHERE f.institution_id = $1 AND f.person_id = ANY ($2::uuid[])
   AND NOT EXISTS (SELECT FROM personal_files p WHERE p.institution_id = $1 AND p.person_id = f.person_id
                      AND p.destruction_began_at IS NULL)
 ORDER BY f.person_id, f.destroyed_at DESC
"""
_NOTE: Final = """
INSERT INTO forgotten_people (id, institution_id, person_id, act, destroyed_at)
SELECT g.id, $1, g.person_id, $2::jsonb, $3 FROM unnest($4::uuid[], $5::uuid[]) AS g(id, person_id)
ON CONFLICT ON CONSTRAINT forgotten_people_once DO NOTHING
"""
_GATE: Final = "CALL pass_gate_of_holds($1)"
_FORGET: Final = """
UPDATE forgotten_people f SET forgotten_at = $2
 WHERE f.institution_id = $1 AND f.forgotten_at IS NULL AND ($3::uuid[] IS NULL OR f.person_id = ANY ($3))
   AND NOT EXISTS (SELECT FROM holds_over_copies($1, f.person_id))
   AND NOT EXISTS (SELECT FROM personal_files p WHERE p.institution_id = $1 AND p.person_id = f.person_id
                      AND p.destruction_began_at IS NULL)
RETURNING f.person_id, f.act ->> 'id' AS act
"""

_LATE: Final = "SELECT forget_late_copies($1, $2, $3)"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingAct:
    """The disposal act with which something ended."""

    id: UUID
    number: str
    date: date

    def as_json(self) -> dict[str, str]:
        """Return what stands in its rows."""
        return {"id": str(self.id), "number": self.number, "date": self.date.isoformat()}

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> "EndingAct":
        """Read `as_json` back."""
        return cls(id=UUID(said["id"]), number=said["number"], date=date.fromisoformat(said["date"]))


@dataclass(frozen=True, slots=True)
class Destroyed:
    """That the last file of a person was destroyed."""

    act: EndingAct
    at: datetime
    ended: bool
    """Whether the card ended too: whoever comes back has got another one."""


def stub_key(connection_id: UUID, external_id: str) -> str:
    """Return what stands in a stub for an external id, as `stub_key` of the database does."""
    digest = hashlib.sha256(f"{connection_id}/{external_id}".encode(errors="replace")).hexdigest()
    return _STUB + digest


def is_stub(external_id: str) -> bool:
    """Whether it stands for an external id of what was destroyed."""
    return external_id.startswith(_STUB)


async def note_destroyed(work: Work, people: Collection[UUID], act: EndingAct) -> None:
    """Note that the last files of these people were destroyed; what imports keep of them goes with `forget_copies`."""
    ids = [new_id() for _ in people]
    said = json.dumps(act.as_json(), ensure_ascii=False)
    await work.run(_NOTE, [work.scope.institution_id, said, work.now, ids, list(people)])


async def forget_copies(work: Work, people: Collection[UUID] | None = None) -> int:
    """End what imports keep of people whose last file was destroyed, of these or of all; return of how many.

    Whom a hold covers waits for its end, and so does who has a new file. The features above hang their tables on the
    row that this changes; a trigger of the database looks for holds again.
    """
    institution = work.scope.institution_id
    await work.run(_GATE, [institution])
    rows = await work.rows(_FORGET, [institution, work.now, None if people is None else list(people)])
    for row in rows:
        work.record("import_copies.destroyed", "person", row["person_id"], {"act": row["act"]})
    return len(rows)


async def forget_late(work: Work, since: datetime) -> None:
    """End what runs have brought of people at the moment in which these were forgotten, no earlier than `since`."""
    await work.rows(_LATE, [work.scope.institution_id, since, work.now])


async def destroyed_among(work: Work, people: Collection[UUID]) -> dict[UUID, Destroyed]:
    """Return those of these people whose last file was destroyed and who have no new one."""
    if not people:
        return {}
    rows = await work.rows(_DESTROYED, [work.scope.institution_id, list(people)])
    return {
        row["person_id"]: Destroyed(EndingAct.from_json(json.loads(row["act"])), row["destroyed_at"], row["ended"])
        for row in rows
    }
