"""How many verdicts a second one core computes, reasons included: `python -m benchmarks.verdicts [VERDICTS]`.

The promise is 50,000 a second. The cases are mixed as in an institution: mostly plain spans, some with events, two
lengths, conditions, open ends; a tenth is held. Beside them the bare arithmetic: one date a case and nothing else.
"""

import random
import resource
import sys
import time
from collections.abc import Callable
from datetime import date

from retention.calendar import earliest_act_after_years
from retention.circumstances import Answer, Circumstances, Policy, RecordedEvent, RuleVersion
from retention.schedule import decide
from retention.terms import AppraisalMark, Floor, Gate, Rule, Term, TermKind, Trigger, Upgrade

PROMISE = 50_000
TODAY = date(2026, 3, 1)
REPLACED = Trigger("replaced", "замены новыми")
CONTRACT = (Trigger("contract_ended", "истечения срока договора"), Trigger("obligations_ended", "исполнения"))
ANNUAL = "При отсутствии годовых"
POLICY = Policy(source_of_acquisition=False)

# share, what kind of rule, the rule
RULES: tuple[tuple[int, str, Rule], ...] = (
    (40, "plain span", Rule(term=Term(kind=TermKind.YEARS, years=5))),
    (12, "span after an event", Rule(term=Term(kind=TermKind.YEARS, years=3, triggers=(REPLACED,)))),
    (8, "span after the later event", Rule(term=Term(kind=TermKind.YEARS, years=5, triggers=CONTRACT))),
    (10, "two lengths, appraisal", Rule(term=Term(kind=TermKind.DUAL, dual=(50, 75), mark=AppraisalMark.EPK))),
    (6, "until liquidation", Rule(term=Term(kind=TermKind.PERMANENT))),
    (6, "until not needed", Rule(term=Term(kind=TermKind.UNTIL_NOT_NEEDED, years=1))),
    (4, "until replaced", Rule(term=Term(kind=TermKind.UNTIL_REPLACED, triggers=(REPLACED,)))),
    (
        8,
        "span with a gate",
        Rule(term=Term(kind=TermKind.YEARS, years=5), conditions=(Gate(words="При условии проведения проверки"),)),
    ),
    (
        6,
        "span with upgrade, floor and gate",
        Rule(
            term=Term(kind=TermKind.YEARS, years=5),
            conditions=(
                Upgrade(words=ANNUAL, term=Term(kind=TermKind.PERMANENT)),
                Floor(words="Не менее 6 лет", years=6),
                Gate(words="При условии проведения проверки"),
            ),
        ),
    ),
)


def case(dice: random.Random) -> Circumstances:
    closed = date(dice.randint(1995, 2025), dice.randint(1, 12), dice.randint(1, 28))
    events = tuple(
        RecordedEvent(code, "слова", date(closed.year + dice.randint(0, 3), 6, 1), "приказ 1")
        for code in ("replaced", "contract_ended", "obligations_ended")
        if dice.random() < 0.8
    )
    return Circumstances(
        closed_on=closed,
        events=events,
        answers={ANNUAL: Answer.NO} if dice.random() < 0.5 else {},
        holds=("h-1",) if dice.random() < 0.1 else (),
    )


def per_second(work: Callable[[], object], count: int) -> float:
    """The best of three runs: the machine has other things to do."""
    best = 0.0
    for _ in range(3):
        began = time.process_time()
        work()
        best = max(best, count / (time.process_time() - began))
    return best


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    dice = random.Random(7)
    versions = [RuleVersion(f"v-{number}", rule) for number, (_, _, rule) in enumerate(RULES)]
    shares = [share for share, _, _ in RULES]
    cases = [case(dice) for _ in range(10_000)]
    mixed = [(dice.choices(versions, shares)[0], dice.choice(cases)) for _ in range(count)]

    def verdicts(pairs: list[tuple[RuleVersion, Circumstances]]) -> None:
        for version, facts in pairs:
            decide(version, facts, today=TODAY, policy=POLICY)

    def bare() -> None:
        for _, facts in mixed:
            if facts.closed_on is not None:
                earliest_act_after_years(facts.closed_on, 5)

    for version, (_, name, _) in zip(versions, RULES, strict=True):
        pairs = [(version, facts) for facts in cases]
        print(f"{name:<36}{per_second(lambda pairs=pairs: verdicts(pairs), len(pairs)):>12,.0f}/s")  # type: ignore[misc]
    rate, arithmetic = per_second(lambda: verdicts(mixed), count), per_second(bare, count)
    kept = "kept" if rate >= PROMISE else "NOT KEPT"
    print(f"{'mixed, one core':<36}{rate:>12,.0f}/s   the promise of {PROMISE:,} is {kept}")
    print(f"{'the bare arithmetic':<36}{arithmetic:>12,.0f}/s   ratio {arithmetic / rate:.1f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
