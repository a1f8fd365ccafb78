"""Addresses that answer why, and what if."""

from datetime import date
from typing import Any
from uuid import UUID

from core.access.dependencies import Services
from core.cases.models import Case
from core.cases.opening import find_case
from core.cases.redatings import redatings_of
from core.cases.requests import WhatIfIn
from core.cases.routes.dependencies import Reader, ReaderLanguage
from core.cases.schemas import (
    CaseRedatingOut,
    ReasonOut,
    StorageLockOut,
    WhatIfOut,
    WhyOut,
    rule_members,
    told,
)
from core.cases.storage_locks import storage_lock_of
from core.cases.verdicts import explanation, judge, what_if
from core.kernel.clock import today as today_in
from core.kernel.errors import NotFound
from core.kernel.texts import Language, translate
from core.nomenclature.models import RuleVersion
from core.nomenclature.term_reading import RuleCells
from core.web.problems import problem_responses
from core.web.routing import Router
from retention.case_facts import CASE_ENDS
from retention.redating import compare
from retention.verdicts import Verdict

router = Router(tags=["cases"])


@router.get("/cases/{case_id}/why", responses=problem_responses(NotFound), summary="Why a case is kept, and until when")
async def read_case_reasons(case_id: UUID, caller: Reader, services: Services, language: ReaderLanguage) -> WhyOut:
    """The winning rule and its version, the count step by step, what is awaited, holds, and what an act lacks.

    Computed for the institution's today; of a case that has ended, what was computed last.
    """
    async with services.database.work(caller.scope) as work:
        case = await find_case(case_id)
        redatings = [CaseRedatingOut.of(each) for each in await redatings_of(work, case.id)]
        today = today_in(services.clock, caller.time_zone)
        judged = None if case.state in CASE_ENDS else await judge(work, case, today=today)
        rule_id = case.rule_id if judged is None else judged.rule_id
        rule = None if rule_id is None else await RuleVersion.get_or_none(id=rule_id)
        not_before = case.not_before if judged is None else judged.verdict.not_before
        lock = await storage_lock_of(work, case.id, not_before, caller.time_zone)
    if judged is None:
        said = _kept(case, case.computed_on or case.opened_on, language)
    else:
        said = _members(judged.verdict, language)
    storage = None if lock is None else StorageLockOut.of(lock, language)
    return WhyOut(**said, **rule_members(rule), redatings=redatings, storage=storage)


@router.post(
    "/cases/{case_id}/what-if",
    responses=problem_responses(NotFound),
    summary="What would become of a case under another term",
)
async def ask_what_if(
    case_id: UUID, wanted: WhatIfIn, caller: Reader, services: Services, language: ReaderLanguage
) -> WhatIfOut:
    """Read another term and compute with it, as if the nomenclature said so; nothing is changed."""
    today = today_in(services.clock, caller.time_zone)
    cells = RuleCells(term=wanted.term, footnote=wanted.note, article=wanted.article)
    async with services.database.work(caller.scope) as work:
        case = await find_case(case_id)
        reading, verdict = await what_if(work, case, cells, today=today)
        moved = compare((await judge(work, case, today=today)).verdict, verdict)
    said: dict[str, Any] = {"rule_id": None, "term": cells.term, "footnote": cells.footnote, "article": cells.article}
    return WhatIfOut(
        **_members(verdict, language),
        **said,
        status=reading.status,
        reading=reading.content,
        shift=moved.shift.value,
        needs_acceptance=moved.needs_acceptance,
    )


def _members(verdict: Verdict, language: Language) -> dict[str, Any]:
    said = explanation(verdict)
    obstacles = [
        ReasonOut(code=each.code, message=translate(each.remedy, language), facts={}) for each in verdict.obstacles
    ]
    return {
        "computed_on": verdict.today,
        "outcome": verdict.outcome.value,
        "earliest_act_date": verdict.earliest_act_date,
        "kept_until_date": verdict.kept_until,
        "not_before_date": verdict.not_before,
        "may_enter_act": verdict.may_enter_act,
        "obstacles": obstacles,
        **_explained(said, language),
    }


def _kept(case: Case, day: date, language: Language) -> dict[str, Any]:
    ended = ReasonOut(
        code="case_ended",
        message=translate("Nothing can be done: the case is destroyed, transferred, returned or merged.", language),
        facts={},
    )
    return {
        "computed_on": day,
        "outcome": case.outcome,
        "earliest_act_date": case.earliest_act_date,
        "kept_until_date": case.kept_until,
        "not_before_date": case.not_before,
        "may_enter_act": False,
        "obstacles": [ended],
        **_explained(case.explanation, language),
    }


def _explained(said: dict[str, Any], language: Language) -> dict[str, Any]:
    return {
        "reasons": told(said.get("reasons", []), language),
        "awaited": said.get("awaited", []),
        "open_gates": said.get("open_gates", []),
        "assumed": said.get("assumed", []),
        "hold_ids": said.get("holds", []),
    }
