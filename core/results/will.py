"""Accounting is voluntary: statements of will of learners and representatives, and their withdrawal (№ 31)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.institutions.registry import present_day
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.kernel.ids import INSTALLATION
from core.people.keeping import find_person
from core.results.errors import ImpossibleResultDate, WillRecorded, WillWithdrawn
from core.results.models import ResultPolicy, WillStatement

EARLIEST: Final = date(1900, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWill:
    """A statement of will as it was given."""

    covers: str
    """`all` results, or those obtained `outside` of the institution."""
    given_by: str
    """`learner` or `representative`."""
    representative: str
    given_on: date
    evidence: str


async def find_will(statement_id: UUID) -> WillStatement:
    """Return a statement of will of the current institution; raise `NotFound`."""
    found = await WillStatement.get_or_none(id=statement_id)
    if found is None:
        raise NotFound
    return found


async def record_will(work: Work, person_id: UUID, wanted: NewWill) -> WillStatement:
    """Write a statement down; raise `NotFound` (person), `ImpossibleResultDate` or `WillRecorded`."""
    await find_person(person_id)
    check_day("given_on", wanted.given_on, EARLIEST, await present_day(work))
    earlier = await WillStatement.filter(person_id=person_id, covers=wanted.covers, withdrawn_on=None).first()
    if earlier is not None:
        raise WillRecorded(statement=str(earlier.id))
    values = {name: getattr(wanted, name) for name in NewWill.__dataclass_fields__}
    try:
        made = await WillStatement.create(
            **values, person_id=person_id, recorded_by=work.scope.actor_id or INSTALLATION, recorded_at=work.now
        )
    except IntegrityError as error:
        if violated_constraint(error) == "will_statements_one_current":
            raise WillRecorded from error
        raise
    said = {**values, "given_on": wanted.given_on.isoformat(), "person": str(person_id)}
    work.record("will_statement.recorded", "will_statement", made.id, said)
    work.emit("will_statement.recorded", {"statement": str(made.id), "person": str(person_id)})
    return made


async def withdraw_will(work: Work, statement: WillStatement, *, withdrawn_on: date, evidence: str) -> WillStatement:
    """Write down that a statement is withdrawn: from now on nothing new is entered by it, what there is stays.

    Raises `ImpossibleResultDate` or `WillWithdrawn`.
    """
    check_day("withdrawn_on", withdrawn_on, statement.given_on, await present_day(work))
    changed = await WillStatement.filter(id=statement.id, withdrawn_on=None).update(
        withdrawn_on=withdrawn_on,
        withdrawal_evidence=evidence,
        withdrawn_by=work.scope.actor_id or INSTALLATION,
        withdrawn_at=work.now,
    )
    if changed != 1:
        raise WillWithdrawn
    said = {"withdrawn_on": withdrawn_on.isoformat(), "evidence": evidence}
    work.record("will_statement.withdrawal_recorded", "will_statement", statement.id, said)
    return await find_will(statement.id)


async def without_will(policy: ResultPolicy, wanted: Collection[tuple[UUID, bool]]) -> set[tuple[UUID, bool]]:
    """Return those of `wanted` (person, obtained outside) whose results the policy does not let in without a will."""
    asked = {each for each in wanted if policy.will_needed == "all" or (policy.will_needed == "outside" and each[1])}
    if not asked:
        return set()
    rows = await WillStatement.filter(person_id__in=[person for person, _ in asked], withdrawn_on=None)
    stated = {(each.person_id, each.covers) for each in rows}
    return {
        (person, outside)
        for person, outside in asked
        if (person, "all") not in stated and not (outside and (person, "outside") in stated)
    }


def check_day(field: str, value: date, earliest: date, latest: date) -> None:
    """Raise `ImpossibleResultDate` unless `value` lies between the two."""
    if not earliest <= value <= latest:
        raise ImpossibleResultDate(field=field, earliest=earliest.isoformat(), latest=latest.isoformat())
