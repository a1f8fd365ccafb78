"""Results entered by hand: entering, correcting, striking out; a mark is never deleted, and what it said is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.institutions.registry import present_day
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import Forbidden, NotFound, StaleState
from core.kernel.ids import new_id
from core.origins.hands import noted
from core.people.models import Group, Person
from core.results.errors import (
    CreditOff,
    CreditUnproved,
    FinalOfWhat,
    FinalResultExists,
    ResultStruckOut,
    TargetNotAssessed,
    UnknownMark,
    UnknownReference,
    UnknownTaxonomy,
    WillMissing,
)
from core.results.marks import read_mark
from core.results.models import MarkScale, Result, ResultKind, ResultSource
from core.results.policy import present_policy
from core.results.rows import RESULTS, Change, insert_rows, update_rows
from core.results.sight import Sight, hidden_kinds
from core.results.will import EARLIEST, check_day, without_will
from core.sdk.connectors import EntityKind
from core.studies.models import StudyPeriod, Subject

EDITABLE: Final = (
    *("group_id", "subject_id", "period_id", "teacher_id", "kind_id", "source_id", "scale_id", "value", "title"),
    *("comment", "held_on", "graded_on", "final_of", "obtained_at", "credit_document"),
)
_STRIKE: Final = """
UPDATE results SET state = 'struck_out', struck_out_by = $4, struck_out_at = $5, strike_reason = $6,
  confirmed_by = NULL, confirmed_at = NULL, revision = revision + 1, changed_at = $5, changed_by = $4
 WHERE institution_id = $1 AND id = $2 AND revision = $3 AND state <> 'struck_out'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewResult:
    """A result to be entered; what is not known is `None` or empty."""

    person_id: UUID
    scale_id: UUID
    value: str
    final_of: str | None = None
    """With it the result is final: `period`, `year`, `examination`, `course` or `other`."""
    group_id: UUID | None = None
    subject_id: UUID | None = None
    period_id: UUID | None = None
    teacher_id: UUID | None = None
    kind_id: UUID
    source_id: UUID | None = None
    title: str = ""
    comment: str = ""
    held_on: date | None = None
    graded_on: date | None = None
    outside: bool = False
    obtained_at: str = ""
    credit_document: str = ""


async def find_result(result_id: UUID, sight: Sight) -> Result:
    """Return a result that one sees; raise `NotFound`."""
    found = await Result.get_or_none(id=result_id)
    if found is None or found.kind_id in await hidden_kinds(sight):
        raise NotFound
    return found


async def enter(work: Work, wanted: NewResult, sight: Sight) -> Result:
    """Enter a result; it waits for a confirmation.

    Raises `UnknownReference`, `UnknownTaxonomy`, `TargetNotAssessed`, `UnknownMark`, `FinalOfWhat`,
    `FinalResultExists`, `ImpossibleResultDate`, `CreditOff`, `CreditUnproved`, `WillMissing` or `Forbidden` (kinds for
    the staff, restricted kinds).
    """
    values = {name: getattr(wanted, name) for name in NewResult.__dataclass_fields__}
    if await Person.get_or_none(id=wanted.person_id) is None:
        raise UnknownReference(field="person_id")
    await _check(work, values, set(EDITABLE), sight)
    policy = await present_policy(work)
    if wanted.outside and not policy.credits_outside:
        raise CreditOff
    if await without_will(policy, [(wanted.person_id, wanted.outside)]):
        raise WillMissing
    result_id = new_id()
    row = values | {"standing": "final" if wanted.final_of else "current"}
    try:
        await insert_rows(work, RESULTS, [(result_id, row)], entered_by=work.scope.actor_id)
    except IntegrityError as error:
        raise refusal(error) from error
    made = await Result.get(id=result_id)
    work.record("result.entered", "result", made.id, await _told(values, wanted.kind_id))
    work.emit("result.entered", {"result": str(made.id), "person": str(made.person_id)})
    return made


async def correct(work: Work, result: Result, changes: Mapping[str, Any], sight: Sight) -> Result:
    """Write `changes` over the revision that `result` shows; one that was confirmed is confirmed anew.

    Raises `ResultStruckOut`, `StaleState`, and what `enter` raises.
    """
    if result.state == "struck_out":
        raise ResultStruckOut
    wanted = {name: changes[name] for name in EDITABLE if name in changes and changes[name] != getattr(result, name)}
    if not wanted:
        return result
    if result.standing == "final" and wanted.get("final_of", result.final_of) is None:
        raise FinalOfWhat
    values = {name: getattr(result, name) for name in EDITABLE} | {"outside": result.outside} | wanted
    if result.standing == "current" and values["final_of"] is not None:
        raise FinalOfWhat
    await _check(work, values, set(wanted), sight)
    change = Change(result.id, wanted, revision=result.revision)
    try:
        changed = await update_rows(work, RESULTS, [change], entered_by=work.scope.actor_id)
    except IntegrityError as error:
        raise refusal(error) from error
    if changed != 1:
        raise StaleState
    await noted(work, kind_of(result), result.id, wanted)
    before = {name: getattr(result, name) for name in wanted}
    kinds = (result.kind_id, values["kind_id"])
    told = {"before": await _told(before, *kinds), "after": await _told(wanted, *kinds)}
    work.record("result.corrected", "result", result.id, told)
    work.emit("result.corrected", {"result": str(result.id), "fields": sorted(wanted)})
    return await Result.get(id=result.id)


async def strike_out(work: Work, result: Result, reason: str, *, confirms: bool) -> Result:
    """Strike a result out; it stays visible with the reason, and is never changed again.

    A confirmed one is struck out by who may confirm (`confirms`), else `Forbidden`. Raises `ResultStruckOut`,
    `StaleState`.
    """
    if result.state == "struck_out":
        raise ResultStruckOut
    if result.state == "confirmed" and not confirms:
        raise Forbidden(needed=["results.confirm"])
    values = [work.scope.institution_id, result.id, result.revision, work.scope.actor_id, work.now, reason]
    if await work.run(_STRIKE, values) != 1:
        raise StaleState
    told = await _told({"reason": reason, "value": result.value}, result.kind_id)
    work.record("result.struck_out", "result", result.id, told)
    work.emit("result.struck_out", {"result": str(result.id), "person": str(result.person_id)})
    return await Result.get(id=result.id)


def kind_of(result: Result) -> EntityKind:
    """Return the kind of entity as which an import may know it."""
    return EntityKind.FINAL_RESULTS if result.standing == "final" else EntityKind.RESULTS


def refusal(error: IntegrityError) -> Exception:
    """Return what a broken rule of the schema means."""
    name = violated_constraint(error)
    known: dict[str, Exception] = {
        "results_kind": TargetNotAssessed(),
        "results_final_once": FinalResultExists(),
        "results_credit": CreditOff(),
        "results_will": WillMissing(),
    }
    if name.endswith("_id_fkey"):
        field = name.removesuffix("_fkey").partition("institution_id_")[2]
        return UnknownReference(field=field)
    return known.get(name, error)


def said(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the audit trail keeps of these fields."""
    return {
        name: str(value) if isinstance(value, UUID | date) else value
        for name, value in values.items()
        if value not in (None, "")
    }


async def _told(values: Mapping[str, Any], *kind_ids: UUID | None) -> dict[str, Any]:
    """Return what the audit trail keeps: of kinds that few may see, only which fields there were."""
    guarded = await ResultKind.filter(id__in=[each for each in kind_ids if each]).exclude(access="usual").exists()
    return {"fields": sorted(values)} if guarded else said(values)


async def _check(work: Work, values: Mapping[str, Any], named: set[str], sight: Sight) -> None:
    """Check the fields that are `named`, in the light of all `values`."""
    await check_places(work, values, named)
    if "kind_id" in named:
        await _check_kind(values["kind_id"], sight)
    if "source_id" in named and values["source_id"] is not None:
        source = await ResultSource.get_or_none(id=values["source_id"])
        if source is None or source.retired:
            raise UnknownTaxonomy(field="source_id")
    if named & {"scale_id", "value"}:
        await _check_mark(values["scale_id"], values["value"], new_scale="scale_id" in named)
    if values["final_of"] == "period" and values["period_id"] is None:
        raise FinalOfWhat
    if not values["outside"] == bool(values["obtained_at"]) == bool(values["credit_document"]):
        raise CreditUnproved
    today = await present_day(work)
    for field in ("held_on", "graded_on"):
        if field in named and values[field] is not None:
            check_day(field, values[field], EARLIEST, today)


async def check_places(work: Work, values: Mapping[str, Any], named: set[str]) -> None:
    """Raise `UnknownReference` for a group, subject or period that does not exist or that one does not see.

    Who sees the own groups only names one of them.
    """
    if work.scope.own_groups_on is not None and "group_id" in named and values["group_id"] is None:
        raise UnknownReference(field="group_id")
    for field, model in (("group_id", Group), ("subject_id", Subject), ("period_id", StudyPeriod)):
        wanted = values.get(field)
        if field in named and wanted is not None and not await model.filter(id=wanted).exists():
            raise UnknownReference(field=field)


async def _check_kind(kind_id: UUID | None, sight: Sight) -> None:
    kind = None if kind_id is None else await ResultKind.get_or_none(id=kind_id)
    if kind is None or kind.retired or kind.alias_of_id is not None:
        raise UnknownTaxonomy(field="kind_id")
    if not kind.assessed:
        raise TargetNotAssessed
    sight.require_entering(kind.access)


async def _check_mark(scale_id: UUID | None, value: str, *, new_scale: bool) -> None:
    scale = None if scale_id is None else await MarkScale.get_or_none(id=scale_id)
    if scale is None or (new_scale and scale.retired):
        raise UnknownTaxonomy(field="scale_id")
    if not read_mark(scale, value).known:
        bounds = [None if bound is None else str(bound) for bound in (scale.lowest, scale.highest)]
        values = [str(each["value"]) for each in scale.known_values]
        raise UnknownMark(values=values, lowest=bounds[0], highest=bounds[1])
