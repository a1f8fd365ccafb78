"""The shapes in which terms really stand in cells."""

import pytest

from retention.grammar import read
from retention.terms import NonSource, OtherTerm, OtherTermBy, Term, TermKind, Upgrade
from tests.retention_rules.terms.telling import told

REPLACED = "(1) После замены новыми"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Постоянно", "permanent"),
        ("постоянно.", "permanent"),
        ("Пост", "permanent"),
        ("Пост. ЭПК", "permanent ЭПК"),
        ("хранить постоянно", "permanent"),
        ("Постоянное хранение", "permanent"),
        ("Срок хранения: постоянно", "permanent"),
        ("До ликвидации", "until_liquidation"),
        ("До ликвидации учреждения", "until_liquidation"),
        ("До ликв. орг.", "until_liquidation"),
        ("До л.о.", "until_liquidation"),
        ("До ликвидации организации, ЭПК", "until_liquidation ЭПК"),
        ("до прекращения деятельности ИП", "until_liquidation"),
        ("До ликвидации аварии", "until_event after event"),
        ("До минования надобности", "until_not_needed 1"),
        ("До минования необходимости", "until_not_needed 1"),
        ("по миновании надобности", "until_not_needed 1"),
        ("до мин. надоб.", "until_not_needed 1"),
        ("ДМН", "until_not_needed 1"),
        ("Д.М.Н.", "until_not_needed 1"),
        ("ДМН после замены новыми", "until_not_needed 1; floor"),
        ("ДМН с момента замены новыми", "until_not_needed 1; floor"),
        ("До замены новыми", "until_replaced after replaced"),
        ("До замены", "until_replaced after replaced"),
        ("До замены новыми инструкциями", "until_replaced after replaced"),
        ("ДЗН", "until_replaced after replaced"),
        ("До замены оборудования", "until_event after event"),
        ("до востребования", "until_claimed after claimed"),
        ("До востребования владельцем", "until_claimed after claimed"),
        ("До окончания обучения", "until_event after learner_left"),
        ("До истечения срока действия договора", "until_event after contract_ended"),
        ("До снятия с учёта", "until_event after event"),
        ("3 г.", "years 3"),
        ("1г.", "years 1"),
        ("10 л", "years 10"),
        ("10 л,", "years 10"),
        ("3 (трёх) лет", "years 3"),
        ("пять (5) лет", "years 5"),
        ("Двадцать пять лет ЭПК", "years 25 ЭПК"),
        ("1 (один) год", "years 1"),
        ("в течение 5 лет", "years 5"),
        ("сто лет", "years 100"),
        ("150 лет", "years 150"),
        ("не менее пяти лет", "min_years 5"),
        ("не менее 5-ти лет", "min_years 5"),
        ("Не менее 3 лет после замены", "min_years 3 after replaced"),
        ("75 лет - «В»", "age_based 75"),
        ("75 л.-В", "age_based 75"),
        ("75 лет «В»", "age_based 75"),
        ('75 лет – "В" ЭПК', "age_based 75 ЭПК"),
        ("50/75 лет", "dual 50/75"),
        ("50 / 75 л. ЭПК", "dual 50/75 ЭПК"),
        ("75/50 лет", "dual 50/75"),
        ("50 лет/75 лет", "dual 50/75"),
        ("50/75летЭПК", "dual 50/75 ЭПК"),
        ("50/75 ЭПК", "dual 50/75 ЭПК"),
        ("5летЭПК", "years 5 ЭПК"),
        ("5 лет (ЭПК)", "years 5 ЭПК"),
        ("ЭПК 5 лет", "years 5 ЭПК"),
        ("5 лет - ЭПК", "years 5 ЭПК"),
        ("5 лет/ЭПК", "years 5 ЭПК"),
        ("15 лет ЭПК ЭПК", "years 15 ЭПК"),
        ("«5 лет»", "years 5"),
        ("", "not_applicable"),
        ("—", "not_applicable"),
        (" - ", "not_applicable"),
    ],
)
def test_a_term_is_understood(cell: str, expected: str) -> None:
    assert told(cell) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("3 года после замены новыми", "years 3 after replaced"),
        ("3 года, после увольнения", "years 3 after employee_left"),
        ("3 года по окончании обучения", "years 3 after learner_left"),
        ("3 ГОДА ПО ОКОНЧАНИИ ОБУЧЕНИЯ", "years 3 after learner_left"),
        ("3 года после проведения ремонта", "years 3 after event"),
        ("3 года после проведения ремонта ЭПК", "years 3 ЭПК after event"),
        ("3 года после согласования, ЭПК", "years 3 ЭПК after event"),
        ("До снятия с учета ЭПК", "until_event ЭПК after event"),
        ("3 года после выпуска обучающихся", "years 3 after learner_graduated"),
        ("3 года после прекращения договора, при условии проведения проверки", "years 3 after contract_ended; gate"),
        ("5 лет с даты подписания акта", "years 5 from event"),
        ("3 года со дня уничтожения", "years 3 from pd_destroyed"),
        ("3 года после уничтожения", "years 3 after event"),
        ("После увольнения - 5 лет", "years 5 after employee_left"),
        ("5 лет после замены новыми ЭПК", "years 5 ЭПК after replaced"),
        ("5 лет после замены; после увольнения", "years 5 after replaced after employee_left"),
        ("5 лет после замены и после увольнения", "years 5 after replaced after employee_left"),
        ("5 лет после выпуска или отчисления", "years 5 after event"),
        ("5 лет после выдачи диплома (дубликата)", "years 5 after event"),
        ("5 лет (после замены новыми)", "years 5 after replaced"),
        ("5 лет после замены) новыми", "years 5 after event"),
        ("5 лет после сдачи отчета, но не ранее проверки", "years 5 after event; floor"),
        ("10 лет после истечения срока действия договора (контракта)", "years 10 after contract_ended"),
        ("До минования надобности, но не менее 5 лет", "until_not_needed 5; floor"),
        ("До востребования, но не менее 3 лет", "until_claimed after claimed; floor"),
        ("До ремонта, но не менее 3 лет", "until_event after event; floor"),
        ("До замены новыми (не менее 3 лет)", "until_replaced after replaced; floor"),
        ("3 года при условии проведения проверки", "years 3; gate"),
        ("Постоянно, неутвержденные - до минования надобности", "permanent; other_term"),
        ("5 лет; при отсутствии годовых - постоянно. Переходящее", "years 5; upgrade; remark Переходящее"),
        ("До востребования (невостребованные - 50/75 лет)", "until_claimed 50/75 after claimed; fallback"),
        ("5 лет по внесении последней записи", "years 5 after last_entry"),
        ("5 лет (после замены новыми)ЭПК", "years 5 ЭПК after replaced"),
        ("5 лет (в электронном виде)", "years 5; remark в электронном виде"),
        ("5 лет (пять лет)", "years 5; remark пять лет"),
    ],
)
def test_what_follows_the_core_is_understood(cell: str, expected: str) -> None:
    assert told(cell) == expected


@pytest.mark.parametrize(
    ("cell", "footnote"),
    [
        ("5 лет (1)", "(1) После замены новыми"),
        ("5 лет(1)", "(1)После замены новыми."),
        ("5 лет1)", "1) После замены новыми"),
        ("5 лет¹", "¹ После замены новыми"),
        ("5 лет¹", "1 После замены новыми"),
        ("5 лет1", "1После замены новыми"),
        ("5 л.1", "(1) После замены новыми"),
        ("5 лет <1>", "<1> После замены новыми"),
        ("5 лет [1]", "[1] - После замены новыми"),
        ("5 лет {1}", "{1} После замены новыми"),
        ("5 лет*", "* После замены новыми"),
        ("5 лет (*)", "* После замены новыми"),
        ("5 лет **", "** После замены новыми"),
        ("5 лет (2)", "(2) После замены новыми"),
        ("5 лет (1)", "1. После замены новыми"),
        ("5 лет (1)", "1 — После замены новыми"),
        ("5 лет (1)", "После замены новыми"),
        ("5 лет (1)", "(После замены новыми)"),
        ("5 лет (1)", "Примечание: (1) После замены новыми"),
        ("5 лет (1) (после замены новыми)", ""),
        ("5 лет", "После замены новыми"),
    ],
)
def test_a_footnote_finds_its_reference(cell: str, footnote: str) -> None:
    assert told(cell, footnote) == "years 5 after replaced"


@pytest.mark.parametrize(
    "cell",
    [
        "10 л. (1) ЭПК (2)",
        "10 л. ЭПК (1) (2)",
        "10 л. (1)(2) ЭПК",
        "10 л. ЭПК (1, 2)",
        "10 л. ЭПК (1), (2)",
        "10 л.¹ ² ЭПК",
    ],
)
def test_references_stand_before_or_after_the_mark(cell: str) -> None:
    footnote = "(1) После замены новыми; (2) По месту разработки - Пост."
    assert told(cell, footnote) == "years 10 ЭПК after replaced; other_term"


def test_a_clause_in_brackets_answers_the_reference_right_before_it() -> None:
    assert told("5 лет (1) (2) (после замены)", "(1) Переходящее") == "years 5 after replaced; remark Переходящее"


def test_footnotes_may_stand_on_lines_of_their_own() -> None:
    assert (
        told("10 л. (1) (2)", "(1) После замены новыми\n(2) Переписка — 3 года")
        == "years 10 after replaced; other_term"
    )


@pytest.mark.parametrize(
    ("footnote", "expected"),
    [
        ("В организациях, не являющихся источниками комплектования, - до ликвидации", "permanent; non_source"),
        ("Для организаций, не являющихся источниками комплектования – ДМН", "permanent; non_source"),
        ("Присланные для сведения - ДМН", "permanent; other_term"),
        ("Присланные для сведения – ДМН; копии: 3 года", "permanent; other_term; other_term"),
        ("В государственные архивы передаются при ликвидации", "permanent; transfer"),
        ("На государственное хранение передаются при ликвидации организации", "permanent; transfer"),
        ("Не ранее утверждения описей", "permanent; floor"),
    ],
)
def test_what_a_footnote_says_of_a_permanent_term(footnote: str, expected: str) -> None:
    assert told("Постоянно (1)", f"(1) {footnote}") == expected


@pytest.mark.parametrize(
    ("footnote", "expected"),
    [
        ("При отсутствии годовых - постоянно", "upgrade"),
        ("В случае смерти работника - 75 лет", "upgrade"),
        ("При вредных условиях труда - 50/75 лет", "upgrade"),
        ("Если дело передано в суд - до ликвидации организации", "upgrade"),
        ("С человеческими жертвами - Постоянно", "upgrade"),
        ("О происшествиях с человеческими жертвами - Постоянно", "upgrade"),
        ("При неоднократном обращении - 5 лет после последнего рассмотрения", "upgrade"),
        ("При наличии счетов, при наличии ведомостей - 75 лет", "upgrade"),
        ("При наличии годовых - 1 год", "other_term"),
        ("При наличии копий - ДМН", "other_term"),
        ("При наличии копий - 5 лет", "other_term"),
        ("При наличии копий - 3 года после замены", "other_term"),
        ("При наличии - переписка - 1 год", "other_term"),
        ("При отсутствии лицевых счетов; при наличии - 1 год", "other_term"),
        ("При наличии годовых отчетов. При отсутствии - постоянно", "upgrade"),
        ("При отсутствии счетов; при наличии - 1 год при условии проверки", "other_term; gate"),
        ("Невостребованные - 75 л.", "fallback"),
        ("Не полученные - 75 л.", "fallback"),
        ("При условии завершения проверки (ревизии)", "gate"),
        ("при возникновении споров — до принятия решения по делу", "gate"),
        ("До завершения ревизии", "gate"),
        ("Подлежат возврату владельцам", "transfer"),
        ("Выдаётся обучающемуся при отчислении", "transfer"),
    ],
)
def test_what_a_footnote_says_of_a_span(footnote: str, expected: str) -> None:
    assert told("5 лет (1)", f"(1) {footnote}") == f"years 5; {expected}"


@pytest.mark.parametrize(
    ("footnote", "words", "otherwise"),
    [
        ("При отсутствии счетов; при наличии - 1 год", "при наличии счетов", "При отсутствии счетов"),
        ("При отсутствии счетов. При наличии - 1 год", "при наличии счетов", "При отсутствии счетов"),
        ("При отсутствии счетов, а при их наличии - 1 год", "при наличии счетов", "При отсутствии счетов"),
        ("При отсутствии счетов; при наличии счетов - 1 год", "при наличии счетов", "При отсутствии счетов"),
        ("При наличии счетов; при отсутствии - 75 лет", "при отсутствии счетов", "При наличии счетов"),
    ],
)
def test_of_two_contraries_a_person_is_asked_for_the_one_that_has_the_term(
    footnote: str, words: str, otherwise: str
) -> None:
    rule = read("5 лет (1)", f"(1) {footnote}").rule
    assert rule is not None
    (condition,) = rule.conditions
    assert isinstance(condition, Upgrade | OtherTerm)
    assert (condition.words, condition.otherwise) == (words, otherwise)


@pytest.mark.parametrize("between", ["", " переписка - 3 года,"])
def test_presence_of_what_is_said_by_a_condition_before(between: str) -> None:
    rule = read("6 лет (1)", f"(1) При наличии счетов - 5 лет,{between} при отсутствии - 50/75 лет").rule
    assert rule is not None
    words = [each.words for each in rule.conditions]
    assert (words[0], words[-1]) == ("При наличии счетов", "при отсутствии счетов")


@pytest.mark.parametrize(
    "footnote",
    [
        "При наличии - 1 год",
        "При их отсутствии - 75 лет",
        "При наличии счетов; при наличии счетов - 75 лет",
        "При наличии счетов; при наличии ведомостей - 75 лет",
        "При наличии счетов; при отсутствии ведомостей - 75 лет",
    ],
)
def test_presence_of_nothing_and_contraries_that_are_none_need_a_person(footnote: str) -> None:
    assert told("5 лет (1)", f"(1) {footnote}").startswith("? ")


@pytest.mark.parametrize(
    ("words", "by"),
    [
        ("По месту разработки", OtherTermBy.PLACE),
        ("Утвержденные в других организациях", OtherTermBy.PLACE),
        ("В других организациях", OtherTermBy.PLACE),
        ("Для организаций-разработчиков", OtherTermBy.PLACE),
        ("Присланные для сведения", OtherTermBy.PLACE),
        ("Переписка", OtherTermBy.SUB_KIND),
        ("Руководителя", OtherTermBy.SUB_KIND),
        ("Неутвержденные", OtherTermBy.SUB_KIND),
    ],
)
def test_another_term_holds_by_place_or_by_sub_kind(words: str, by: OtherTermBy) -> None:
    rule = read("5 лет", f"{words} - постоянно. Переходящее").rule
    assert rule is not None
    assert rule.conditions == (OtherTerm(by=by, words=words, term=Term(kind=TermKind.PERMANENT)),)
    assert rule.remarks == ("Переходящее",)


def test_a_bare_until_liquidation_replaces_a_permanent_term_and_both_are_kept() -> None:
    rule = read("Постоянно ЭПК (1)", "(1) До ликвидации организации").rule
    assert rule is not None
    assert rule.term.kind is TermKind.UNTIL_LIQUIDATION
    assert rule.replaced == read("Постоянно ЭПК").rule.term  # type: ignore[union-attr]


def test_a_condition_keeps_the_whole_term_it_names() -> None:
    rule = read("5 лет", "При отсутствии счетов - 50/75 лет ЭПК").rule
    assert rule is not None
    (condition,) = rule.conditions
    assert isinstance(condition, Upgrade)
    assert condition.term == read("50/75 лет ЭПК").rule.term  # type: ignore[union-attr]


def test_a_non_source_condition_keeps_its_words() -> None:
    rule = read("Постоянно", "В организации, не являющейся источником комплектования архива, - до ликвидации").rule
    assert rule is not None
    (condition,) = rule.conditions
    assert isinstance(condition, NonSource)
    assert condition.words == "В организации, не являющейся источником комплектования архива"


@pytest.mark.parametrize("event", ["выбытия обучающегося (отчисления)", "завершения ремонта (капитального) здания"])
@pytest.mark.parametrize("note", ["(1) После {}", "(После {})"])
def test_a_bracket_within_an_event_belongs_to_it_and_one_around_it_does_not(event: str, note: str) -> None:
    rule = read("5 лет (1)", note.format(event)).rule
    assert rule is not None
    assert [trigger.words for trigger in rule.term.triggers] == [event]


def test_a_reading_keeps_its_columns_as_they_stand() -> None:
    reading = read("5 лет (1)", "(1) После замены", article="ст. 19 б")
    assert (reading.raw_term, reading.raw_footnote, reading.raw_article) == (
        "5 лет (1)",
        "(1) После замены",
        "ст. 19 б",
    )


@pytest.mark.parametrize(
    ("cell", "footnote", "expected"),
    [
        ("5 лет", ", после замены", "years 5 after replaced"),
        ("ДМН (1)", "(1) Не менее 5 лет при условии проверки", "until_not_needed 5; floor; gate"),
        ("5 лет (1)", "(1) Не ранее ремонта при условии проверки", "years 5; floor; gate"),
        ("5 лет (1)", "(1) 5 лет при условии проверки", "years 5; gate; remark 5 лет"),
        ("5 лет (1)", "(1) ст. 19 при условии проверки", "years 5; gate; ст. 19"),
        ("5 лет", "После замены; для пользования", "years 5 after replaced; remark для пользования"),
        ("5 лет", "В личных делах, - 3 года", "years 5; other_term"),
        ("5 лет после замены", "5 лет", "years 5 after replaced; remark 5 лет"),
        ("5 лет после замены", "5 лет после замены", "years 5 after replaced; remark 5 лет после замены"),
        ("5 лет ЭПК", "5 лет", "years 5 ЭПК; remark 5 лет"),
        ("5 лет ЭПК", "5 лет ЭПК", "years 5 ЭПК; remark 5 лет ЭПК"),
        ("5 лет (5)", "5 лет", "years 5; remark 5 лет"),
        ("Не менее 3 лет (1)", "(1) Не менее 5 лет", "min_years 3; floor"),
        ("ДМН после замены (1)", "(1) До принятия решения; не ранее ремонта", "until_not_needed 1; floor; gate; floor"),
        ("5 лет, решение ЭК (1)", REPLACED, "years 5 after replaced; решение ЭК"),
    ],
)
def test_what_stands_beside_a_term_is_told_apart(cell: str, footnote: str, expected: str) -> None:
    assert told(cell, footnote) == expected


def test_a_bound_of_what_was_not_understood_changes_nothing() -> None:
    assert told("Абв (1)", "(1) Не менее 5 лет") == "? Абв"
