"""Holds: always placeable, binding from the commit; lifted by another person, for good.

Whoever ends a record asks `holds_over…` after `pass_gate`; see `migrations/0002_holds.sql`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from core.cases.errors import HoldStepRefused, NothingToHold
from core.cases.models import Hold, HoldTarget
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.kernel.ids import new_id
from core.nomenclature.drafting import actor
from core.nomenclature.models import RecordClass
from retention.errors import TransitionRefused
from retention.holds import HOLD, HOLD_ENDED, LIFT, HoldFacts, HoldState
from retention.transitions import Actor, Asking, Role

HOLD_MARKS_JOB: Final = "hold.mark_in_storage"
"""Sets or lifts the legal holds in storage that belong to a hold; the feature of documents registers its handler."""

_TOGETHER: Final = "CALL pass_gate_of_holds($1)"
_ALONE: Final = "CALL close_gate_of_holds($1)"
_OVER: Final = "SELECT h AS id FROM holds_over_case($1, $2) AS h ORDER BY h"
_CASES: Final = """
SELECT id FROM cases WHERE institution_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR KEY SHARE
"""
_PEOPLE: Final = """
SELECT id FROM people WHERE institution_id = $1 AND id = ANY ($2::uuid[]) ORDER BY id FOR KEY SHARE
"""
_LIFT: Final = """
UPDATE holds SET state = 'lifted', lifted_by = $3, lifted_at = $4, lift_reason = $5, lift_document = $6,
  revision = revision + 1
 WHERE institution_id = $1 AND id = $2 AND state = 'active' AND revision = $7
"""
_ADD: Final = """
INSERT INTO hold_targets (id, institution_id, hold_id, case_id, person_id, lineage_id, reason, added_by, added_at)
SELECT n.id, $1, $2, n.case_id, n.person_id, n.lineage_id, $3, $4, $5
  FROM unnest($6::uuid[], $7::uuid[], $8::uuid[], $9::uuid[]) AS n(id, case_id, person_id, lineage_id)
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What a hold names."""

    case_ids: Sequence[UUID] = ()
    person_ids: Sequence[UUID] = ()
    class_ids: Sequence[UUID] = ()
    """Rows of any nomenclature; the class is meant, through all years."""
    whole_institution: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing is named."""
        return not (self.case_ids or self.person_ids or self.class_ids or self.whole_institution)


async def pass_gate(work: Work) -> None:
    """Let no hold be placed until the end of this transaction; to be called before anything is looked up of holds.

    Call it after the rows that the transaction works on are locked.
    """
    await work.run(_TOGETHER, [work.scope.institution_id])


async def holds_over(work: Work, case_id: UUID) -> list[str]:
    """Return the ids of the active holds that cover a case; ask after `pass_gate` where something ends."""
    return [str(row["id"]) for row in await work.rows(_OVER, [work.scope.institution_id, case_id])]


async def find_hold(hold_id: UUID) -> Hold:
    """Return a hold of the current institution; raise `NotFound`."""
    found = await Hold.get_or_none(id=hold_id)
    if found is None:
        raise NotFound
    return found


async def place_hold(work: Work, targets: Targets, *, reason_kind: str, reason: str, document: str) -> Hold:
    """Suspend destruction of everything the targets cover, from the commit on; storage is told by a job.

    Nothing in the state of a case stands against it. Raises `NotFound` or `NothingToHold`.
    """
    if targets.empty:
        raise NothingToHold
    rows = await _rows_of(work, targets)
    await work.run(_ALONE, [work.scope.institution_id])
    hold = await Hold.create(
        reason_kind=reason_kind,
        reason=reason,
        document=document,
        whole_institution=targets.whole_institution,
        placed_by=actor(work),
        placed_at=work.now,
    )
    await _add(work, hold, rows, reason)
    facts = {"reason_kind": reason_kind, "reason": reason, "document": document, **_named(targets)}
    work.record("hold.placed", "hold", hold.id, facts)
    work.emit("hold.placed", {"hold": str(hold.id)})
    _defer_marks(work, hold)
    return await find_hold(hold.id)


async def extend_hold(work: Work, hold: Hold, targets: Targets, reason: str) -> Hold:
    """Let an active hold name more; raise `HoldStepRefused`, `NotFound`, `NothingToHold` or `StaleState`."""
    if targets.empty or targets.whole_institution:
        raise NothingToHold
    if hold.state != "active":
        raise HoldStepRefused(state=hold.state, step="extend", reasons=[HOLD_ENDED.code], remedies=[HOLD_ENDED.remedy])
    rows = await _rows_of(work, targets)
    await work.run(_ALONE, [work.scope.institution_id])
    changed = await Hold.filter(id=hold.id, revision=hold.revision, state="active").update(revision=hold.revision + 1)
    if changed != 1:
        raise StaleState
    await _add(work, hold, rows, reason)
    work.record("hold.extended", "hold", hold.id, {"reason": reason, **_named(targets)})
    _defer_marks(work, hold)
    return await find_hold(hold.id)


async def lift_hold(work: Work, hold: Hold, *, reason: str, document: str, roles: frozenset[Role]) -> Hold:
    """End a hold that another person placed; there is no way back. Raises `HoldStepRefused` or `StaleState`."""
    facts = HoldFacts(
        reason_given=bool(reason.strip()),
        document_given=bool(document.strip()),
        covers_something=True,
        placed_by=str(hold.placed_by),
    )
    try:
        HOLD.require(HoldState(hold.state), LIFT, facts, Asking(Actor(str(actor(work)), roles)))
    except TransitionRefused as refusal:
        raise HoldStepRefused(
            state=hold.state, step="lift", reasons=list(refusal.reasons), remedies=list(refusal.remedies)
        ) from refusal
    values = [work.scope.institution_id, hold.id, actor(work), work.now, reason, document, hold.revision]
    if await work.run(_LIFT, values) != 1:
        raise StaleState
    work.record("hold.lifted", "hold", hold.id, {"reason": reason, "document": document})
    work.emit("hold.lifted", {"hold": str(hold.id)})
    _defer_marks(work, hold)
    return await find_hold(hold.id)


async def targets_of(holds: Sequence[Hold]) -> dict[UUID, list[HoldTarget]]:
    """Return, by hold, what it names."""
    found: dict[UUID, list[HoldTarget]] = {hold.id: [] for hold in holds}
    for row in await HoldTarget.filter(hold_id__in=list(found)).order_by("id"):
        found[row.hold_id].append(row)
    return found


async def _rows_of(work: Work, targets: Targets) -> list[tuple[UUID | None, UUID | None, UUID | None]]:
    """Return case, person and lineage of each target; raise `NotFound` for what the institution does not have."""
    cases, people, classes = set(targets.case_ids), set(targets.person_ids), set(targets.class_ids)
    lineages = await RecordClass.filter(id__in=list(classes)).values_list("id", "lineage_id")
    # Rows first, then the gate: whoever ends a record takes them in the same order.
    known_cases = await work.rows(_CASES, [work.scope.institution_id, sorted(cases)])
    known_people = await work.rows(_PEOPLE, [work.scope.institution_id, sorted(people)])
    if (len(known_cases), len(known_people), len(lineages)) != (len(cases), len(people), len(classes)):
        raise NotFound
    return [
        *((each, None, None) for each in sorted(cases)),
        *((None, each, None) for each in sorted(people)),
        *((None, None, each) for each in sorted({lineage for _, lineage in lineages})),
    ]


async def _add(
    work: Work, hold: Hold, rows: Sequence[tuple[UUID | None, UUID | None, UUID | None]], reason: str
) -> None:
    named = [[row[column] for row in rows] for column in range(3)]
    values = [work.scope.institution_id, hold.id, reason, actor(work), work.now, [new_id() for _ in rows]]
    await work.run(_ADD, [*values, *named])


def _named(targets: Targets) -> dict[str, object]:
    return {
        "cases": [str(each) for each in targets.case_ids],
        "persons": [str(each) for each in targets.person_ids],
        "record_classes": [str(each) for each in targets.class_ids],
        "whole_institution": targets.whole_institution,
    }


def _defer_marks(work: Work, hold: Hold) -> None:
    work.defer(
        HOLD_MARKS_JOB,
        subject_type="hold",
        subject_id=hold.id,
        arguments={"hold": str(hold.id)},
        lock=f"holds:{work.scope.institution_id}",
    )
