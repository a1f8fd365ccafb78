"""Any rule, any circumstances: what Hypothesis draws for the tests of verdicts."""

from dataclasses import replace
from datetime import date
from functools import cache
from itertools import permutations, product

from hypothesis import strategies as st

from retention.circumstances import (
    Answer,
    Appraisal,
    AppraisalDecision,
    Circumstances,
    OpenEnd,
    PermanentReading,
    Policy,
    RecordedEvent,
    RuleVersion,
)
from retention.terms import (
    AppraisalMark,
    Condition,
    Counting,
    Fallback,
    Floor,
    Gate,
    NonSource,
    OtherTerm,
    OtherTermBy,
    Rule,
    Term,
    TermKind,
    Transfer,
    Trigger,
    Upgrade,
)

CODES = ("replaced", "contract_ended", "event")
WORDS = ("первое", "второе", "третье")
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2040, 12, 31)
DAYS = st.integers(FIRST_DAY.toordinal(), LAST_DAY.toordinal()).map(date.fromordinal)
SPANNED = (TermKind.YEARS, TermKind.MIN_YEARS, TermKind.AGE_BASED, TermKind.UNTIL_NOT_NEEDED)
COMPUTABLE = tuple(kind for kind in TermKind if kind not in {TermKind.COMPOUND, TermKind.NOT_APPLICABLE})
ENDS_WITH_EVENT = (TermKind.UNTIL_REPLACED, TermKind.UNTIL_CLAIMED, TermKind.UNTIL_EVENT)
EVENTS_NAMED = [Trigger(code, words) for code, words in product(CODES, WORDS)]
TRIGGERS = st.sampled_from(EVENTS_NAMED)
NO_TRIGGER = st.just(())
ONE_OR_TWO = TRIGGERS.map(lambda one: (one,)) | st.sampled_from(list(permutations(EVENTS_NAMED, 2)))


# What is drawn thousands of times is put together once: Hypothesis takes longer to check a strategy than to draw.
@cache
def terms(kinds: tuple[TermKind, ...] = COMPUTABLE) -> st.SearchStrategy[Term]:
    return st.one_of(*map(_terms_of, kinds))


@cache
def _terms_of(kind: TermKind) -> st.SearchStrategy[Term]:
    lengths = (1, 3, 5, 50, 75) if kind in SPANNED else (None,)
    dual = (50, 75) if kind is TermKind.DUAL else None
    bare = [
        Term(kind=kind, years=years, dual=dual, mark=mark, counting=counting)
        for years, mark, counting in product(lengths, (None, None, AppraisalMark.EPK), Counting)
    ]
    triggers = ONE_OR_TWO if kind in ENDS_WITH_EVENT else NO_TRIGGER | ONE_OR_TWO
    return st.builds(lambda term, triggers: replace(term, triggers=triggers), st.sampled_from(bare), triggers)


@cache
def conditions(kinds: tuple[TermKind, ...] = COMPUTABLE) -> st.SearchStrategy[Condition]:
    return additions(kinds) | st.builds(NonSource, words=st.sampled_from(WORDS), term=terms(kinds))


@cache
def additions(kinds: tuple[TermKind, ...] = COMPUTABLE) -> st.SearchStrategy[Condition]:
    """Conditions that can only keep longer, as long as nobody has answered them."""
    said, term = st.sampled_from(WORDS), terms(kinds)
    return st.one_of(
        st.builds(Gate, words=said),
        st.builds(Transfer, words=said),
        st.builds(Upgrade, words=said, term=term),
        st.builds(Fallback, words=said, term=term),
        st.builds(OtherTerm, by=st.sampled_from(OtherTermBy), words=said, term=term),
        st.builds(Floor, words=said, years=st.integers(1, 20)),
        st.builds(Floor, words=said, until=TRIGGERS),
    )


@cache
def rules(kinds: tuple[TermKind, ...] = COMPUTABLE) -> st.SearchStrategy[RuleVersion]:
    rule = st.builds(
        Rule,
        term=terms(kinds),
        conditions=st.lists(conditions(kinds), max_size=3).map(tuple),
        replaced=st.none() | terms(kinds),
    )
    return rule.map(lambda made: RuleVersion("версия 7", made))


RECORDED = [
    RecordedEvent(*named, FIRST_DAY, paper) for named in product(CODES, WORDS) for paper in ("приказ 1", "приказ 2")
]
EVENTS = st.builds(lambda event, on: event._replace(on=on), st.sampled_from(RECORDED), DAYS)
ANSWERED = [
    {words: answer for words, answer in zip(WORDS, answers, strict=True) if answer}
    for answers in product((None, *Answer), repeat=len(WORDS))
]
APPRAISALS = st.builds(Appraisal, st.sampled_from(AppraisalDecision), DAYS, st.just("протокол 3"))


def circumstances(closed: st.SearchStrategy[date] = DAYS) -> st.SearchStrategy[Circumstances]:
    return st.builds(
        Circumstances,
        closed_on=closed,
        events=st.lists(EVENTS, max_size=4).map(tuple),
        answers=st.sampled_from(ANSWERED),
        closed_gates=st.fixed_dictionaries({}, optional=dict.fromkeys(WORDS, DAYS)),
        need_ended_on=st.none() | DAYS,
        prolonged_until=st.none() | DAYS,
        appraisal=st.none() | APPRAISALS,
        age_at_closing=st.none() | st.integers(-2, 140),
        holds=st.sampled_from([(), (), ("иск 1",)]),
    )


POLICIES = st.builds(
    Policy,
    source_of_acquisition=st.booleans(),
    permanent_without_source=st.sampled_from(PermanentReading),
    need_floor_years=st.integers(1, 3),
    after_open_end=st.sampled_from(OpenEnd),
    liquidated_on=st.none() | DAYS,
)
