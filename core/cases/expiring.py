"""The date of a case comes by itself: what was retained expires, and waits for the yearly selection."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from core.cases.models import Case
from core.cases.verdicts import Dated, Judgement, judge_all, keep_many, require_step
from core.institutions.registry import present_day
from core.kernel.clock import Clock
from core.kernel.database.connection import Database
from core.kernel.database.work import Work
from core.kernel.scope import Scope, installation_scope
from retention.case_facts import CaseFacts, CaseState
from retention.cases import EXPIRE

_SOURCE: Final = "expiry"
_AT_ONCE: Final = 1000


async def expire_due(database: Database, clock: Clock) -> int:
    """Let every case expire whose earliest date has come in its institution; return how many did."""
    # Somewhere on earth it is tomorrow already; the institution's own calendar decides below.
    tomorrow = clock().date() + timedelta(days=1)
    async with database.work(installation_scope(source=_SOURCE)) as work:
        rows = await work.rows("SELECT institutions_with_cases_to_expire($1) AS id", [tomorrow])
    expired = 0
    for row in rows:
        scope = Scope(institution_id=row["id"], source=_SOURCE)
        last: UUID | None = None
        while True:
            async with database.work(scope) as work:
                count, last = await _expire_some(work, last)
            expired += count
            if last is None:
                break
    return expired


async def _expire_some(work: Work, last: UUID | None) -> tuple[int, UUID | None]:
    """Expire some cases behind `last` in the order of ids; return how many, and the last one looked at, if any."""
    today = await present_day(work)
    wanted = Case.filter(state=CaseState.RETAINED, earliest_act_date__lte=today)
    if last is not None:
        wanted = wanted.filter(id__gt=last)
    cases = await wanted.order_by("id").limit(_AT_ONCE).select_for_update(skip_locked=True)
    judged = await judge_all(work, cases, today=today) if cases else {}
    # A changed policy or decision may keep a case longer than was computed; then it stays as it is.
    expired = [_expired(case, judged[case.id]) for case in cases if judged[case.id].state is CaseState.EXPIRED]
    await keep_many(work, expired)
    return len(expired), cases[-1].id if len(cases) == _AT_ONCE else None


def _expired(case: Case, judgement: Judgement) -> Dated:
    return Dated(case, require_step(case.state, EXPIRE, CaseFacts(verdict=judgement.verdict)), judgement)
