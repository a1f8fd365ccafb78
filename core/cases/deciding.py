"""What a decision about a term does to the cases that waited for it."""

from typing import Final
from uuid import UUID

from core.cases.models import Case
from core.cases.verdicts import Dated, Judgement, judge_all, keep_many, require_step
from core.institutions.registry import present_day
from core.kernel.database.work import Work
from core.kernel.jobs.catalog import JobHandler
from core.kernel.jobs.context import JobContext
from retention.case_facts import CaseFacts, CaseState
from retention.cases import DECIDE_TERM, EXPIRE

_AT_ONCE: Final = 200


def apply_decision_job() -> JobHandler:
    """Return the handler of `core.nomenclature.decisions.RULE_DECIDED_JOB`; it may run again.

    Cases that wait for the decision get their dates. Cases that were dated by an earlier decision keep them until a
    person accepts the new ones after a preview.
    """

    async def handle(context: JobContext, *, root: str) -> None:
        done = 0
        while True:
            async with context.work() as work:
                dated = await date_waiting(work, UUID(root))
            done += dated
            if not dated:
                break
            await context.progress(done)

    return handle


async def date_waiting(work: Work, root_id: UUID) -> int:
    """Date some of the cases that need review under a rule; return how many were dated."""
    today = await present_day(work)
    waiting = Case.filter(rule_root_id=root_id, state=CaseState.NEEDS_REVIEW, bound=False)
    cases = await waiting.order_by("id").limit(_AT_ONCE).select_for_update()
    judged = await judge_all(work, cases, today=today) if cases else {}
    decided = [case for case in cases if judged[case.id].state is not CaseState.NEEDS_REVIEW]
    await keep_many(work, [Dated(case, _decided(case.state, judged[case.id]), judged[case.id]) for case in decided])
    return len(decided)


def _decided(state: CaseState, judgement: Judgement) -> CaseState:
    wanted = CaseState.RETAINED if judgement.state is CaseState.EXPIRED else judgement.state
    facts = CaseFacts(verdict=judgement.verdict, reason_given=True, evidence_given=True)
    state = require_step(state, DECIDE_TERM[wanted], facts)
    return require_step(state, EXPIRE, facts) if judgement.state is CaseState.EXPIRED else state
