"""Any rule, any circumstances: what Hypothesis draws for the tests of verdicts."""

from collections.abc import Sequence
from datetime import date

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
DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2040, 12, 31))
TRIGGERS = st.builds(Trigger, st.sampled_from(CODES), st.sampled_from(WORDS))
MARKS = st.sampled_from([None, None, AppraisalMark.EPK])
SPANNED = (TermKind.YEARS, TermKind.MIN_YEARS, TermKind.AGE_BASED, TermKind.UNTIL_NOT_NEEDED)
COMPUTABLE = [kind for kind in TermKind if kind not in {TermKind.COMPOUND, TermKind.NOT_APPLICABLE}]
ENDS_WITH_EVENT = (TermKind.UNTIL_REPLACED, TermKind.UNTIL_CLAIMED, TermKind.UNTIL_EVENT)


@st.composite
def terms(draw: st.DrawFn, kinds: Sequence[TermKind] = COMPUTABLE) -> Term:
    kind = draw(st.sampled_from(kinds))
    fewest = 1 if kind in ENDS_WITH_EVENT else 0
    return Term(
        kind=kind,
        years=draw(st.sampled_from([1, 3, 5, 50, 75])) if kind in SPANNED else None,
        dual=(50, 75) if kind is TermKind.DUAL else None,
        mark=draw(MARKS),
        triggers=tuple(draw(st.lists(TRIGGERS, min_size=fewest, max_size=2, unique=True))),
        counting=draw(st.sampled_from(Counting)),
    )


def conditions(kinds: Sequence[TermKind] = COMPUTABLE) -> st.SearchStrategy[Condition]:
    said, term = st.sampled_from(WORDS), terms(kinds)
    return st.one_of(
        additions(kinds),
        st.builds(NonSource, words=said, term=term),
    )


def additions(kinds: Sequence[TermKind] = COMPUTABLE) -> st.SearchStrategy[Condition]:
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


@st.composite
def rules(draw: st.DrawFn, kinds: Sequence[TermKind] = COMPUTABLE) -> RuleVersion:
    rule = Rule(
        term=draw(terms(kinds)),
        conditions=tuple(draw(st.lists(conditions(kinds), max_size=3))),
        replaced=draw(st.none() | terms(kinds)),
    )
    return RuleVersion("версия 7", rule)


EVENTS = st.builds(
    RecordedEvent, st.sampled_from(CODES), st.sampled_from(WORDS), DAYS, st.sampled_from(["приказ 1", "приказ 2"])
)
APPRAISALS = st.builds(Appraisal, st.sampled_from(AppraisalDecision), DAYS, st.just("протокол 3"))


def circumstances(closed: st.SearchStrategy[date] = DAYS) -> st.SearchStrategy[Circumstances]:
    return st.builds(
        Circumstances,
        closed_on=closed,
        events=st.lists(EVENTS, max_size=4).map(tuple),
        answers=st.dictionaries(st.sampled_from(WORDS), st.sampled_from(Answer)),
        closed_gates=st.dictionaries(st.sampled_from(WORDS), DAYS),
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
