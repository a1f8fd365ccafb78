"""That the institution ended («ликвидация»): what runs until then gets a date, and the head releases case by case.

Nothing is released by the record itself, because an archive takes personnel records and whatever terms have not run
out (125-ФЗ ст. 23 ч. 10): of each case the head says why none takes it, and the others are transferred.
"""

from datetime import date
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.cases.models import Case, Liquidation, RetentionPolicy
from core.cases.opening import EARLIEST, find_case, lock_case, require_day
from core.cases.policy import decide_policy, latest_policy
from core.cases.verdicts import judge, keep, require_step
from core.inventories.policy import single_person_mode
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.kernel.ids import new_id
from core.liquidation.errors import LiquidationBySame, LiquidationExists, LiquidationSettled
from core.nomenclature.drafting import actor
from retention.case_facts import CaseFacts
from retention.cases import LIQUIDATED
from retention.circumstances import OpenEnd, PermanentReading

_DECIDED: Final = (
    "source_of_acquisition",
    "permanent_without_source",
    "need_floor_years",
    "after_open_end",
)
# What holds while nobody has decided how terms are read.
_UNDECIDED: Final[dict[str, Any]] = {
    "source_of_acquisition": True,
    "permanent_without_source": PermanentReading.PERMANENT.value,
    "need_floor_years": 1,
    "after_open_end": OpenEnd.NEXT_JANUARY.value,
}


async def find_liquidation(liquidation_id: UUID) -> Liquidation:
    """Return what is recorded of the end of the current institution; raise `NotFound`."""
    found = await Liquidation.get_or_none(id=liquidation_id)
    if found is None:
        raise NotFound
    return found


async def record_liquidation(work: Work, liquidated_on: date, evidence: str, *, today: date) -> Liquidation:
    """Write down that the institution ended; nothing follows before another person has confirmed it.

    Raises `ImpossibleCaseDate` for a day in the future, or `LiquidationExists`.
    """
    require_day("liquidated_on", liquidated_on, EARLIEST, today)
    mode = await single_person_mode()
    try:
        made = await Liquidation.create(
            id=new_id(),
            liquidated_on=liquidated_on,
            evidence=evidence,
            single_person=mode is not None,
            recorded_by=actor(work),
            recorded_at=work.now,
        )
    except IntegrityError as error:
        if violated_constraint(error) == "liquidations_one":
            raise LiquidationExists from error
        raise
    said = {"liquidated_on": liquidated_on.isoformat(), "evidence": evidence, "single_person": mode is not None}
    work.record("liquidation.recorded", "liquidation", made.id, said)
    return await find_liquidation(made.id)


async def confirm_liquidation(work: Work, found: Liquidation) -> Liquidation:
    """Confirm as another person; from here on terms «До ликвидации» end with the day. No case is released by it.

    Raises `LiquidationSettled`, `LiquidationBySame` or `StaleState`.
    """
    locked = await _locked(found)
    if locked.state != "recorded":
        raise LiquidationSettled(state=locked.state)
    if locked.recorded_by == actor(work) and not locked.single_person:
        raise LiquidationBySame
    confirmed = await _move(work, locked, "confirmed", confirmed_by=actor(work), confirmed_at=work.now)
    await _tell_policy(work, locked, locked.liquidated_on)
    return confirmed


async def revoke_liquidation(work: Work, found: Liquidation, reason: str) -> Liquidation:
    """Take back a record that was wrong; what was released and not destroyed is kept again by its verdict.

    Raises `LiquidationSettled` or `StaleState`.
    """
    locked = await _locked(found)
    if locked.state == "revoked":
        raise LiquidationSettled(state=locked.state)
    revoked = await _move(work, locked, "revoked", revoked_by=actor(work), revoked_at=work.now, reason=reason)
    if locked.state == "confirmed":
        await _tell_policy(work, locked, None)
    return revoked


async def release_case(work: Work, case: Case, evidence: str, *, today: date) -> Case:
    """Let a case that was kept until the liquidation be due, because no archive takes it, as `evidence` shows.

    It goes by a disposal act like any other. Raises `StaleState`, or `CaseStepRefused` where a hold covers it or its
    verdict keeps it still.
    """
    locked = await lock_case(case.id)
    if locked.revision != case.revision:
        raise StaleState
    judged = await judge(work, locked, today=today)
    facts = CaseFacts(
        held=bool(judged.verdict.holds),
        verdict=judged.verdict,
        evidence_given=bool(evidence.strip()),
        goes_to_archive=not evidence.strip(),
    )
    state = require_step(locked.state, LIQUIDATED, facts)
    await keep(work, locked, state, judged)
    work.record("case.released_on_liquidation", "case", case.id, {"evidence": evidence})
    return await find_case(case.id)


async def _locked(found: Liquidation) -> Liquidation:
    locked = await Liquidation.filter(id=found.id).select_for_update().first()
    if locked is None or locked.revision != found.revision:
        raise StaleState
    return locked


async def _move(work: Work, row: Liquidation, state: str, **values: Any) -> Liquidation:  # noqa: ANN401 - columns
    present = Liquidation.filter(id=row.id, revision=row.revision)
    if await present.update(**values, state=state, revision=row.revision + 1) != 1:
        raise StaleState
    said = {"state": {"before": row.state, "after": state}, "reason": values.get("reason", "")}
    work.record(f"liquidation.{state}", "liquidation", row.id, said)
    work.emit(f"liquidation.{state}", {"liquidation": str(row.id)})
    return await find_liquidation(row.id)


async def _tell_policy(work: Work, row: Liquidation, liquidated_on: date | None) -> RetentionPolicy:
    """Decide anew how terms are read, with the day: previews of re-dating that rest on the old reading are outdated."""
    latest = await latest_policy()
    present = {name: getattr(latest, name) for name in _DECIDED} if latest else _UNDECIDED
    return await decide_policy(work, {**present, "liquidated_on": liquidated_on, "basis": row.evidence})
