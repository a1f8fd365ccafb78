"""The institution's taxonomy: kinds of results, their sources, scales of marks. Nothing of it is ever deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeVar
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.people.names import group_sort_key
from core.results.errors import (
    ImpossibleAlias,
    ImpossibleScale,
    KindNameTaken,
    ScaleNameTaken,
    SourceNameTaken,
    TargetNotAssessed,
)
from core.results.models import MarkScale, ResultKind, ResultSource

Entry = TypeVar("Entry", ResultKind, ResultSource, MarkScale)

_KIND_TAKEN: Final = frozenset({"result_kinds_once", "result_kinds_alias_once"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedKind:
    """A kind of results to be added; with `alias_of_id` another place of a kind that there is."""

    name: str = ""
    parent_id: UUID | None = None
    alias_of_id: UUID | None = None
    assessed: bool = True
    access: str = "usual"
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedScale:
    """A scale to be added; values from the lowest: `{"value": "5", "number": 5}`."""

    name: str
    numeric_marks: bool = False
    lowest: Decimal | None = None
    highest: Decimal | None = None
    known_values: Sequence[Mapping[str, Any]] = ()
    note: str = ""


async def find_kind(kind_id: UUID) -> ResultKind:
    """Return a kind of results of the current institution; raise `NotFound`."""
    return _found(await ResultKind.get_or_none(id=kind_id))


async def find_source(source_id: UUID) -> ResultSource:
    """Return a source of results of the current institution; raise `NotFound`."""
    return _found(await ResultSource.get_or_none(id=source_id))


async def find_scale(scale_id: UUID) -> MarkScale:
    """Return a scale of the current institution; raise `NotFound`."""
    return _found(await MarkScale.get_or_none(id=scale_id))


async def add_kind(work: Work, wanted: WantedKind) -> ResultKind:
    """Add a kind; an alias takes name and nature of the kind that it means.

    Raises `NotFound` (parent, or the kind meant), `KindNameTaken` or `ImpossibleAlias`.
    """
    values: dict[str, Any] = {
        "name": wanted.name,
        "parent_id": wanted.parent_id,
        "alias_of_id": wanted.alias_of_id,
        "assessed": wanted.assessed,
        "access": wanted.access,
        "note": wanted.note,
    }
    if wanted.parent_id is not None:
        await find_kind(wanted.parent_id)
    if wanted.alias_of_id is None:
        await _refuse_taken_kind(group_sort_key(wanted.name), None)
    else:
        meant = await find_kind(wanted.alias_of_id)
        if meant.parent_id == wanted.parent_id:
            raise ImpossibleAlias
        values |= {"name": meant.name, "assessed": meant.assessed, "access": meant.access}
    try:
        made = await ResultKind.create(**values, sort_key=group_sort_key(values["name"]), created_at=work.now)
    except IntegrityError as error:
        raise _refusal(error) from error
    _tell(work, "result_kind.added", made.id, values)
    return made


async def add_source(work: Work, *, name: str, note: str = "") -> ResultSource:
    """Add a source of results; raise `SourceNameTaken`."""
    await _refuse_taken_source(group_sort_key(name), None)
    try:
        made = await ResultSource.create(name=name, note=note, sort_key=group_sort_key(name), created_at=work.now)
    except IntegrityError as error:
        raise _refusal(error) from error
    _tell(work, "result_source.added", made.id, {"name": name, "note": note})
    return made


async def add_scale(work: Work, wanted: WantedScale) -> MarkScale:
    """Add a scale of marks; raise `ScaleNameTaken` or `ImpossibleScale`."""
    values = {name: getattr(wanted, name) for name in WantedScale.__dataclass_fields__}
    values["known_values"] = [dict(each) for each in wanted.known_values]
    _check_scale(values)
    await _refuse_taken_scale(group_sort_key(wanted.name), None)
    try:
        made = await MarkScale.create(**values, sort_key=group_sort_key(wanted.name), created_at=work.now)
    except IntegrityError as error:
        raise _refusal(error) from error
    _tell(work, "mark_scale.added", made.id, values)
    return made


async def edit_kind(work: Work, kind: ResultKind, changes: Mapping[str, Any]) -> ResultKind:
    """Change name, nature, access, note, or whether a kind is still used; its aliases follow.

    Raises `KindNameTaken`, `TargetNotAssessed` (it has results), `ImpossibleAlias` or `StaleState`.
    """
    if kind.alias_of_id is not None and changes.keys() - {"note", "retired"}:
        raise ImpossibleAlias
    if "name" in changes:
        await _refuse_taken_kind(group_sort_key(changes["name"]), kind.id)
    after = await _edit(work, ResultKind, kind, changes, "result_kind")
    if changes.keys() & {"name", "assessed", "access"}:
        await ResultKind.filter(alias_of_id=kind.id).update(
            name=after.name,
            sort_key=after.sort_key,
            assessed=after.assessed,
            access=after.access,
            revision=F("revision") + 1,
        )
    return after


async def edit_source(work: Work, source: ResultSource, changes: Mapping[str, Any]) -> ResultSource:
    """Change name, note, or whether a source is still used; raise `SourceNameTaken` or `StaleState`."""
    if "name" in changes:
        await _refuse_taken_source(group_sort_key(changes["name"]), source.id)
    return await _edit(work, ResultSource, source, changes, "result_source")


async def edit_scale(work: Work, scale: MarkScale, changes: Mapping[str, Any]) -> MarkScale:
    """Change a scale; marks that were given stay as they are.

    Raises `ScaleNameTaken`, `ImpossibleScale` or `StaleState`.
    """
    after = {name: getattr(scale, name) for name in WantedScale.__dataclass_fields__}
    _check_scale(after | dict(changes))
    if "name" in changes:
        await _refuse_taken_scale(group_sort_key(changes["name"]), scale.id)
    return await _edit(work, MarkScale, scale, changes, "mark_scale")


async def _edit(work: Work, model: type[Entry], row: Entry, changes: Mapping[str, Any], noun: str) -> Entry:
    wanted = {name: value for name, value in changes.items() if value != getattr(row, name)}
    if not wanted:
        return row
    new = wanted | ({"sort_key": group_sort_key(wanted["name"])} if "name" in wanted else {})
    try:
        changed = await model.filter(id=row.id, revision=row.revision).update(**new, revision=row.revision + 1)
    except IntegrityError as error:
        raise _refusal(error) from error
    if changed != 1:
        raise StaleState
    before = {name: getattr(row, name) for name in sorted(wanted)}
    work.record(f"{noun}.edited", noun, row.id, _plain({"before": before, "after": wanted}))
    return await model.get(id=row.id)


def _tell(work: Work, action: str, row_id: UUID, values: Mapping[str, Any]) -> None:
    work.record(action, action.partition(".")[0], row_id, _plain(values))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return `values` with what JSON has no words for as text."""
    return {
        name: _plain(value) if isinstance(value, dict) else str(value) if isinstance(value, UUID | Decimal) else value
        for name, value in values.items()
    }


def _found(row: Entry | None) -> Entry:
    if row is None:
        raise NotFound
    return row


def _check_scale(values: Mapping[str, Any]) -> None:
    marks = [each["value"] for each in values["known_values"]]
    lowest, highest = values["lowest"], values["highest"]
    bounded = lowest is not None or highest is not None
    if (
        len(set(marks)) != len(marks)
        or not (marks or values["numeric_marks"])
        or (bounded and not values["numeric_marks"])
        or (lowest is not None and highest is not None and lowest > highest)
    ):
        raise ImpossibleScale


async def _refuse_taken_kind(sort_key: str, own_id: UUID | None) -> None:
    holder = await ResultKind.filter(sort_key=sort_key, alias_of_id=None).first()
    if holder is not None and holder.id != own_id:
        raise KindNameTaken(kind=str(holder.id), address=f"/api/v1/result-kinds/{holder.id}")


async def _refuse_taken_source(sort_key: str, own_id: UUID | None) -> None:
    holder = await ResultSource.get_or_none(sort_key=sort_key)
    if holder is not None and holder.id != own_id:
        raise SourceNameTaken(source=str(holder.id), address=f"/api/v1/result-sources/{holder.id}")


async def _refuse_taken_scale(sort_key: str, own_id: UUID | None) -> None:
    holder = await MarkScale.get_or_none(sort_key=sort_key)
    if holder is not None and holder.id != own_id:
        raise ScaleNameTaken(scale=str(holder.id), address=f"/api/v1/mark-scales/{holder.id}")


def _refusal(error: IntegrityError) -> Exception:
    name = violated_constraint(error)
    if name in _KIND_TAKEN:
        return KindNameTaken()
    known: dict[str, Exception] = {
        "result_kinds_alias_is_a_leaf": ImpossibleAlias(),
        "result_sources_once": SourceNameTaken(),
        "mark_scales_once": ScaleNameTaken(),
        "results_kind": TargetNotAssessed(),
    }
    return known.get(name, error)
