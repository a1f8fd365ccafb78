"""Acts come into being, and cases on and off their lists, as long as the list is open."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.access.permissions import Role as AccountRole
from core.cases.asking import asking
from core.cases.holds import pass_gate
from core.cases.models import Case
from core.cases.verdicts import Dated, Judgement, cases_to_judge, judge_all, keep_many, require_step
from core.disposal.errors import CaseOnAnotherAct, DisposalLinesRefused, NothingDue
from core.disposal.holding import take_held_off
from core.disposal.lives import (
    find_act,
    lock_act,
    lock_cases,
    move_act,
    move_cases,
    require_line_step,
)
from core.disposal.models import DisposalAct, DisposalActLine
from core.disposal.selection import ENTERING, LeftOut, Selection, ask_plugins, judge_some, select_cases
from core.disposal.snapshots import Snapshot, going
from core.kernel.database.connection import Database
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.kernel.plugins import PluginHost
from core.kernel.scope import Scope
from core.nomenclature.drafting import actor
from retention import act_lines, disposal
from retention import cases as case_steps
from retention.act_lines import LineFacts, LineState
from retention.case_facts import CaseFacts, CaseState
from retention.disposal_facts import FROZEN, ActFacts
from retention.transitions import Asking, Refusal, Refused

_AT_ONCE: Final = 1000
_INSERT: Final = """
INSERT INTO disposal_act_lines (id, institution_id, act_id, case_id, section, class_index, title, class_title,
  first_year, last_year, nomenclature_year, volumes, term, article, rule_id, earliest_act_date, explanation, content,
  carried, digest, listed_at)
SELECT n.id, $1, $2, n.case_id, n.section, n.class_index, n.title, n.class_title, n.first_year, n.last_year,
       n.nomenclature_year, n.volumes, n.term, n.article, n.rule_id, n.earliest_act_date, n.explanation, n.content,
       n.carried, n.digest, $3
  FROM jsonb_to_recordset($4::jsonb) AS n(id uuid, case_id uuid, section text, class_index text, title text,
       class_title text, first_year integer, last_year integer, nomenclature_year integer, volumes integer, term text,
       article text, rule_id uuid, earliest_act_date date, explanation jsonb, content jsonb, carried jsonb,
       digest bytea)
"""
_SHOWN: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Who wants what on an act."""

    scope: Scope
    roles: Collection[AccountRole]
    case_ids: Sequence[UUID] | None
    """None: every case that is due and stands on no act; what may not enter is left out and reported."""
    today: date


@dataclass(frozen=True, slots=True)
class Listed:
    """An act after cases were put on it, and what was left out of it."""

    act: DisposalAct
    added: int
    left_out: tuple[LeftOut, ...]
    more: bool
    """Whether further cases are due that one act cannot take."""


async def create_act(database: Database, plugins: PluginHost, wanted: Wanted, *, basis: str) -> Listed:
    """Make the draft of one consolidated act, whose author is who asks.

    Raises `DisposalLinesRefused` if a named case may not enter, `NothingDue`, `TooManyLines`, `CaseOnAnotherAct`,
    `DisposalStepRefused` or `StaleState`.
    """
    act_id = new_id()
    asked, objections = await _asked(database, plugins, wanted, act_id)
    async with database.work(wanted.scope) as work:
        who = asking(work, wanted.roles)
        fitting, left_out = await _under_lock(work, asked, objections, wanted.today)
        if not fitting or (wanted.case_ids is not None and left_out):
            raise _refused(wanted, left_out)
        act = DisposalAct(id=act_id, basis=basis, author_id=actor(work), created_at=work.now, **_span(fitting))
        require_new = disposal.decide(None, disposal.CREATE, ActFacts(period_named=True), who)
        if isinstance(require_new, Refused):
            raise DisposalLinesRefused(step="create", reasons=[each.code for each in require_new.reasons])
        await act.save(force_create=True)
        work.record("disposal_act.created", "disposal_act", act_id, {"basis": basis, "cases": len(fitting)})
        work.emit("disposal_act.created", {"act": str(act_id)})
        await _put(work, act, fitting, who, wanted.today)
        return Listed(await find_act(act_id), len(fitting), tuple(left_out), asked.more)


async def add_lines(database: Database, plugins: PluginHost, wanted: Wanted, act: DisposalAct) -> Listed:
    """Put further cases on an act whose list is open; only its author may. Raises what `create_act` raises."""
    asked, objections = await _asked(database, plugins, wanted, act.id)
    async with database.work(wanted.scope) as work:
        locked = await lock_act(act)
        fitting, left_out = await _under_lock(work, asked, objections, wanted.today)
        if not fitting or (wanted.case_ids is not None and left_out):
            raise _refused(wanted, left_out)
        await _put(work, locked, fitting, asking(work, wanted.roles), wanted.today)
        moved = await _respan(work, locked, "disposal_act.lines_added", len(fitting))
        return Listed(moved, len(fitting), tuple(left_out), asked.more)


async def exclude_line(
    work: Work, act: DisposalAct, line: DisposalActLine, reason: str, who: Asking, *, today: date
) -> DisposalAct:
    """Take a case off an act whose list is open, with a reason; today's verdict says where the case goes.

    Raises `DisposalLinesRefused` or `StaleState`.
    """
    locked = await lock_act(act)
    await take_held_off(work, locked)
    line = await DisposalActLine.get(id=line.id)
    facts = LineFacts(
        author=str(locked.author_id), list_open=locked.state not in FROZEN, reason_given=bool(reason.strip())
    )
    to_state = require_line_step(line, act_lines.EXCLUDE, facts, who)
    await DisposalActLine.filter(id=line.id, state=line.state).update(
        state=to_state, living=False, reason=reason, ended_at=work.now
    )
    await release_case(work, line.case_id, today=today, excluded=True)
    work.record("disposal_act.line_excluded", "case", line.case_id, {"act": str(act.id), "reason": reason})
    return await _respan(work, locked, "disposal_act.lines_excluded", 1)


async def release_case(work: Work, case_id: UUID, *, today: date, excluded: bool = False) -> None:
    """Put a locked case where today's verdict wants it; it was on an act that lets it go."""
    await release_cases(work, [case_id], today=today, excluded=excluded)


async def release_cases(work: Work, case_ids: Sequence[UUID], *, today: date, excluded: bool = False) -> None:
    """Put cases where today's verdicts want them, some at once; they were on an act that lets them go."""
    await lock_cases(work, case_ids)
    for start in range(0, len(case_ids), _AT_ONCE):
        cases = await cases_to_judge(case_ids[start : start + _AT_ONCE])
        judged = await judge_all(work, cases, today=today)
        await keep_many(work, [_released(case, judged[case.id], excluded=excluded) for case in cases])
        await work.flush()


def _released(case: Case, judgement: Judgement, *, excluded: bool) -> Dated:
    step = case_steps.RELEASE[judgement.state]
    if excluded and judgement.state in case_steps.EXCLUDE:
        step = case_steps.EXCLUDE[judgement.state]
    facts = CaseFacts(held=False, verdict=judgement.verdict, reason_given=True, destruction_begun=False)
    return Dated(case, require_step(case.state, step, facts), judgement)


async def _asked(
    database: Database, plugins: PluginHost, wanted: Wanted, act_id: UUID
) -> tuple[Selection, dict[UUID, list[Refusal]]]:
    async with database.work(wanted.scope) as work:
        selection = await select_cases(work, wanted.case_ids, today=wanted.today)
    institution = wanted.scope.institution_id
    return selection, await ask_plugins(plugins, selection, act_id=act_id, institution_id=institution)


async def _under_lock(
    work: Work, asked: Selection, objections: dict[UUID, list[Refusal]], today: date
) -> tuple[list[Snapshot], list[LeftOut]]:
    """Judge again what plugins were asked about, with cases locked and no hold under way."""
    before = {each.case.id: each for each in asked.fitting}
    again = Selection()
    await lock_cases(work, list(before))
    await pass_gate(work)
    case_ids = sorted(before)
    for start in range(0, len(case_ids), _AT_ONCE):
        some = await cases_to_judge(case_ids[start : start + _AT_ONCE])
        await judge_some(work, again, some, {case.id: before[case.id].line_id for case in some}, today=today)
    left_out = asked.left_out + again.left_out
    fitting = []
    for each in again.fitting:
        against = list(objections.get(each.case.id, []))
        if not each.same_as(before[each.case.id]):
            against.append(act_lines.NOT_BEGUN)
        if against:
            left_out.append(LeftOut(each.case.id, tuple(against)))
        else:
            fitting.append(each)
    return fitting, left_out


async def _put(work: Work, act: DisposalAct, fitting: Sequence[Snapshot], who: Asking, today: date) -> None:
    facts = LineFacts(
        author=str(act.author_id),
        list_open=act.state not in FROZEN,
        held=False,
        due=True,
        same_institution=True,
        no_objection=True,
    )
    decision = act_lines.decide(None, act_lines.LIST, facts, who)
    if isinstance(decision, Refused):
        codes, remedies = zip(*((one.code, one.remedy) for one in decision.reasons), strict=True)
        raise DisposalLinesRefused(step="list", reasons=list(codes), remedies=list(remedies))
    for start in range(0, len(fitting), _AT_ONCE):
        some = fitting[start : start + _AT_ONCE]
        for each in some:
            _require_entry(each)
            work.record("case.put_on_act", "case", each.case.id, {"act": str(act.id), "line": str(each.line_id)})
        await _insert(work, act, some, today)
        await move_cases(work, [each.case.id for each in some], ENTERING, CaseState.ON_ACT)
        await work.flush()


def _require_entry(each: Snapshot) -> None:
    facts = CaseFacts(held=bool(each.judgement.verdict.holds), verdict=each.judgement.verdict)
    state = each.case.state
    if state is CaseState.RETAINED:
        state = require_step(state, case_steps.EXPIRE, facts)
    require_step(state, case_steps.PUT_ON_ACT, facts)


async def _insert(work: Work, act: DisposalAct, some: Sequence[Snapshot], today: date) -> None:
    there = await going(work, [each.case.id for each in some], act_id=act.id, today=today)
    lines = [each.columns(there[each.case.id]) for each in some]
    values = [work.scope.institution_id, act.id, work.now, json.dumps(lines, default=str, ensure_ascii=False)]
    try:
        await work.run(_INSERT, values)
    except IntegrityError as error:
        if violated_constraint(error) == "disposal_act_lines_one_living":
            raise CaseOnAnotherAct from error
        raise


def _span(fitting: Sequence[Snapshot]) -> dict[str, int]:
    return {
        "first_year": min(each.cells["first_year"] for each in fitting),
        "last_year": max(each.cells["last_year"] for each in fitting),
    }


async def _respan(work: Work, act: DisposalAct, action: str, count: int) -> DisposalAct:
    """Name the years anew that the list covers; an empty list keeps those it had."""
    listed = await DisposalActLine.filter(act_id=act.id, living=True, state=LineState.LISTED).values_list(
        "first_year", "last_year"
    )
    span = {"first_year": act.first_year, "last_year": act.last_year}
    if listed:
        span = {"first_year": min(each[0] for each in listed), "last_year": max(each[1] for each in listed)}
    return await move_act(work, act, act.state, action, {"lines": count, **span}, **span)


def _refused(wanted: Wanted, left_out: Sequence[LeftOut]) -> Exception:
    said = [{"case": str(each.case_id), "reason": reason.code} for each in left_out[:_SHOWN] for reason in each.reasons]
    if wanted.case_ids is None:
        return NothingDue(left_out=len(left_out), cases=said)
    known = dict.fromkeys(reason for each in left_out for reason in each.reasons)
    return DisposalLinesRefused(
        step="list", reasons=[each.code for each in known], remedies=[each.remedy for each in known], cases=said
    )
