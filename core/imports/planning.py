"""What a batch of records would do to the registry; nothing is written here, so a dry run stops after it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from core.imports.destroyed import find_returned, leave_destroyed, sift_stubs
from core.imports.looking_up import ORIGINS_OF_STREAM, ORIGINS_REFERRED_TO
from core.imports.matching import find_bound, propose
from core.imports.plans import Change, Key, Known, Letter, Plan, Proposed, Setting
from core.imports.records import (
    PERSONS,
    REFERRED,
    Item,
    needed_references,
    references_of,
    said_before,
    taken_back,
)
from core.imports.services import Target
from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.origins.forgetting import destroyed_among
from core.origins.writing import RecordUnfit, Refusing
from core.sdk.connectors import EntityKind

MAPPED_KINDS: Final = frozenset({EntityKind.SUBJECTS, EntityKind.GROUPS, EntityKind.STUDY_PERIODS})
"""Kinds whose objects an operator maps to what the institution has."""

_KNOWN: Final = f"""
SELECT o.external_id, o.id, o.entity_id, o.hash, o.gone_at IS NOT NULL AS gone, o.forgotten_at IS NOT NULL AS forgotten,
       o.last_run_id
{ORIGINS_OF_STREAM}"""
_BEFORE: Final = "SELECT id, mapped::text AS mapped FROM origins WHERE institution_id = $1 AND id = ANY ($2::uuid[])"
_REFERRED: Final = f"SELECT o.external_id, o.entity_id {ORIGINS_REFERRED_TO} ORDER BY o.id DESC"
_WAITING: Final = """
SELECT external_id FROM import_proposals
 WHERE institution_id = $1 AND connection_id = $2 AND kind = $3 AND external_id = ANY ($4::text[]) AND state = 'open'
"""


async def plan(work: Work, setting: Setting, items: Sequence[Item]) -> Plan:
    """Decide what each record is: new, changed, the same, gone, a letter or a proposal. Each external id once."""
    made = Plan()
    known = await _known(work, setting, items)
    fresh: list[Item] = []
    changed: list[tuple[Item, Known]] = []
    for item, found in zip(items, known, strict=True):
        if found is None:
            if item.gone:
                made.ignored += 1
            else:
                fresh.append(item)
            continue
        row, same = found
        made.good.append(item.external_id)
        if item.gone:
            made.same.append(row) if row.gone else made.gone.append((item, row))
            continue
        made.met.append(row.id)
        if row.gone:
            made.returned.append(row)
        if same:
            made.same.append(row)
        else:
            changed.append((item, row))
    fresh = await sift_stubs(work, setting, made, fresh)
    if fresh or changed:
        await _Weighing(work, setting, made).weigh(fresh, changed)
        await leave_destroyed(work, setting, made)
    # A letter about a record that is known stays the same letter.
    bad = {letter.item.external_id for letter in made.letters}
    made.good = [external_id for external_id in made.good if external_id not in bad]
    return made


async def _known(work: Work, setting: Setting, items: Sequence[Item]) -> list[tuple[Known, bool] | None]:
    values = [setting.connection_id, setting.stream, [item.external_id for item in items]]
    rows = {row["external_id"]: row for row in await work.rows(_KNOWN, [work.scope.institution_id, *values])}
    found: list[tuple[Known, bool] | None] = []
    for item in items:
        row = rows.get(item.external_id)
        if row is None:
            found.append(None)
            continue
        known = Known(row["id"], row["entity_id"], row["gone"], row["last_run_id"])
        # What was lawfully destroyed is known, whatever the source says of it now.
        found.append((known, row["forgotten"] or bytes(row["hash"]) == item.hash))
    return found


class _Weighing:
    """The records of one batch that are not what they were."""

    def __init__(self, work: Work, setting: Setting, made: Plan) -> None:
        self._work = work
        self._setting = setting
        self._plan = made
        self._found: dict[Key, UUID] = {}
        self._ignored: set[Key] = set()
        self._own: dict[str, UUID] = {}
        self._waiting: set[Key] = set()

    async def weigh(self, fresh: Sequence[Item], changed: Sequence[tuple[Item, Known]]) -> None:
        """Sort them into the plan."""
        before = await self._before(changed)
        await self._look_up([item.said for item in fresh] + [item.said for item, _ in changed] + list(before.values()))
        fresh = await self._take_targets(fresh)
        settled = await self._settled(fresh)
        if fresh:
            await self._weigh_fresh(fresh, settled)
        for item, row in changed:
            self._weigh_changed(item, row, before[row.id])
        await self._tell_waiting()

    async def _before(self, changed: Sequence[tuple[Item, Known]]) -> dict[UUID, dict[str, Any]]:
        if not changed:
            return {}
        rows = await self._work.rows(_BEFORE, [self._work.scope.institution_id, [row.id for _, row in changed]])
        return {row["id"]: said_before(self._setting.kind, row["mapped"]) for row in rows}

    async def _look_up(self, said: Iterable[Mapping[str, Any]]) -> None:
        """Find what the records refer to, by one question a kind."""
        wanted = {(kind, each[name]) for each in said for name, kind in self._references() if each.get(name)}
        await self._look_up_keys(wanted)
        for kind in MAPPED_KINDS:
            missing = {key for key_kind, key in wanted if key_kind is kind and (kind, key) not in self._found}
            if missing:
                await self._learn_targets(kind, dict.fromkeys(missing, ""))

    async def _look_up_keys(self, wanted: Iterable[Key]) -> None:
        keys = [key for key in wanted if key not in self._found]
        by_kind: dict[EntityKind, list[str]] = defaultdict(list)
        for kind, external_id in keys:
            by_kind[kind].append(external_id)
        for kind, externals in by_kind.items():
            values = [self._work.scope.institution_id, self._setting.connection_id, kind.value, externals]
            for row in await self._work.rows(_REFERRED, values):
                self._found[kind, row["external_id"]] = row["entity_id"]
        await self._leave_out_destroyed(by_kind.get(EntityKind.LEARNERS, ()))
        for key in keys:
            if self._setting.would_be and key in self._setting.would_be:
                self._found.setdefault(key, self._setting.would_be[key])

    async def _leave_out_destroyed(self, learners: Sequence[str]) -> None:
        """Take nothing in that belongs to a learner whose data were destroyed; a letter tells of the learner."""
        keys = [(EntityKind.LEARNERS, each) for each in learners]
        missing = [external_id for kind, external_id in keys if (kind, external_id) not in self._found]
        returned = await find_returned(self._work, self._setting.connection_id, missing)
        self._found.update({(EntityKind.LEARNERS, each): entity for each, entity in returned.items()})
        destroyed = await destroyed_among(self._work, {self._found[key] for key in keys if key in self._found})
        for key in keys:
            if self._found.get(key) in destroyed:
                del self._found[key]
                self._ignored.add(key)

    def _references(self) -> Iterable[tuple[str, EntityKind]]:
        return references_of(self._setting.kind).items()

    async def _take_targets(self, fresh: Sequence[Item]) -> Sequence[Item]:
        """Leave out what the operator wants left out."""
        if self._setting.kind not in MAPPED_KINDS or not fresh:
            return fresh
        titles = {item.external_id: str(item.said.get("name", "")) for item in fresh}
        # A dry run too: a decision counts for what is new, so it has to be possible before the first write.
        await self._setting.connections.note_objects(
            self._work, self._setting.connection_id, self._setting.kind, titles
        )
        targets = await self._learn_targets(self._setting.kind, titles)
        kept = [item for item in fresh if targets.get(item.external_id, Target(new_id())).entity_id is not None]
        self._plan.ignored += len(fresh) - len(kept)
        return kept

    async def _learn_targets(self, kind: EntityKind, titles: Mapping[str, str]) -> Mapping[str, Target]:
        setting = self._setting
        targets = await setting.connections.targets(self._work, setting.connection_id, kind, titles)
        for external_id, target in targets.items():
            if target.entity_id is None:
                self._ignored.add((kind, external_id))
            else:
                self._found.setdefault((kind, external_id), target.entity_id)
        return targets

    async def _settled(self, fresh: Sequence[Item]) -> dict[str, UUID]:
        """Return the entities of records of which it is known already: by another stream, or by the operator's word."""
        if self._setting.kind not in REFERRED:
            return {}
        await self._look_up_keys({(item.kind, item.external_id) for item in fresh})
        keys = {item.external_id: (item.kind, item.external_id) for item in fresh}
        return {external_id: self._found[key] for external_id, key in keys.items() if key in self._found}

    def _resolve(self, said: Mapping[str, Any]) -> tuple[dict[str, Any], Key | None]:
        """Return the fields with references resolved, and what of them is missing."""
        data = dict(said)
        for name, kind in self._references():
            external_id = data.get(name)
            if not external_id:
                continue
            key = (kind, external_id)
            entity = self._found.get(key)
            if entity is None and kind is self._setting.kind:
                entity = self._own.get(external_id)
            if entity is not None:
                data[name] = entity
            elif key in self._ignored and name not in needed_references(self._setting.kind):
                del data[name]
            else:
                return data, key
        return data, None

    def _weigh_changed(self, item: Item, row: Known, before: Mapping[str, Any]) -> None:
        data, missing = self._resolve(item.said | taken_back(item.kind, before, item.said))
        if missing is not None:
            self._refuse(item, missing)
            return
        earlier, _ = self._resolve(before)
        try:
            now = self._setting.writer.columns(data)
        except RecordUnfit as unfit:
            self._plan.letters.append(Letter(item, str(unfit), "refused"))
            return
        then = self._columns_before(earlier)
        columns = {name: value for name, value in now.items() if name not in then or then[name] != value}
        self._plan.changed.append(Change(item, row.entity_id, columns, known=row, whole=now))

    def _columns_before(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return self._setting.writer.columns(data)
        except RecordUnfit:
            return {}

    def _refuse(self, item: Item, missing: Key) -> None:
        if missing in self._ignored:
            self._plan.ignored += 1
            return
        kind, external_id = missing
        reason = f"refers to {kind.value} {external_id}, which the registry does not know from this connection"
        self._plan.letters.append(Letter(item, reason, "reference", missing))

    async def _weigh_fresh(self, fresh: Sequence[Item], settled: Mapping[str, UUID]) -> None:
        ready = self._ready(fresh, settled)
        wanted = [change for change in ready if change.item.external_id not in settled]
        found = await self._setting.writer.find(self._work, [change.columns for change in wanted])
        unknown: list[Change] = []
        for place, change in enumerate(wanted):
            if place in found:
                change.entity_id = found[place]
                self._plan.matched.append(change)
            else:
                unknown.append(change)
        if self._setting.kind in PERSONS:
            await self._keep_apart()
        self._plan.matched += [change for change in ready if change.item.external_id in settled]
        self._plan.new += await self._let_in(await self._without_proposals(unknown))
        taken = (*self._plan.new, *self._plan.matched)
        self._plan.good += [change.item.external_id for change in taken]
        if self._setting.would_be is not None and self._setting.kind in REFERRED:
            self._setting.would_be.update({(c.item.kind, c.item.external_id): c.entity_id for c in taken})

    def _ready(self, fresh: Sequence[Item], settled: Mapping[str, UUID]) -> list[Change]:
        """Return the records whose references are known; those of this batch count once they are ready themselves."""
        ready: list[Change] = []
        left = list(fresh)
        while left:
            later: list[tuple[Item, Key]] = []
            for item in left:
                data, missing = self._resolve(item.said)
                if missing is not None:
                    later.append((item, missing))
                    continue
                entity = settled.get(item.external_id) or new_id()
                try:
                    ready.append(Change(item, entity, self._setting.writer.columns(data), made=True))
                except RecordUnfit as unfit:
                    self._plan.letters.append(Letter(item, str(unfit), "refused"))
                    continue
                self._own[item.external_id] = entity
            if len(later) == len(left):
                for item, missing in later:
                    self._refuse(item, missing)
                break
            left = [item for item, _ in later]
        return ready

    async def _keep_apart(self) -> None:
        """Refuse a number that another record of the same source has: one of both is wrong."""
        bound = await find_bound(self._work, self._setting, [change.entity_id for change in self._plan.matched])
        by_entity: dict[UUID, list[Change]] = defaultdict(list)
        for change in self._plan.matched:
            by_entity[change.entity_id].append(change)
        for entity, changes in by_entity.items():
            if entity in bound or len(changes) > 1:
                for change in changes:
                    reason = "another record of this source has the same number of a person"
                    self._plan.letters.append(Letter(change.item, reason, "refused"))
                self._plan.matched = [change for change in self._plan.matched if change.entity_id != entity]

    async def _without_proposals(self, unknown: Sequence[Change]) -> list[Change]:
        """Return those for whom nobody in the registry can be meant; the others become proposals."""
        if not (self._setting.writer.proposes and unknown):
            return list(unknown)
        candidates = await propose(self._work, self._setting, [(c.item.external_id, c.columns) for c in unknown])
        proposed = [
            Proposed(c.item, candidates[c.item.external_id]) for c in unknown if c.item.external_id in candidates
        ]
        self._plan.proposed += proposed
        return [change for change in unknown if change.item.external_id not in candidates]

    async def _let_in(self, new: list[Change]) -> list[Change]:
        """Return those that no rule of the registry refuses; the others become letters."""
        writer = self._setting.writer
        if not new or not isinstance(writer, Refusing):
            return new
        refused = await writer.refusals(self._work, [change.columns for change in new])
        for place, code in refused.items():
            self._plan.letters.append(Letter(new[place].item, f"the registry refuses it: {code}", "refused"))
        return [change for place, change in enumerate(new) if place not in refused]

    async def _tell_waiting(self) -> None:
        """Say of letters that they wait for a match, where what they miss is a person who waits."""
        missing = {
            letter.missing[1] for letter in self._plan.letters if letter.missing and letter.missing[0] in PERSONS
        }
        if not missing:
            return
        waiting: set[Key] = set()
        for kind in PERSONS:
            values = [self._work.scope.institution_id, self._setting.connection_id, kind.value, sorted(missing)]
            waiting |= {(kind, row["external_id"]) for row in await self._work.rows(_WAITING, values)}
        self._plan.letters = [
            Letter(each.item, "waits until somebody says who is meant", "waiting", each.missing)
            if each.missing in waiting
            else each
            for each in self._plan.letters
        ]
