"""What people say of proposals: who is meant, that it is somebody new, and that a decision was wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from core.imports.errors import DecisionNotUndoable, NoSuchCandidate, PersonDestroyed, ProposalDecided
from core.imports.models import Mode, PersonProposal
from core.imports.plans import Change, Plan, Setting
from core.imports.records import Item, Reader
from core.imports.redirecting import Person, redirect, restore_filled
from core.imports.runs import WantedRun, open_run_of, start_run
from core.imports.services import ImportServices, as_it_is
from core.imports.storing import store
from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.kernel.ids import new_id
from core.origins.conflicts import current_fields
from core.origins.forgetting import destroyed_among, is_stub
from core.origins.writing import Incoming, Writer
from core.sdk.connectors import EntityKind

_LOCK: Final = """
SELECT external_id, mapped::text AS mapped, raw::text AS raw, source_updated_at FROM import_proposals
 WHERE institution_id = $1 AND id = $2 AND state = 'open' FOR UPDATE
"""
_SAID: Final = """
SELECT external_id, mapped::text AS mapped, raw::text AS raw, source_updated_at FROM origins
 WHERE institution_id = $1 AND connection_id = $2 AND kind = $3 AND external_id = $4 AND entity_id = $5
   AND forgotten_at IS NULL
 ORDER BY id LIMIT 1
"""
_DECIDE: Final = """
UPDATE import_proposals SET state = $3, entity_id = $4, decided_by = $5, decided_at = $6, revision = revision + 1
 WHERE institution_id = $1 AND id = $2 AND state = 'open'
"""
_UNDO: Final = """
UPDATE import_proposals SET undone_by = $3, undone_at = $4, revision = revision + 1
 WHERE institution_id = $1 AND id = $2 AND state IN ('confirmed', 'new') AND undone_at IS NULL
"""
_REJECT: Final = """
INSERT INTO import_rejections (institution_id, connection_id, kind, external_id, entity_id, rejected_by, rejected_at)
SELECT $1, $2, $3, $4, e, $6, $7 FROM unnest($5::uuid[]) AS e ON CONFLICT DO NOTHING
"""
_ACCEPT: Final = """
DELETE FROM import_rejections
 WHERE institution_id = $1 AND connection_id = $2 AND kind = $3 AND external_id = $4 AND entity_id = $5
"""
_WAITING: Final = """
SELECT id FROM import_letters
 WHERE institution_id = $1 AND connection_id = $2 AND state = 'open' AND mapped IS NOT NULL
   AND missing ->> 'kind' = $3 AND missing ->> 'external_id' = $4
"""
_FILED: Final = """
SELECT f.document_id FROM import_files f JOIN origins o ON o.institution_id = $1 AND o.entity_id = f.id
 WHERE f.institution_id = $1 AND o.connection_id = $2 AND f.document_id IS NOT NULL AND o.mapped ->> 'learner' = $3
 ORDER BY f.document_id
"""


@dataclass(frozen=True, slots=True)
class Undone:
    """What undoing a decision did, and what it leaves to people."""

    entity_id: UUID
    """The person of whom the record speaks now."""
    moved: int
    """Records that speak of this person with it."""
    restored: tuple[str, ...]
    """Fields of the other person that say again what they said before."""
    documents_left: tuple[UUID, ...]
    """Documents that were filed meanwhile: a person has to say where they belong."""


async def find_proposal(proposal_id: UUID) -> PersonProposal:
    """Return a proposal of the current institution; raise `NotFound`."""
    found = await PersonProposal.get_or_none(id=proposal_id)
    if found is None:
        raise NotFound
    return found


async def confirm(work: Work, services: ImportServices, proposal: PersonProposal, person_id: UUID) -> PersonProposal:
    """Say that the record speaks of this candidate; what waits for that is read in by a run of its own.

    Raises `ProposalDecided`, `NoSuchCandidate` or `PersonDestroyed`.
    """
    if str(person_id) not in _candidates(proposal):
        raise NoSuchCandidate(person=str(person_id))
    await _require_present(work, person_id)
    return await _decide(work, services, proposal, person_id, made=False)


async def declare_new(work: Work, services: ImportServices, proposal: PersonProposal) -> PersonProposal:
    """Say that no candidate is meant: a new person is made, and none of the pairs is proposed again."""
    await _reject(work, proposal, [UUID(each) for each in _candidates(proposal)])
    return await _decide(work, services, proposal, new_id(), made=True)


async def reject(work: Work, services: ImportServices, proposal: PersonProposal, person_id: UUID) -> PersonProposal:
    """Say that this candidate is not meant; remembered. Without any candidate left a new person is made."""
    if proposal.state != "open":
        raise ProposalDecided(state=proposal.state)
    left = [each for each in proposal.candidates if each["entity_id"] != str(person_id)]
    if len(left) == len(proposal.candidates):
        raise NoSuchCandidate(person=str(person_id))
    await _reject(work, proposal, [person_id])
    if not left:
        return await _decide(work, services, proposal, new_id(), made=True)
    updated = await PersonProposal.filter(id=proposal.id, state="open").update(
        candidates=left, revision=proposal.revision + 1
    )
    if not updated:
        raise ProposalDecided(state="decided")
    said = {"person": str(person_id)}
    work.record("person_proposal.candidate_rejected", "import_proposal", proposal.id, said)
    return await find_proposal(proposal.id)


async def undo(
    work: Work, services: ImportServices, proposal: PersonProposal, *, person_id: UUID | None = None
) -> Undone:
    """Take a decision back: the record, and all that refers to it, speaks of somebody else from now on.

    After a confirmation that is a new person, and the pair is not proposed again; what the record had filled in is
    taken out of the first person's data where nobody has changed it since. After «a new person», `person_id` names who
    is meant; the one that was made stays, marked as gone at the source. Documents that were filed are named, not moved.

    Raises `DecisionNotUndoable`, `NoSuchCandidate` or `PersonDestroyed`.
    """
    if proposal.entity_id is None or proposal.undone_at is not None or is_stub(proposal.external_id):
        raise DecisionNotUndoable(state=proposal.state)
    setting = setting_of(services, proposal)
    person = Person(proposal.connection_id, setting.kind, proposal.external_id, proposal.entity_id)
    restored: tuple[str, ...] = ()
    if proposal.state == "confirmed":
        target = new_id()
        await _reject(work, proposal, [proposal.entity_id])
        restored = await restore_filled(work, setting.writer, person)
        item = await _item_now(work, proposal, setting)
        await setting.writer.create(work, [Incoming(target, setting.writer.columns(item.said))])
    else:
        target = await _existing(work, setting.writer, person_id)
        await work.run(_ACCEPT, [*_key(work, proposal), target])
    moved = await redirect(work, services, person, target, made=proposal.state == "confirmed")
    if proposal.state == "new":
        await setting.writer.mark_gone(work, [proposal.entity_id], work.now)
    if not await work.run(_UNDO, [work.scope.institution_id, proposal.id, work.scope.actor_id, work.now]):
        raise DecisionNotUndoable(state=proposal.state)
    filed = await work.rows(_FILED, [work.scope.institution_id, proposal.connection_id, proposal.external_id])
    undone = Undone(target, moved, restored, tuple(row["document_id"] for row in filed))
    said = {"before": str(proposal.entity_id), "after": str(target), "moved": moved, "restored": list(restored)}
    work.record("person_proposal.undone", "import_proposal", proposal.id, said)
    return undone


async def _existing(work: Work, writer: Writer, person_id: UUID | None) -> UUID:
    if person_id is None or person_id not in await current_fields(work, writer, [person_id]):
        raise NoSuchCandidate(person=str(person_id or ""))
    await _require_present(work, person_id)
    return person_id


async def _require_present(work: Work, person_id: UUID) -> None:
    destroyed = await destroyed_among(work, [person_id])
    if destroyed:
        raise PersonDestroyed(person=str(person_id), act=destroyed[person_id].act.number)


async def _decide(
    work: Work, services: ImportServices, proposal: PersonProposal, entity: UUID, *, made: bool
) -> PersonProposal:
    setting = setting_of(services, proposal)
    item = await _item(work, proposal, setting)
    state = "new" if made else "confirmed"
    values = [work.scope.institution_id, proposal.id, state, entity, work.scope.actor_id, work.now]
    if not await work.run(_DECIDE, values):
        raise ProposalDecided(state=(await find_proposal(proposal.id)).state)
    change = Change(item, entity, setting.writer.columns(item.said), made=made)
    plan = Plan(new=[change]) if made else Plan(matched=[change])
    await store(work, setting, plan)
    said = {"person": str(entity)}
    work.record(f"person_proposal.{state}", "import_proposal", proposal.id, said)
    await _read_waiting(work, services, proposal)
    return await find_proposal(proposal.id)


async def _item_now(work: Work, proposal: PersonProposal, setting: Setting) -> Item:
    """Return what the record of a decided proposal says now: what it said then is not kept for good."""
    rows = await work.rows(_SAID, [*_key(work, proposal), proposal.entity_id])
    if not rows:
        raise DecisionNotUndoable(state=proposal.state)
    return setting.reader.again(rows[0])


async def _item(work: Work, proposal: PersonProposal, setting: Setting) -> Item:
    rows = await work.rows(_LOCK, [work.scope.institution_id, proposal.id])
    if not rows:
        raise ProposalDecided(state=(await find_proposal(proposal.id)).state)
    return setting.reader.again(rows[0])


async def _read_waiting(work: Work, services: ImportServices, proposal: PersonProposal) -> None:
    """Have what waits for this person read in; a run that works already does it at the end of its streams."""
    rows = await work.rows(_WAITING, [*_key(work, proposal)])
    if rows and await open_run_of(proposal.connection_id) is None:
        letters = [row["id"] for row in rows]
        wanted = WantedRun(connection_id=proposal.connection_id, mode=Mode.RETRY, letters=letters)
        await start_run(work, services.connections, wanted)


async def _reject(work: Work, proposal: PersonProposal, people: list[UUID]) -> None:
    await work.run(_REJECT, [*_key(work, proposal), people, work.scope.actor_id, work.now])


def _key(work: Work, proposal: PersonProposal) -> list[Any]:
    return [work.scope.institution_id, proposal.connection_id, proposal.kind, proposal.external_id]


def _candidates(proposal: PersonProposal) -> list[str]:
    return [str(each["entity_id"]) for each in proposal.candidates]


def setting_of(services: ImportServices, proposal: PersonProposal) -> Setting:
    """Return where the record of a proposal comes from; raise `NotFound` if the registry takes its kind no longer."""
    kind = EntityKind(proposal.kind)
    writers: Mapping[EntityKind, Writer] = services.writers
    if kind not in writers:
        raise NotFound
    return Setting(
        connection_id=proposal.connection_id,
        run_id=proposal.run_id,
        stream=proposal.stream,
        partition=proposal.partition,
        kind=kind,
        writer=writers[kind],
        reader=Reader(kind, as_it_is),
        connections=services.connections,
    )
