"""Records of what was lawfully destroyed: stubs stay stubs, and of a learner a person decides."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from core.imports.looking_up import ORIGINS_OF_STREAM, ORIGINS_REFERRED_TO
from core.imports.matching import propose
from core.imports.plans import Known, Letter, Plan, Setting
from core.imports.records import Item
from core.kernel.database.work import Work
from core.origins.forgetting import Destroyed, destroyed_among, stub_key
from core.origins.writing import RecordUnfit
from core.sdk.connectors import EntityKind

DESTROYED: Final = "destroyed"
"""Class of the letters about learners whose last file an act has destroyed."""

_STUBS: Final = f"SELECT o.external_id, o.id, o.entity_id, o.last_run_id {ORIGINS_OF_STREAM}"
_STUBS_OF_LEARNERS: Final = f"SELECT o.external_id, o.entity_id {ORIGINS_REFERRED_TO} ORDER BY o.id"
_CARDS: Final = "SELECT id, created_at FROM people WHERE institution_id = $1 AND id = ANY ($2::uuid[])"
_DISMISSED: Final = """
SELECT external_id, max(ended_at) AS at FROM import_letters
 WHERE institution_id = $1 AND connection_id = $2 AND stream = $3 AND external_id = ANY ($4::text[])
   AND class = 'destroyed' AND state = 'dismissed'
 GROUP BY external_id
"""


async def sift_stubs(work: Work, setting: Setting, made: Plan, fresh: Sequence[Item]) -> list[Item]:
    """Return the records of which no stub is known; a learner who has a new file, or a new card, is among them.

    A record of a learner whose data were destroyed becomes a letter. Of anything else nothing is said again.
    """
    if not fresh:
        return []
    keys = {stub_key(setting.connection_id, item.external_id): item for item in fresh}
    values = [setting.connection_id, setting.stream, list(keys)]
    stubs = {keys[row["external_id"]].external_id: row for row in await work.rows(_STUBS, [_at(work), *values])}
    if not stubs:
        return list(fresh)
    learners = setting.kind is EntityKind.LEARNERS
    destroyed = await destroyed_among(work, {row["entity_id"] for row in stubs.values()}) if learners else {}
    left, bad = [], []
    for item in fresh:
        stub = stubs.get(item.external_id)
        if stub is None or (learners and stub["entity_id"] not in destroyed):
            left.append(item)
            continue
        made.met.append(stub["id"])
        if learners:
            bad.append((item, destroyed[stub["entity_id"]]))
        else:
            made.same.append(Known(stub["id"], stub["entity_id"], gone=False, last_run_id=stub["last_run_id"]))
            made.good.append(item.external_id)
    anew = await _taken_in_anew(work, setting, [(item, ended) for item, ended in bad if ended.ended])
    await _tell(work, setting, made, [(item, ended) for item, ended in bad if item.external_id not in anew])
    return left + [item for item, _ in bad if item.external_id in anew]


async def _taken_in_anew(work: Work, setting: Setting, bad: Sequence[tuple[Item, Destroyed]]) -> set[str]:
    """Return the records for which somebody stands in the registry who was taken in after the destruction."""
    known: list[tuple[Item, Destroyed, Mapping[str, Any]]] = []
    for item, ended in bad:
        try:
            known.append((item, ended, setting.writer.columns(item.said)))
        except RecordUnfit:
            continue
    if not known:
        return set()
    found = await setting.writer.find(work, [columns for _, _, columns in known])
    proposed = await propose(work, setting, [(item.external_id, columns) for item, _, columns in known])
    meant = {
        item.external_id: [found[place]]
        if place in found
        else [UUID(each["entity_id"]) for each in proposed.get(item.external_id, ())]
        for place, (item, _, _) in enumerate(known)
    }
    rows = await work.rows(_CARDS, [_at(work), sorted({each for ids in meant.values() for each in ids})])
    cards = {row["id"]: row["created_at"] for row in rows}
    return {
        item.external_id
        for item, ended, _ in known
        if any(each in cards and cards[each] >= ended.at for each in meant[item.external_id])
    }


async def leave_destroyed(work: Work, setting: Setting, made: Plan) -> None:
    """Make letters of records that speak of learners whose data were destroyed, whichever key has found them."""
    if setting.kind is not EntityKind.LEARNERS:
        return
    changes = (*made.matched, *made.changed)
    destroyed = await destroyed_among(work, {change.entity_id for change in changes})
    bad = [(change.item, destroyed[change.entity_id]) for change in changes if change.entity_id in destroyed]
    without = {item.external_id for item, _ in bad}
    made.matched = [change for change in made.matched if change.item.external_id not in without]
    made.changed = [change for change in made.changed if change.item.external_id not in without]
    made.good = [external_id for external_id in made.good if external_id not in without]
    await _tell(work, setting, made, bad)


async def find_returned(work: Work, connection_id: UUID, external_ids: Collection[str]) -> dict[str, UUID]:
    """Return the learners behind stubs, by external id: destroyed ones and those who have a new file."""
    keys = {stub_key(connection_id, each): each for each in external_ids}
    rows = (
        await work.rows(_STUBS_OF_LEARNERS, [_at(work), connection_id, EntityKind.LEARNERS, list(keys)]) if keys else []
    )
    return {keys[row["external_id"]]: row["entity_id"] for row in rows}


async def _tell(work: Work, setting: Setting, made: Plan, bad: Sequence[tuple[Item, Destroyed]]) -> None:
    """Write letters for a person to decide, but where somebody has dismissed one since the destruction."""
    if not bad:
        return
    keys = {stub_key(setting.connection_id, item.external_id): item.external_id for item, _ in bad}
    values = [setting.connection_id, setting.stream, [*keys, *keys.values()]]
    rows = await work.rows(_DISMISSED, [_at(work), *values])
    dismissed = {keys.get(row["external_id"], row["external_id"]): row["at"] for row in rows}
    for item, ended in bad:
        if item.external_id in dismissed and dismissed[item.external_id] >= ended.at:
            made.ignored += 1
        else:
            made.letters.append(Letter(item, _reason(ended), DESTROYED))


def _reason(ended: Destroyed) -> str:
    act = ended.act
    return (
        f"destroyed by act {act.number} of {act.date.isoformat()}: what was held of this learner is gone and is not"
        " brought back; open a new personal file and retry if the learner is here again, else dismiss"
    )


def _at(work: Work) -> UUID | None:
    return work.scope.institution_id
