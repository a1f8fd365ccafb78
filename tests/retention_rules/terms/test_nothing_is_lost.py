"""No word and no condition of a cell is ever dropped: it is kept in the rule, or a person is asked."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.grammar import read
from retention.normalising import plain
from retention.terms import Fallback, NonSource, OtherTerm, Reading, ReadingStatus, Rule, Upgrade
from tests.retention_rules.terms.samples import UNDERSTOOD

FOREIGN = ("ьщъыш", "qwerty", "копии", "филиал")
"""Words of no shape at all: wherever they are put, they have to be found again."""
LOADED = ("кроме", "если", "только", "но", "не", "исключая", "минус", "примерно")
"""Words that turn what stands around them."""
PHRASES = ("кроме копий", "если иначе", "10 лет", "до ремонта", "по 31.12.2030", "не позднее", "только для копий")
WORDS = st.sampled_from([*FOREIGN, *LOADED])
CLAUSES = [
    "после замены новыми",
    "после прекращения действия лицензии",
    "при условии проведения проверки",
    "при отсутствии годовых - постоянно",
    "при вредных условиях труда - 50/75 лет ЭПК",
    "невостребованные - 75 л.",
    "переписка - 3 года",
    "по месту разработки - Пост.",
    "в организации, не являющейся источником комплектования, - до ликвидации организации",
    "передаются в архив при ликвидации",
    "не ранее утверждения описей",
]


def events_of(rule: Rule) -> list[str]:
    terms = [one.term for one in rule.conditions if isinstance(one, Upgrade | Fallback | OtherTerm | NonSource)]
    return [trigger.words for term in (rule.term, *terms) for trigger in term.triggers]


def kept_words(rule: Rule) -> str:
    """All texts that a rule keeps, plain."""
    named = [condition.words for condition in rule.conditions]
    events = events_of(rule)
    return plain(" ".join([*named, *events, *rule.remarks, *(article.raw for article in rule.articles)]))


def weight(rule: Rule) -> int:
    """How many things bear on the term: conditions and events."""
    own = {"замены новыми", "востребования"} if rule.term.kind.startswith("until") else set()
    return len(rule.conditions) + len([trigger for trigger in rule.term.triggers if trigger.words not in own])


def accounts_for_itself(reading: Reading) -> bool:
    understood = reading.status is ReadingStatus.UNDERSTOOD
    return understood == (reading.rule is not None) == (not reading.not_understood) == (not reading.doubts)


@pytest.mark.parametrize(("term", "footnote"), UNDERSTOOD)
def test_a_word_put_anywhere_is_found_again_or_a_person_is_asked(term: str, footnote: str) -> None:
    for word, cell in [(one, cell) for one in (*FOREIGN, *LOADED) for cell in inserted(term, footnote, one)]:
        reading = read(*cell)
        assert accounts_for_itself(reading), cell
        if reading.rule is not None:
            assert re.search(rf"(?<![а-яa-z]){word}(?![а-яa-z])", kept_words(reading.rule)), cell


@pytest.mark.parametrize(("term", "footnote"), UNDERSTOOD)
def test_a_phrase_put_into_a_footnote_never_makes_conditions_fewer(term: str, footnote: str) -> None:
    rule = read(term, footnote).rule
    assert rule is not None
    for cell in [cell for phrase in PHRASES for cell in inserted(term, footnote, phrase) if cell[0] == term]:
        changed = read(*cell).rule
        assert changed is None or weight(changed) + len(changed.remarks) >= weight(rule), cell


def inserted(term: str, footnote: str, word: str) -> list[tuple[str, str]]:
    found = []
    for place, text in enumerate((term, footnote)):
        words = text.split(" ") if text else []
        for at in range(len(words) + 1):
            changed = " ".join([*words[:at], word, *words[at:]])
            found.append((changed, footnote) if place == 0 else (term, changed))
    return found


@given(
    st.lists(st.sampled_from(CLAUSES), min_size=1, max_size=4, unique=True),
    st.sampled_from(["; ", ". ", ";\n"]),
)
def test_as_many_conditions_come_out_as_were_put_in(clauses: list[str], between: str) -> None:
    rule = read("5 лет ЭПК (1)", f"(1) {between.join(clauses)}").rule
    assert rule is not None
    assert weight(rule) == len(clauses)


@given(st.lists(st.sampled_from(CLAUSES), min_size=1, max_size=4, unique=True))
def test_footnotes_of_their_own_carry_as_much(clauses: list[str]) -> None:
    references = " ".join(f"({number})" for number in range(1, len(clauses) + 1))
    footnote = " ".join(f"({number}) {clause}" for number, clause in enumerate(clauses, start=1))
    rule = read(f"5 лет {references}", footnote).rule
    assert rule is not None
    assert weight(rule) == len(clauses)


@given(st.lists(st.sampled_from(CLAUSES), min_size=2, max_size=3, unique=True))
def test_without_a_separator_no_clause_vanishes(clauses: list[str]) -> None:
    rule = read("5 лет (1)", f"(1) {' '.join(clauses)}").rule
    assert rule is None or all(plain(clause.split(" - ")[0].strip(",")) in restored(rule) for clause in clauses)


def test_of_events_with_or_between_them_all_are_kept() -> None:
    rule = read("5 лет (1)", "(1) После замены новыми или после увольнения, либо после списания").rule
    assert rule is not None
    assert events_of(rule) == ["замены новыми", "увольнения", "списания"]


def test_a_non_source_condition_holds_nothing_else() -> None:
    with_more = "В организации, не являющейся источником комплектования, при наличии копий"
    rule = read("Постоянно", f"{with_more} - до ликвидации организации").rule
    assert rule is not None
    (condition,) = rule.conditions
    assert isinstance(condition, OtherTerm)
    assert condition.words == with_more


def restored(rule: Rule) -> str:
    return plain(f"{kept_words(rule)} {' '.join(f'после {event}' for event in events_of(rule))}")


@given(
    st.text(alphabet="5 10 летгод.л,;()<1>-–/ЭПКэпкПостоянноДМНдопослезаменынвым¹*\n", max_size=40),
    st.text(max_size=30),
)
def test_any_text_is_answered_and_accounts_for_itself(term: str, footnote: str) -> None:
    assert accounts_for_itself(read(term, footnote))
    assert accounts_for_itself(read(footnote, term, article=footnote))


@given(st.sampled_from(UNDERSTOOD), WORDS, st.integers(0, 200))
def test_a_word_glued_into_a_cell_is_not_lost(cell: tuple[str, str], word: str, at: int) -> None:
    term, footnote = cell
    place = at % (len(term) + 1)
    reading = read(f"{term[:place]}{word}{term[place:]}", footnote)
    assert accounts_for_itself(reading)
    assert reading.rule is None or word in kept_words(reading.rule)
