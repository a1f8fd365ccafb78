"""Groups and classes: making and correcting. A group of the next study year is another group."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.people.errors import GroupNameTaken
from core.people.models import Group
from core.people.names import group_sort_key, group_title
from core.search.entries import SearchEntry, put_entry, rename_holder

EDITABLE: Final = frozenset({"name", "study_year", "programme", "note"})

_INDEX_WORDS: Final = "группа класс"
"""Clerks type them together with a name; they are looked for, never shown."""
_ONCE_A_YEAR: Final = "groups_once_a_year"


async def find_group(group_id: UUID) -> Group:
    """Return a group of the current institution; raise `NotFound`."""
    group = await Group.get_or_none(id=group_id)
    if group is None:
        raise NotFound
    return group


async def create_group(work: Work, *, name: str, study_year: str = "", programme: str = "", note: str = "") -> Group:
    """Make a group; raise `GroupNameTaken` if the study year has one of this name."""
    sort_key = group_sort_key(name)
    await _refuse_taken_name(sort_key, study_year, None)
    try:
        group = await Group.create(
            name=name, study_year=study_year, programme=programme, note=note, sort_key=sort_key, created_at=work.now
        )
    except IntegrityError as error:
        if violated_constraint(error) == _ONCE_A_YEAR:
            raise GroupNameTaken from error
        raise
    await _put_entry(work, group)
    payload = {"name": name, "study_year": study_year, "programme": programme, "note": note}
    work.record("group.created", "group", group.id, payload)
    work.emit("group.created", {"group": str(group.id)})
    return group


async def edit_group(work: Work, group: Group, changes: Mapping[str, Any]) -> Group:
    """Write `changes` over the revision that `group` shows; return the group as it then is.

    Raises `GroupNameTaken` or `StaleState`.
    """
    given = {name: value for name, value in changes.items() if name in EDITABLE}
    wanted = {name: value for name, value in given.items() if value != getattr(group, name)}
    if not wanted:
        return group
    sort_key = group_sort_key(wanted.get("name", group.name))
    await _refuse_taken_name(sort_key, wanted.get("study_year", group.study_year), group.id)
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
    await _put_entry(work, after)
    before = {name: getattr(group, name) for name in sorted(wanted)}
    work.record("group.edited", "group", group.id, {"before": before, "after": dict(sorted(wanted.items()))})
    work.emit("group.edited", {"group": str(group.id), "fields": sorted(wanted)})
    return after


async def _refuse_taken_name(sort_key: str, study_year: str, own_id: UUID | None) -> None:
    """Name the group that has the name; whoever comes between this look and the commit meets the constraint."""
    holder = await Group.get_or_none(sort_key=sort_key, study_year=study_year)
    if holder is not None and holder.id != own_id:
        raise GroupNameTaken(group=str(holder.id), address=f"/api/v1/groups/{holder.id}")


async def _put_entry(work: Work, group: Group) -> None:
    entry = SearchEntry(
        object_type="group",
        object_id=group.id,
        title=group_title(group),
        names=f"{_INDEX_WORDS} {group.programme}",
        numbers=(group.name,),
        holder_id=group.id,
        holder_names=group_title(group),
    )
    await put_entry(work, entry)
