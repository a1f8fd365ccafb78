"""Groups and classes: making and correcting. A group of the next study year is another group."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.origins.hands import noted
from core.people.errors import GroupNameTaken, GroupsInCircle
from core.people.models import Group
from core.people.names import group_sort_key, group_title
from core.sdk.connectors import EntityKind
from core.search.entries import SearchEntry, put_entry, rename_holder

EDITABLE: Final = frozenset({"name", "study_year", "programme", "kind", "level", "parent_id", "archived", "note"})

_INDEX_WORDS: Final = "группа класс"
"""Clerks type them together with a name; they are looked for, never shown."""
_ONCE_A_YEAR: Final = "groups_once_a_year"
_BY_HAND: Final = EDITABLE - {"note"}
"""What an import may bring too."""
_ABOVE: Final = """
WITH RECURSIVE above AS (
  SELECT id, parent_id FROM groups WHERE institution_id = $1 AND id = $2
  UNION SELECT g.id, g.parent_id FROM groups g JOIN above a ON g.institution_id = $1 AND g.id = a.parent_id)
SELECT id FROM above
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedGroup:
    """A group to be made; what is not known is empty."""

    name: str
    study_year: str = ""
    programme: str = ""
    kind: str = ""
    level: str = ""
    parent_id: UUID | None = None
    archived: bool = False
    note: str = ""


async def find_group(group_id: UUID) -> Group:
    """Return a group of the current institution; raise `NotFound`."""
    group = await Group.get_or_none(id=group_id)
    if group is None:
        raise NotFound
    return group


async def create_group(work: Work, wanted: WantedGroup) -> Group:
    """Make a group; raise `GroupNameTaken` if the study year has one of this name, `NotFound` without its parent."""
    values = asdict(wanted)
    sort_key = group_sort_key(wanted.name)
    if wanted.parent_id is not None:
        await find_group(wanted.parent_id)
    await _refuse_taken_name(sort_key, wanted.study_year, wanted.parent_id, None)
    try:
        group = await Group.create(**values, sort_key=sort_key, created_at=work.now)
    except IntegrityError as error:
        if violated_constraint(error) == _ONCE_A_YEAR:
            raise GroupNameTaken from error
        raise
    await put_entry(work, search_entry(group))
    work.record("group.created", "group", group.id, values)
    work.emit("group.created", {"group": str(group.id)})
    return group


async def edit_group(work: Work, group: Group, changes: Mapping[str, Any]) -> Group:
    """Write `changes` over the revision that `group` shows; return the group as it then is.

    Raises `GroupNameTaken`, `NotFound` (no such parent), `GroupsInCircle` or `StaleState`.
    """
    given = {name: value for name, value in changes.items() if name in EDITABLE}
    wanted = {name: value for name, value in given.items() if value != getattr(group, name)}
    if not wanted:
        return group
    sort_key = group_sort_key(wanted.get("name", group.name))
    parent_id = wanted.get("parent_id", group.parent_id)
    if "parent_id" in wanted:
        await _refuse_circle(work, group, parent_id)
    await _refuse_taken_name(sort_key, wanted.get("study_year", group.study_year), parent_id, group.id)
    try:
        changed = await Group.filter(id=group.id, revision=group.revision).update(
            **wanted, sort_key=sort_key, revision=group.revision + 1
        )
    except IntegrityError as error:
        if violated_constraint(error) == _ONCE_A_YEAR:
            raise GroupNameTaken from error
        raise
    if changed != 1:
        raise StaleState
    after = await find_group(group.id)
    if wanted.keys() & {"name", "study_year"}:
        await rename_holder(work, group.id, group_title(after))
    await put_entry(work, search_entry(after))
    await noted(work, EntityKind.GROUPS, group.id, {name: wanted[name] for name in wanted.keys() & _BY_HAND})
    before = {name: getattr(group, name) for name in sorted(wanted)}
    work.record("group.edited", "group", group.id, {"before": before, "after": dict(sorted(wanted.items()))})
    work.emit("group.edited", {"group": str(group.id), "fields": sorted(wanted)})
    return after


async def _refuse_taken_name(sort_key: str, study_year: str, parent_id: UUID | None, own_id: UUID | None) -> None:
    """Name the group that has the name; whoever comes between this look and the commit meets the constraint."""
    holder = await Group.get_or_none(sort_key=sort_key, study_year=study_year, parent_id=parent_id)
    if holder is not None and holder.id != own_id:
        raise GroupNameTaken(group=str(holder.id), address=f"/api/v1/groups/{holder.id}")


async def _refuse_circle(work: Work, group: Group, parent_id: UUID | None) -> None:
    if parent_id is None:
        return
    above = [row["id"] for row in await work.rows(_ABOVE, [work.scope.institution_id, parent_id])]
    if not above:
        raise NotFound(group=str(parent_id))
    if group.id in above:
        raise GroupsInCircle


def search_entry(group: Group) -> SearchEntry:
    """Return what of a group goes into the search."""
    return SearchEntry(
        object_type="group",
        object_id=group.id,
        title=group_title(group),
        names=f"{_INDEX_WORDS} {group.programme}",
        numbers=(group.name,),
        holder_id=group.id,
        holder_names=group_title(group),
    )
