"""What each paper says, found in the text of its pages."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.papers.commission_minutes import Votes
from core.papers.disposal_act import (
    ActSection,
    Backups,
    Destruction,
    DisposalAct,
    ElectronicDestruction,
    InventoryGate,
    InventoryKind,
    Layout,
    Outcome,
    PaperDestruction,
    Spared,
    gate_sentences,
)
from core.papers.errors import PaperContradicts
from core.papers.inventory import Listed
from core.papers.nomenclature_form import FinalCount
from core.papers.numerals import CASE, counted
from core.papers.paper import Paper, SinglePersonMode, Years
from core.papers.personal_data_act import Subject
from core.papers.rendering import render_pdf
from tests.papers.invented import ARCHIVIST, BOARD, CLERK, COMMISSION, YEARS, act_line, disposal_act, pages, words
from tests.papers.more_invented import (
    commission_minutes,
    destruction_certificate,
    event_log_entry,
    event_log_export,
    inventory,
    personal_data_act,
    receipt,
    transfer_act,
)

OFFICE_COLUMNS = (
    "Заголовок дела или групповой заголовок дел",
    "Дата дела или крайние даты",
    "Номера описей (номенклатур) за годы",
    "Индекс дела (тома, части) по номенклатуре или № дела по описи",
    "Количество дел (томов, частей)",
    "Сроки хранения и номера статей по перечню",
    "Примечание",
)


def said_by(paper: Paper) -> str:
    return words(render_pdf(paper))


@pytest.mark.parametrize(
    "sentence",
    [
        "УТВЕРЖДАЮ Директор",
        "АКТ о выделении к уничтожению документов, не подлежащих хранению",
        "20 февраля 2026 г. № 3 г. Нигдеевск",
        "На основании Перечня типовых управленческих архивных документов",
        "отобраны к уничтожению как не имеющие научно-исторической ценности и утратившие практическое значение",
        "значение документы фонда № 17 «Вымышленная средняя школа № 99».",
        *OFFICE_COLUMNS,
        "1 2 3 4 5 6 7 8",
        "01. Руководство",
        "05. Учебная часть",
        "Итого 43 (сорок три) дела за 2015–2018 годы.",
        "Из них уничтожено: 5 (пять) дел; не уничтожено: 38 (тридцать восемь) дел.",
        "Описи дел постоянного хранения за 2015–2018 годы утверждены, а по личному составу согласованы с ЭПК (протокол",
        "согласованы с ЭПК (протокол от 10.02.2026 № 14).",
        "Описи дел временных (свыше 10 лет) сроков хранения за 2015–2018 годы не составлялись: таких дел нет.",
        "приостановлено уничтожение: запрос прокуратуры от 01.03.2026 № 15",
        "СОГЛАСОВАНО протокол ЭК от 27.02.2026 № 2",
        "Отметка об уничтожении (13.03.2026–14.03.2026)",
        "Электронные: 1 (одно) дело. Способ: удаление всех версий объектов с проверкой отсутствия каждой.",
        "Средство уничтожения: Deloteka, версия 0.1.0, сертификат отсутствует.",
        "Носители: объектное хранилище учреждения; реплика № 1.",
        "На бумажном носителе: 4 (четыре) дела, весом 12,5 кг.",
        "Приёмо-сдаточная накладная от 14.03.2026 № 7.",
        "Резервные копии (лента № 2), содержащие уничтоженные дела, удаляются не позднее 14.06.2026.",
        "Акт составлен при объявленном режиме одного лица. Основание: приказ от 12.01.2026 № 3.",
        "Режим объявлен 12.01.2026.",
        "Изменения в учётные документы внесены:",
    ],
)
def test_the_disposal_act_says(sentence: str) -> None:
    assert sentence in said_by(disposal_act()).replace("\u00a0", " ")


def test_an_act_that_is_not_executed_says_nothing_of_destruction() -> None:
    text = said_by(disposal_act(destruction=None, single_person=None, accounting_changed=None, approval=None))
    assert "Отметка об уничтожении" not in text
    assert "уничтожено" not in text.replace("Не уничтожен", "").replace("не уничтожено, см. под таблицей", "")
    assert "одного лица" not in text
    assert "«___»" in text.replace(" ", "")


def test_the_archive_has_columns_of_its_own() -> None:
    text = said_by(disposal_act(layout=Layout.ARCHIVE, archival=True))
    assert "№ ед. хр." in text
    assert "Кол-во ед. хр." in text
    assert "о выделении к уничтожению архивных документов" in text
    assert "Итого 43 (сорок три) единицы хранения за 2015–2018 годы." in text
    assert "Индекс дела" not in text.replace("Индекс дела Количество", "")


def test_a_certified_means_is_named_with_its_certificate() -> None:
    done = disposal_act().destruction
    assert done is not None
    assert done.electronic is not None
    means = replace(done.electronic, means="Вымышленное средство", means_version="2.0", certificate="0000")
    text = said_by(disposal_act(destruction=replace(done, electronic=means, backups=Backups(expire_on=None))))
    assert "Средство уничтожения: Вымышленное средство, версия 2.0, сертификат № 0000." in text
    assert "Резервных копий, содержащих уничтоженные дела, нет." in text


def test_an_act_executed_on_one_day_names_that_day() -> None:
    text = said_by(disposal_act(destruction=destruction(5, None)))
    assert "Отметка об уничтожении (13.03.2026)" in text
    assert "Носители" not in text
    assert "На бумажном носителе" not in text


def test_headings_are_repeated_on_every_page_and_rows_stay_whole() -> None:
    lines = tuple(act_line(f"Переписка о деле номер {number}", index=f"01-{number}") for number in range(1, 301))
    act = disposal_act(sections=(ActSection(title="01. Руководство", lines=lines),), destruction=None)
    said = [" ".join(page.split()) for page in pages(render_pdf(act))]
    table = [page for page in said if "Переписка о деле" in page]
    assert len(table) > 15
    assert all("Сроки хранения и номера статей по перечню" in page for page in table)
    for number in range(1, 301):
        holding = [page for page in table if f"Переписка о деле номер {number} " in page]
        assert len(holding) == 1
        assert f"01-{number} " in holding[0]
    assert "Итого 1200 (одна тысяча двести) дел за 2015–2018 годы." in " ".join(said)


def test_an_act_whose_every_case_went_speaks_of_no_rest() -> None:
    act = disposal_act(
        sections=(ActSection(title="", lines=(act_line(quantity=5),)),), destruction=destruction(5, None)
    )
    assert act.sheet()["totals"] == ["Итого 5 (пять) дел за 2015–2018 годы.", "Уничтожено: 5 (пять) дел."]


def test_volumes_of_a_case_are_told_apart_from_cases() -> None:
    lines = (act_line(quantity=5, cases=2), act_line(quantity=1))
    act = disposal_act(destruction=None, sections=(ActSection(title="", lines=lines),))
    assert act.sheet()["totals"] == ["Итого 3 (три) дела, 6 (шесть) единиц хранения (томов, частей) за 2015–2018 годы."]


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(1950, 2030), st.booleans()), min_size=1, max_size=8))
@settings(max_examples=30)
def test_totals_are_those_of_the_lines(lines: list[tuple[int, int, bool]]) -> None:
    spared = Spared(outcome=Outcome.SKIPPED, reason="спор")
    act = disposal_act(
        destruction=None,
        sections=tuple(
            ActSection(
                title=f"Раздел {at}",
                lines=(
                    act_line(quantity=number, years=Years(first=year, last=year), spared=spared if is_spared else None),
                ),
            )
            for at, (number, year, is_spared) in enumerate(lines)
        ),
    )
    totals = act.sheet()["totals"]
    assert isinstance(totals, list)
    assert totals[0].startswith(f"Итого {counted(sum(number for number, _, _ in lines), CASE)} за ")
    assert act.total(spared=True) + act.total(spared=False) == act.total()
    left = sum(number for number, _, is_spared in lines if is_spared)
    assert (f"{left} (" in totals[-1]) if left else len(totals) == 1


def destruction(electronic: int | None, paper: int | None) -> Destruction:
    return Destruction(
        began_on=date(2026, 3, 13),
        ended_on=date(2026, 3, 13),
        electronic=None
        if electronic is None
        else ElectronicDestruction(quantity=electronic, method="—", means="—", means_version="—"),
        paper=None if paper is None else PaperDestruction(quantity=paper, weight=Decimal(1), method="—"),
        backups=Backups(expire_on=None),
        executors=(CLERK, ARCHIVIST),
    )


@pytest.mark.parametrize(("electronic", "paper"), [(1, 4), (5, 5), (5, None), (None, 5), (3, 3)])
def test_carriers_make_up_what_was_destroyed(electronic: int | None, paper: int | None) -> None:
    assert isinstance(disposal_act(destruction=destruction(electronic, paper)), DisposalAct)


@pytest.mark.parametrize(("electronic", "paper"), [(1, 3), (6, None), (None, None), (None, 4), (0, 6)])
def test_an_act_whose_carriers_do_not_add_up_is_refused(electronic: int | None, paper: int | None) -> None:
    with pytest.raises(PaperContradicts) as refused:
        disposal_act(destruction=destruction(electronic, paper))
    assert refused.value.facts["reason"] == "carriers_do_not_add_up"


def test_one_person_destroys_only_where_that_is_declared() -> None:
    alone = replace(destruction(1, 4), executors=(CLERK,))
    disposal_act(destruction=alone, single_person=SinglePersonMode(ground="приказ", declared_on=date(2026, 1, 1)))
    with pytest.raises(PaperContradicts) as refused:
        disposal_act(destruction=alone, single_person=None)
    assert refused.value.facts == {"part": "executors", "reason": "two_people_needed"}


def test_impossible_values_are_refused() -> None:
    for make in (
        lambda: act_line(quantity=-1),
        lambda: Years(first=2019, last=2018),
        lambda: PaperDestruction(quantity=1, weight=Decimal(-1), method=""),
        lambda: PaperDestruction(quantity=1, weight=Decimal("NaN"), method=""),
        lambda: replace(destruction(1, 4), ended_on=date(2026, 3, 12)),
        lambda: FinalCount(cases=1, carried_over=2, appraised=0),
        lambda: replace(personal_data_act(), subjects=()),
        lambda: replace(personal_data_act(), systems=(), paper_carriers=()),
        lambda: replace(destruction_certificate(), destroyed=()),
        lambda: replace(transfer_act(), package_digest="0"),
        lambda: replace(
            commission_minutes(), agenda=(replace(commission_minutes().agenda[0], votes=Votes(in_favour=5)),)
        ),
    ):
        with pytest.raises(PaperContradicts):
            make()


@pytest.mark.parametrize(
    ("gates", "sentences"),
    [
        ((), []),
        (
            (InventoryGate(kind=InventoryKind.PERMANENT, years=YEARS, minutes=BOARD),),
            ["Описи дел постоянного хранения за 2015–2018 годы утверждены (протокол ЭПК от 10.02.2026 №\u00a014)."],
        ),
        (
            (
                InventoryGate(kind=InventoryKind.PERMANENT, years=YEARS, minutes=BOARD),
                InventoryGate(kind=InventoryKind.PERSONNEL, years=YEARS, minutes=COMMISSION),
            ),
            [
                "Описи дел постоянного хранения за 2015–2018 годы утверждены (протокол ЭПК от 10.02.2026 №\u00a014).",
                "Описи дел по личному составу за 2015–2018 годы согласованы (протокол ЭК от 27.02.2026 №\u00a02).",
            ],
        ),
    ],
)
def test_gates_are_said_as_they_were_decided(gates: tuple[InventoryGate, ...], sentences: list[str]) -> None:
    assert list(gate_sentences(gates)) == sentences


@pytest.mark.parametrize(
    "sentence",
    [
        "а) Наименование и адрес оператора Муниципальное бюджетное общеобразовательное учреждение",
        "б) Лицо, осуществлявшее обработку по поручению оператора, и его адрес ООО «Выдуманный дата-центр»",
        "в) Субъекты персональных данных 2 (два) субъекта, по списку ниже",
        "г) Лица, уничтожившие персональные данные В. В. Вымыслов, Делопроизводитель",
        "д) Категории уничтоженных персональных данных фамилия, имя, отчество",
        "е) Материальные носители и количество листов личное дело № 99-15 — 21 (двадцать один) лист",
        "ж) Информационные системы Deloteka электронный журнал учреждения",
        "з) Способ уничтожения удаление всех версий файлов",
        "и) Причина уничтожения истечение срока хранения, акт от 20.02.2026 № 3",
        "к) Дата уничтожения 14.03.2026",
        "1 Вымышленный Иван Небывалович личное дело № 99-15",
        "К акту прилагается: выгрузка из журнала регистрации событий от 14.03.2026 № 3-Ж.",
        "Персональные данные уничтожили:",
    ],
)
def test_the_personal_data_act_says(sentence: str) -> None:
    assert sentence in said_by(personal_data_act())


def test_categories_may_differ_by_subject() -> None:
    act = replace(personal_data_act(), subjects=(Subject(name="Мнимая Мария", categories="адрес"),), processor=None)
    text = said_by(act)
    assert "Категории данных" in text
    assert "Мнимая Мария адрес" in text
    assert "и его адрес не привлекалось" in text


def test_the_export_of_the_log_has_five_fields() -> None:
    text = said_by(event_log_export(event_log_entry("Мнимая Мария Небываловна")))
    assert "а) Фамилия, имя, отчество (при наличии) субъекта (субъектов)" in text
    assert "д) Дата уничтожения" in text
    assert "Мнимая Мария Небываловна" in text
    assert "Всего: 1 (одна) запись." in text


@pytest.mark.parametrize(
    ("paper", "sentences"),
    [
        (
            commission_minutes(),
            ["Председатель: П. П. Придумкина, заместитель директора", "ПОВЕСТКА ДНЯ:", "1. СЛУШАЛИ:", "РЕШИЛИ:",
             "1.2. Исключить из акта дело № 7.", "Голосовали: за — 4, против — 0, воздержались — 0."],
        ),
        (
            destruction_certificate(),
            ["СПРАВКА", "Выдана Вымышленному Ивану Небываловичу (обращение от 15.03.2026 № 12)",
             "от 20.02.2026 № 3", "Не уничтожены, так как подлежат хранению по закону", "31.12.2068"],
        ),
        (
            inventory(),
            ["ОПИСЬ дел временных (свыше 10 лет) сроков хранения за 2015–2018 годы", "Срок хранения",
             "В данную опись внесено 2 (две) единицы хранения с № 41 по № 42.", "42 01-04"],
        ),
        (
            transfer_act(),
            ["приёма-передачи документов", "Передано: 4 (четыре) дела, 420 (четыреста двадцать) листов.",
             "0123456789abcdef" * 4, "Акт составлен в 2 экз.", "Принял(а):"],
        ),
        (
            receipt(),
            ["Я, Вымышленная Ольга Небываловна, законный представитель: Вымышленный Иван Небывалович, получил(а)",
             "Всего получено: 2 (два) документа.", "Документы получил(а): Вымышленная Ольга"],
        ),
    ],
)  # fmt: skip
def test_the_other_papers_say(paper: Paper, sentences: list[str]) -> None:
    text = said_by(paper)
    assert [each for each in sentences if each not in text] == []


def test_only_inventories_of_long_terms_show_them() -> None:
    assert "Срок хранения" not in said_by(inventory(Listed.PERMANENT))
    empty = replace(inventory(Listed.PERSONNEL), sections=())
    assert "В данную опись единиц хранения не внесено." in said_by(empty)
