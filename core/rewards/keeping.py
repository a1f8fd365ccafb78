"""Rewards and their kinds: adding, correcting, striking out. A reward is never deleted, and what it said is kept."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.institutions.registry import present_day
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.kernel.ids import new_id
from core.kernel.keyset import Position
from core.origins.hands import noted
from core.people.models import Person
from core.people.names import group_sort_key
from core.rewards.errors import (
    ImpossibleRewardDate,
    RewardKindTaken,
    RewardStruckOut,
    UnknownOrderCase,
    UnknownRewardDocument,
    UnknownRewardedPerson,
    UnknownRewardKind,
)
from core.rewards.models import Reward, RewardKind
from core.rewards.rows import insert_rewards
from core.sdk.connectors import EntityKind

EARLIEST: Final = date(1900, 1, 1)
EDITABLE: Final = (
    *("kind_id", "title", "issuer", "number", "awarded_on", "expires_on", "ground", "order_case_id", "document_id"),
)
_CHANGES: Final = """
SELECT revision, changed_at, changed_by, before, after FROM reward_changes
 WHERE institution_id = $1 AND reward_id = $2 AND revision > $3 ORDER BY revision LIMIT $4
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReward:
    """A reward to be entered."""

    person_id: UUID
    kind_id: UUID
    title: str
    issuer: str = ""
    number: str = ""
    awarded_on: date | None = None
    expires_on: date | None = None
    ground: str = ""
    """The order or regulation, in words."""
    order_case_id: UUID | None = None
    document_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class RewardChanged:
    """One change of a reward."""

    revision: int
    changed_at: datetime
    changed_by: UUID | None
    before: dict[str, Any]
    after: dict[str, Any]


async def find_reward_kind(kind_id: UUID) -> RewardKind:
    """Return a kind of rewards; raise `NotFound`."""
    found = await RewardKind.get_or_none(id=kind_id)
    if found is None:
        raise NotFound
    return found


async def add_reward_kind(work: Work, *, name: str, note: str = "") -> RewardKind:
    """Add a kind of rewards; raise `RewardKindTaken`."""
    await _refuse_taken(name, None)
    try:
        made = await RewardKind.create(name=name, note=note, sort_key=group_sort_key(name), created_at=work.now)
    except IntegrityError as error:
        raise _refusal(error) from error
    work.record("reward_kind.added", "reward_kind", made.id, {"name": name, "note": note})
    return made


async def edit_reward_kind(work: Work, kind: RewardKind, changes: Mapping[str, Any]) -> RewardKind:
    """Change name, note, or whether a kind is still given; raise `RewardKindTaken` or `StaleState`."""
    wanted = {name: value for name, value in changes.items() if value != getattr(kind, name)}
    if not wanted:
        return kind
    new = dict(wanted)
    if "name" in wanted:
        await _refuse_taken(wanted["name"], kind.id)
        new["sort_key"] = group_sort_key(wanted["name"])
    try:
        changed = await RewardKind.filter(id=kind.id, revision=kind.revision).update(**new, revision=kind.revision + 1)
    except IntegrityError as error:
        raise _refusal(error) from error
    if changed != 1:
        raise StaleState
    before = {name: getattr(kind, name) for name in wanted}
    work.record("reward_kind.edited", "reward_kind", kind.id, {"before": before, "after": wanted})
    return await find_reward_kind(kind.id)


async def adopt_reward_kinds(work: Work, names: tuple[str, ...]) -> list[str]:
    """Add those kinds that are not there yet; return their names."""
    known = {each.sort_key for each in await RewardKind.all()}
    missing = [name for name in names if group_sort_key(name) not in known]
    return [(await add_reward_kind(work, name=name)).name for name in missing]


async def find_reward(reward_id: UUID) -> Reward:
    """Return a reward of the current institution; raise `NotFound`."""
    found = await Reward.get_or_none(id=reward_id)
    if found is None:
        raise NotFound
    return found


async def enter_reward(work: Work, wanted: NewReward) -> Reward:
    """Enter a reward.

    Raises `UnknownRewardedPerson`, `UnknownRewardKind`, `UnknownRewardDocument`, `UnknownOrderCase` or
    `ImpossibleRewardDate`.
    """
    values = {name: getattr(wanted, name) for name in NewReward.__dataclass_fields__}
    if await Person.get_or_none(id=wanted.person_id) is None:
        raise UnknownRewardedPerson
    await _check(work, values, set(EDITABLE))
    reward_id = new_id()
    try:
        await insert_rewards(work, [(reward_id, values)], entered_by=work.scope.actor_id)
    except IntegrityError as error:
        raise _refusal(error) from error
    work.record("reward.entered", "reward", reward_id, _said(values))
    work.emit("reward.entered", {"reward": str(reward_id), "person": str(wanted.person_id)})
    return await find_reward(reward_id)


async def correct_reward(work: Work, reward: Reward, changes: Mapping[str, Any]) -> Reward:
    """Write `changes` over the revision that `reward` shows; raise `RewardStruckOut`, `StaleState`, and as above."""
    if reward.state == "struck_out":
        raise RewardStruckOut
    wanted = {name: changes[name] for name in EDITABLE if name in changes and changes[name] != getattr(reward, name)}
    if not wanted:
        return reward
    await _check(work, {name: getattr(reward, name) for name in EDITABLE} | wanted, set(wanted))
    try:
        changed = await Reward.filter(id=reward.id, revision=reward.revision).update(
            **wanted, revision=reward.revision + 1, changed_at=work.now, changed_by=work.scope.actor_id
        )
    except IntegrityError as error:
        raise _refusal(error) from error
    if changed != 1:
        raise StaleState
    await noted(work, EntityKind.AWARDS, reward.id, wanted)
    before = {name: getattr(reward, name) for name in wanted}
    work.record("reward.corrected", "reward", reward.id, {"before": _said(before), "after": _said(wanted)})
    work.emit("reward.corrected", {"reward": str(reward.id), "fields": sorted(wanted)})
    return await find_reward(reward.id)


async def strike_reward_out(work: Work, reward: Reward, reason: str) -> Reward:
    """Strike a reward out; it stays visible with the reason. Raises `RewardStruckOut` or `StaleState`."""
    if reward.state == "struck_out":
        raise RewardStruckOut
    changed = await Reward.filter(id=reward.id, revision=reward.revision).update(
        state="struck_out",
        struck_out_by=work.scope.actor_id,
        struck_out_at=work.now,
        strike_reason=reason,
        revision=reward.revision + 1,
        changed_at=work.now,
        changed_by=work.scope.actor_id,
    )
    if changed != 1:
        raise StaleState
    work.record("reward.struck_out", "reward", reward.id, {"reason": reason, "title": reward.title})
    work.emit("reward.struck_out", {"reward": str(reward.id), "person": str(reward.person_id)})
    return await find_reward(reward.id)


async def changes_of_reward(
    work: Work, reward_id: UUID, after: int, limit: int
) -> tuple[list[RewardChanged], Position | None]:
    """Return at most `limit` changes after revision `after`, and the position after them; None when none follows."""
    rows = await work.rows(_CHANGES, [work.scope.institution_id, reward_id, after, limit + 1])
    found = [
        RewardChanged(**{**row, "before": json.loads(row["before"]), "after": json.loads(row["after"])}) for row in rows
    ]
    if len(found) <= limit:
        return found, None
    return found[:limit], (found[limit - 1].revision,)


async def _check(work: Work, values: Mapping[str, Any], named: set[str]) -> None:
    if "kind_id" in named:
        kind = None if values["kind_id"] is None else await RewardKind.get_or_none(id=values["kind_id"])
        if kind is None or kind.retired:
            raise UnknownRewardKind
    awarded, expires = values["awarded_on"], values["expires_on"]
    if "awarded_on" in named and awarded is not None:
        _check_day("awarded_on", awarded, EARLIEST, await present_day(work))
    if named & {"awarded_on", "expires_on"} and expires is not None:
        _check_day("expires_on", expires, awarded or EARLIEST, date.max)


def _check_day(field: str, value: date, earliest: date, latest: date) -> None:
    if not earliest <= value <= latest:
        raise ImpossibleRewardDate(field=field, earliest=earliest.isoformat(), latest=latest.isoformat())


async def _refuse_taken(name: str, own_id: UUID | None) -> None:
    holder = await RewardKind.get_or_none(sort_key=group_sort_key(name))
    if holder is not None and holder.id != own_id:
        raise RewardKindTaken(kind=str(holder.id), address=f"/api/v1/reward-kinds/{holder.id}")


def _refusal(error: IntegrityError) -> Exception:
    known: dict[str, Exception] = {
        "reward_kinds_once": RewardKindTaken(),
        "rewards_document": UnknownRewardDocument(),
        "rewards_order": UnknownOrderCase(),
    }
    return known.get(violated_constraint(error), error)


def _said(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: str(value) if isinstance(value, UUID | date) else value
        for name, value in values.items()
        if value not in (None, "")
    }
