"""Rule and circumstances of a case → verdict with its reasons.

Everything that can keep a case is a candidate: the term of the rule or the one that replaces it, upgrades, other terms,
fallbacks, floors, prolongations, decisions of the commission. The longest wins. Nothing of a rule is left out, and what
nobody has answered is taken as keeping.
"""

from datetime import date
from typing import Final, NamedTuple

from retention.calendar import ONE_DAY, earliest_act_after_years, next_day
from retention.circumstances import Answer, AppraisalDecision, Circumstances, Policy, RuleVersion
from retention.errors import BeyondCalendar
from retention.reasons import Reason, ReasonCode
from retention.reckoning import (
    Awaited,
    AwaitedKind,
    Rank,
    Reckoning,
    open_end,
    permanent,
    reckon,
    start_of_count,
)
from retention.terms import Fallback, Floor, Gate, NonSource, OtherTerm, Rule, Term, Transfer, Upgrade
from retention.verdicts import Outcome, Verdict


class Candidate(NamedTuple):
    """One thing that keeps the case, and for how long."""

    origin: ReasonCode
    term: Term | None
    reckoning: Reckoning


def decide(rule: RuleVersion, facts: Circumstances, *, today: date, policy: Policy) -> Verdict:
    """Say whether, and from which day on, a disposal act may take the case, and why.

    `today` is the day in the institution's time zone. The same arguments give the same verdict.
    """
    reasons = [Reason(ReasonCode.RULE, (rule.version,))]
    if rule.rule is None:
        words = "; ".join(rule.not_understood)
        reasons.append(Reason(ReasonCode.NOT_UNDERSTOOD, (words,)) if words else Reason(ReasonCode.NO_TERM))
    if facts.closed_on is None:
        reasons.append(Reason(ReasonCode.NOT_CLOSED))
        return _without_date(Outcome.NOT_CLOSED, rule, facts, today, reasons)
    reasons.append(Reason(ReasonCode.CLOSED, (facts.closed_on,)))
    if rule.rule is None:
        return _without_date(Outcome.NEEDS_REVIEW, rule, facts, today, reasons)
    work = _Computation(rule.rule, facts.closed_on, facts, policy, today)
    work.reasons = reasons
    try:
        work.consider()
    except BeyondCalendar as beyond:
        reasons.append(Reason(ReasonCode.BEYOND_CALENDAR, (beyond.year,)))
        return _without_date(Outcome.NEEDS_REVIEW, rule, facts, today, reasons)
    return work.verdict(rule.version)


class _Computation:
    """One computation under way: the candidates found so far, and the reasons written so far."""

    __slots__ = (
        "assumed",
        "candidates",
        "closed_on",
        "facts",
        "gates",
        "instead",
        "policy",
        "reasons",
        "rule",
        "today",
    )

    def __init__(self, rule: Rule, closed_on: date, facts: Circumstances, policy: Policy, today: date) -> None:
        self.rule = rule
        self.closed_on = closed_on
        self.facts = facts
        self.policy = policy
        self.today = today
        self.reasons: list[Reason] = []
        self.candidates: list[Candidate] = []
        self.assumed: list[str] = []
        self.gates: list[str] = []
        self.instead: list[Awaited] = []

    def consider(self) -> None:
        """Collect everything that keeps the case.

        Raises:
            BeyondCalendar: A term ends after the year 9999.
        """
        if self.rule.conditions:
            if not self._parts():
                self._main()
            self._conditions()
        else:
            self._main()
        facts = self.facts
        if facts.prolonged_until is not None:
            self.reasons.append(Reason(ReasonCode.PROLONGED, (facts.prolonged_until,)))
            dated = Reckoning(Rank.DATED, next_day(facts.prolonged_until))
            self.candidates.append(Candidate(ReasonCode.PROLONGED, None, dated))
        if facts.appraisal is not None and facts.appraisal.decision is AppraisalDecision.KEEP:
            self.reasons.append(Reason(ReasonCode.APPRAISED_KEEP, facts.appraisal[1:]))
            kept = permanent(self.closed_on, self.policy, self.reasons)
            self.candidates.append(Candidate(ReasonCode.APPRAISED_KEEP, None, kept))

    def verdict(self, version: str) -> Verdict:
        """Let the longest candidate win."""
        candidates, facts, reasons = self.candidates, self.facts, self.reasons
        winner = max(candidates, key=_length)
        if len(candidates) > 1:
            reasons.append(Reason(ReasonCode.LONGEST_WINS, (len(candidates),)))
        rank = winner.reckoning.rank
        awaited: tuple[Awaited, ...] = ()
        free = not_before = None
        if rank is Rank.DATED:
            free = not_before = winner.reckoning.not_before
        elif rank is Rank.AWAITING:
            events = [each for one in candidates for each in one.reckoning.awaited]
            awaited = tuple(dict.fromkeys([*events, *self.instead]))
            known = [one.reckoning.not_before for one in candidates if one.reckoning.not_before is not None]
            not_before = max(known, default=None)
        if free is not None:
            reasons.append(Reason(ReasonCode.FREE_FROM, (free,)))
        appraised = self._appraised(free)
        outcome = _OUTCOMES[rank] if free is None else self._dated(free, appraised=appraised)
        reasons.extend([Reason(ReasonCode.HELD, (hold,)) for hold in facts.holds])
        return Verdict(
            outcome,
            self.today,
            version,
            free,
            not_before,
            winner.origin,
            winner.term,
            awaited,
            tuple(self.gates),
            tuple(self.assumed),
            appraised,
            facts.holds,
            tuple(reasons),
        )

    def _dated(self, free: date, *, appraised: bool) -> Outcome:
        if self.today < free:
            return Outcome.RETAINED
        if self.gates:
            return Outcome.GATED
        return Outcome.DUE if appraised else Outcome.NEEDS_APPRAISAL

    def _appraised(self, free: date | None) -> bool:
        """Tell whether no considered term asks for an appraisal, or the commission has decided since the term ended."""
        marked = next((one.term.mark for one in self.candidates if one.term is not None and one.term.mark), None)
        if marked is None:
            return True
        appraisal = self.facts.appraisal
        if free is not None and appraisal is not None and appraisal.decision is AppraisalDecision.DESTROY:
            if free <= appraisal.on <= self.today:
                self.reasons.append(Reason(ReasonCode.APPRAISED_DESTROY, appraisal[1:]))
                return True
            self.reasons.append(Reason(ReasonCode.APPRAISED_TOO_EARLY, (appraisal.on,)))
        self.reasons.append(Reason(ReasonCode.APPRAISAL_AWAITED, (marked,)))
        return False

    def _apply(self, origin: ReasonCode, term: Term, words: str = "") -> None:
        """Apply a term and note it as a candidate."""
        years: str | int = "/".join(map(str, term.dual)) if term.dual is not None else term.years or ""
        self.reasons.append(Reason(origin, (term.kind, years, words)))
        reckoning = reckon(term, self.closed_on, self.facts, self.policy, self.reasons)
        self.candidates.append(Candidate(origin, term, reckoning))

    def _parts(self) -> bool:
        """Apply terms of sub-kinds and places; tell whether one of them is all that the case consists of."""
        replaced = False
        for condition in self.rule.conditions:
            if isinstance(condition, OtherTerm):
                answer = self.facts.answers.get(condition.words)
                if answer is Answer.NO:
                    self._denied(condition.words)
                elif answer is Answer.YES:
                    self._apply(ReasonCode.TERM_OF_PART, condition.term, condition.words)
                    replaced = True
                else:
                    self.assumed.append(condition.words)
                    self._apply(ReasonCode.TERM_OF_ASSUMED_PART, condition.term, condition.words)
        return replaced

    def _main(self) -> None:
        """Apply the term of the rule, or what replaces it here, or its fallback if the event never comes."""
        before = len(self.candidates)
        rule, source = self.rule, self.policy.source_of_acquisition
        substitutes = [] if source else [each for each in rule.conditions if isinstance(each, NonSource)]
        for substitute in substitutes:
            self._apply(ReasonCode.TERM_OF_NON_SOURCE, substitute.term, substitute.words)
        if not substitutes:
            if source and rule.replaced is not None:
                self._apply(ReasonCode.TERM_OF_SOURCE, rule.replaced)
            else:
                self._apply(ReasonCode.TERM_OF_RULE, rule.term)
        for condition in rule.conditions:
            if isinstance(condition, Fallback):
                self._fallback(condition, before)

    def _fallback(self, fallback: Fallback, before: int) -> None:
        """Let a fallback stand for terms from position `before` on that wait for an event which never comes."""
        answer = self.facts.answers.get(fallback.words)
        waiting = [one for one in self.candidates[before:] if _waits_for_events(one)]
        if answer is Answer.YES:
            self.candidates[before:] = [one for one in self.candidates[before:] if one not in waiting]
            self._apply(ReasonCode.TERM_OF_FALLBACK, fallback.term, fallback.words)
        elif answer is Answer.NO:
            self._denied(fallback.words)
        elif waiting:
            self.reasons.append(Reason(ReasonCode.FALLBACK_OPEN, (fallback.words,)))
            self.instead.append(Awaited(AwaitedKind.NEVER_COMES, "", fallback.words))

    def _conditions(self) -> None:
        """Apply what is added to whatever term governs: upgrades, floors, gates, other exits."""
        for condition in self.rule.conditions:
            if isinstance(condition, Upgrade):
                self._upgrade(condition)
            elif isinstance(condition, Floor):
                self._floor(condition)
            elif isinstance(condition, Gate):
                self._gate(condition)
            elif isinstance(condition, Transfer):
                self._transfer(condition)

    def _upgrade(self, upgrade: Upgrade) -> None:
        answer = self.facts.answers.get(upgrade.words)
        if answer is Answer.NO:
            self._denied(upgrade.words)
        elif answer is Answer.YES:
            self._apply(ReasonCode.TERM_OF_UPGRADE, upgrade.term, upgrade.words)
        else:
            self.assumed.append(upgrade.words)
            self._apply(ReasonCode.TERM_OF_ASSUMED_UPGRADE, upgrade.term, upgrade.words)

    def _floor(self, floor: Floor) -> None:
        """Let a lower bound keep the case by itself: where the longest wins, it is one more candidate."""
        if floor.years is not None:
            free = earliest_act_after_years(self.closed_on, floor.years)
            self.reasons.append(Reason(ReasonCode.FLOOR, (floor.words, floor.years, free - ONE_DAY)))
            self.candidates.append(Candidate(ReasonCode.FLOOR, None, Reckoning(Rank.DATED, free)))
        if floor.until is not None:
            self.reasons.append(Reason(ReasonCode.FLOOR_EVENT, (floor.words,)))
            last, awaited = start_of_count((floor.until,), self.closed_on, self.facts, self.reasons)
            bound = Reckoning(Rank.AWAITING, None, awaited) if awaited else open_end(last, self.policy, self.reasons)
            self.candidates.append(Candidate(ReasonCode.FLOOR_EVENT, None, bound))

    def _gate(self, gate: Gate) -> None:
        # What was settled before the case was closed says nothing about the documents that came after it.
        settled = self.facts.closed_gates.get(gate.words)
        if settled is not None and self.closed_on <= settled <= self.today:
            self.reasons.append(Reason(ReasonCode.GATE_CLOSED, (gate.words, settled)))
        else:
            self._open(ReasonCode.GATE_OPEN, gate.words)

    def _transfer(self, transfer: Transfer) -> None:
        if self.facts.answers.get(transfer.words) is Answer.NO:
            self.reasons.append(Reason(ReasonCode.TRANSFER_EXCLUDED, (transfer.words,)))
        else:
            self._open(ReasonCode.TRANSFER_OPEN, transfer.words)

    def _open(self, code: ReasonCode, words: str) -> None:
        self.reasons.append(Reason(code, (words,)))
        self.gates.append(words)

    def _denied(self, words: str) -> None:
        self.reasons.append(Reason(ReasonCode.CONDITION_DENIED, (words,)))


_OUTCOMES: Final = {
    Rank.AWAITING: Outcome.AWAITING,
    Rank.UNTIL_LIQUIDATION: Outcome.UNTIL_LIQUIDATION,
    Rank.PERMANENT: Outcome.PERMANENT,
    Rank.UNDECIDED: Outcome.NEEDS_REVIEW,
}


def _length(candidate: Candidate) -> tuple[int, date]:
    return candidate.reckoning.rank, candidate.reckoning.not_before or date.min


def _waits_for_events(candidate: Candidate) -> bool:
    if candidate.origin is ReasonCode.TERM_OF_FALLBACK or candidate.reckoning.rank is not Rank.AWAITING:
        return False
    return all(each.kind is not AwaitedKind.END_OF_NEED for each in candidate.reckoning.awaited)


def _without_date(
    outcome: Outcome, rule: RuleVersion, facts: Circumstances, today: date, reasons: list[Reason]
) -> Verdict:
    reasons.extend([Reason(ReasonCode.HELD, (hold,)) for hold in facts.holds])
    return Verdict(
        outcome=outcome,
        today=today,
        version=rule.version,
        earliest_act_date=None,
        not_before=None,
        won_by=None,
        term=None,
        awaited=(),
        open_gates=(),
        assumed=(),
        appraised=True,
        holds=facts.holds,
        reasons=tuple(reasons),
    )
