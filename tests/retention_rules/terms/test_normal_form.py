"""Every rule has one way to be written, which reads back as the same rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.grammar import format_rule, format_term, read
from retention.terms import (
    AppraisalMark,
    Article,
    Condition,
    Counting,
    Fallback,
    Floor,
    Gate,
    ImpossibleTerm,
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
from retention.triggers import CODES, recognise
from tests.retention_rules.terms.samples import UNDERSTOOD

EVENTS = [
    "замены новыми",
    "отчисления обучающегося",
    "истечения срока действия договора",
    "прекращения обязательств по договору",
    "последней записи",
    "уничтожения персональных данных",
    "снятия с учета",
    "утверждения отчета",
    "согласования",
    "проведения ремонта здания",
    "выдачи диплома (дубликата)",
]
OWN = {
    TermKind.UNTIL_REPLACED: (Trigger("replaced", "замены новыми"),),
    TermKind.UNTIL_CLAIMED: (Trigger("claimed", "востребования"),),
}
SPANS = (TermKind.YEARS, TermKind.MIN_YEARS, TermKind.AGE_BASED)

marks = st.none() | st.sampled_from(AppraisalMark)


@st.composite
def events(draw: st.DrawFn, counting: Counting = Counting.YEAR_AFTER, most: int = 2) -> tuple[Trigger, ...]:
    words = draw(st.lists(st.sampled_from(EVENTS), max_size=most, unique=True))
    return tuple(Trigger(recognise(event, counting), event) for event in words)


@st.composite
def terms(draw: st.DrawFn) -> Term:
    kind = draw(
        st.sampled_from([kind for kind in TermKind if kind not in {TermKind.COMPOUND, TermKind.NOT_APPLICABLE}])
    )
    mark = draw(marks)
    if kind in OWN:
        return Term(kind=kind, mark=mark, triggers=OWN[kind])
    if kind is TermKind.UNTIL_EVENT:
        words = draw(st.sampled_from(["снятия с учета", "отчисления обучающегося", "утверждения"]))
        return Term(kind=kind, mark=mark, triggers=(Trigger(recognise(words, Counting.YEAR_AFTER), words),))
    if kind is TermKind.UNTIL_NOT_NEEDED:
        return Term(kind=kind, years=1, mark=mark)
    if kind in {TermKind.PERMANENT, TermKind.UNTIL_LIQUIDATION}:
        return Term(kind=kind, mark=mark)
    triggers = draw(events())
    counting = draw(st.sampled_from(Counting)) if triggers else Counting.YEAR_AFTER
    years = draw(st.integers(1, 150)) if kind in SPANS else None
    dual = (50, 75) if kind is TermKind.DUAL else None
    return Term(kind=kind, years=years, dual=dual, mark=mark, triggers=triggers, counting=counting)


CONDITIONS: st.SearchStrategy[Condition] = st.one_of(
    st.sampled_from(["При условии проведения проверки", "если иное не предусмотрено договором"]).map(
        lambda words: Gate(words=words)
    ),
    st.builds(Upgrade, words=st.just("При отсутствии годовых"), term=st.just(Term(kind=TermKind.PERMANENT))),
    st.builds(Fallback, words=st.just("Невостребованные работниками"), term=terms()),
    st.builds(OtherTerm, by=st.just(OtherTermBy.PLACE), words=st.just("По месту разработки"), term=terms()),
    st.builds(OtherTerm, by=st.just(OtherTermBy.SUB_KIND), words=st.just("Переписка"), term=terms()),
    st.builds(NonSource, words=st.just("В организации, не являющейся источником комплектования"), term=terms()),
    st.sampled_from(["Передаются в архив при ликвидации", "Выдается обучающемуся при отчислении"]).map(
        lambda words: Transfer(words=words)
    ),
    st.just(Floor(words="Не ранее снятия с учета", until=Trigger("event", "снятия с учета"))),
)
ARTICLES = st.sampled_from(
    [
        Article(raw="ст. 19 б", number="19", letter="б"),
        Article(raw="ст. 19-21", number="19", range="21"),
        Article(raw="п. 2.2.9 (Порядок)", number="2.2.9", list_code="Порядок"),
        Article(raw="решение ЭК"),
        Article(raw="приказ Минпросвещения от 05.10.2020 № 546"),
    ]
)
REMARKS = st.sampled_from(["Переходящее", "том 1, том 2", "На электронном носителе", "Отдельно от приказов"])


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    # an upgrade is one only beside a term that is shorter for certain
    term = draw(terms())
    conditions = draw(st.lists(CONDITIONS, max_size=3, unique=True))
    if term.kind is not TermKind.YEARS:
        conditions = [condition for condition in conditions if not isinstance(condition, Upgrade)]
    return Rule(
        term=term,
        conditions=tuple(conditions),
        articles=tuple(draw(st.lists(ARTICLES, max_size=2, unique=True))),
        remarks=tuple(draw(st.lists(REMARKS, max_size=2, unique=True))),
    )


@given(terms())
def test_a_term_reads_back_as_it_was(term: Term) -> None:
    reading = read(format_term(term))
    assert reading.rule == Rule(term=term), reading


@given(rules())
def test_a_rule_reads_back_as_it_was(rule: Rule) -> None:
    written = format_rule(rule)
    reading = read(written.term, written.footnote, article=written.article)
    assert reading.rule == rule, (written, reading)


@pytest.mark.parametrize(("term", "footnote"), UNDERSTOOD)
def test_the_normal_form_of_a_cell_is_written_once_and_for_all(term: str, footnote: str) -> None:
    rule = read(term, footnote).rule
    assert rule is not None
    written = format_rule(rule)
    again = read(written.term, written.footnote, article=written.article).rule
    assert again == rule
    assert format_rule(again) == written


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (Term(kind=TermKind.YEARS, years=1), "1 год"),
        (Term(kind=TermKind.YEARS, years=3), "3 года"),
        (Term(kind=TermKind.YEARS, years=11), "11 лет"),
        (Term(kind=TermKind.YEARS, years=22), "22 года"),
        (Term(kind=TermKind.YEARS, years=111, mark=AppraisalMark.EK), "111 лет ЭК"),
        (Term(kind=TermKind.MIN_YEARS, years=1), "Не менее 1 года"),
        (Term(kind=TermKind.MIN_YEARS, years=5), "Не менее 5 лет"),
        (Term(kind=TermKind.AGE_BASED, years=75), "75 лет - «В»"),
        (Term(kind=TermKind.DUAL, dual=(50, 75), mark=AppraisalMark.EPK), "50/75 лет ЭПК"),
        (Term(kind=TermKind.NOT_APPLICABLE), "-"),
        (
            Term(
                kind=TermKind.YEARS,
                years=3,
                triggers=(Trigger("replaced", "замены новыми"), Trigger("event", "ремонта")),
                counting=Counting.MOMENT,
            ),
            "3 года с момента замены новыми; с момента ремонта",
        ),
        (Term(kind=TermKind.UNTIL_EVENT, triggers=(Trigger("event", "ремонта"),)), "До ремонта"),
        (
            Term(kind=TermKind.UNTIL_EVENT, triggers=(Trigger("event", "ремонта"),), mark=AppraisalMark.EPK),
            "До ремонта, ЭПК",
        ),
    ],
)
def test_a_term_is_written_in_its_normal_form(term: Term, expected: str) -> None:
    assert format_term(term) == expected


def test_what_stands_for_the_term_of_the_cell_is_written_before_the_conditions() -> None:
    footnote = "(1) До ликвидации организации; невостребованные - 75 лет; переписка - 3 года"
    rule = read("Постоянно (1)", footnote).rule
    assert rule is not None
    assert format_rule(rule).footnote == footnote


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("3 года по окончании обучения", "окончания обучения"),
        ("3 ГОДА ПО ОКОНЧАНИИ ОБУЧЕНИЯ", "ОКОНЧАНИЯ ОБУЧЕНИЯ"),
        ("До гарантии", "гарантии"),
    ],
)
def test_an_event_is_kept_in_the_case_that_follows_after(cell: str, words: str) -> None:
    rule = read(cell).rule
    assert rule is not None
    assert [trigger.words for trigger in rule.term.triggers] == [words]


@pytest.mark.parametrize(
    "arguments",
    [
        {"kind": TermKind.YEARS},
        {"kind": TermKind.YEARS, "years": 0},
        {"kind": TermKind.YEARS, "years": 151},
        {"kind": TermKind.YEARS, "years": 5, "dual": (50, 75)},
        {"kind": TermKind.DUAL},
        {"kind": TermKind.PERMANENT, "years": 5},
        {"kind": TermKind.UNTIL_NOT_NEEDED},
    ],
)
def test_a_term_with_figures_that_do_not_fit_its_kind_cannot_be(arguments: dict[str, object]) -> None:
    with pytest.raises(ImpossibleTerm) as refused:
        Term(**arguments)  # type: ignore[arg-type]
    assert refused.value.kind is arguments["kind"]
    assert refused.value.figures == (arguments.get("years"), arguments.get("dual"))
    assert str(refused.value).startswith("years and dual cannot be ")
    assert refused.value.code == "impossible_term"


def test_every_code_is_recognised_from_some_words() -> None:
    words = {
        "accreditation_ended": "прекращения действия государственной аккредитации",
        "asset_disposed": "выбытия основных средств",
        "cases_destroyed": "уничтожения дел",
        "certificate_expired": "истечения срока действия сертификата",
        "claimed": "востребования",
        "consent_ended": "отзыва согласия на обработку персональных данных",
        "contract_ended": "расторжения трудового договора",
        "employee_left": "увольнения работника",
        "equipment_retired": "окончания эксплуатации средств связи",
        "inventory_approved": "утверждения описей дел постоянного хранения",
        "last_entry": "окончания ведения журнала",
        "last_review": "последнего рассмотрения",
        "learner_graduated": "окончания школы",
        "learner_left": "завершения обучения слушателей",
        "liable_person_changed": "смены материально-ответственного лица",
        "licence_ended": "окончания срока действия лицензии",
        "obligations_ended": "исполнения обязательств сторон по договору",
        "pd_destroyed": "уничтожения персональных данных",
        "power_of_attorney_ended": "истечения срока действия доверенности или ее отзыва",
        "replaced": "их замены новыми",
        "revalued": "переоценки основных средств",
        "safety_passport_updated": "актуализации паспорта безопасности объекта",
        "school_year_end": "окончания учебного года",
        "title_issued": "выдачи свидетельства о праве собственности",
        "event": "снятия с учета",
    }
    assert {code: recognise(event, Counting.YEAR_AFTER) for code, event in words.items()} == {
        code: code for code in CODES
    }
