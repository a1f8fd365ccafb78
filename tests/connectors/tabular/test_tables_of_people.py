"""Lists, marks, sheets of ФИС ФРДО and reports of diaries, as they come out of programs and hands."""

import csv
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.sdk import ConnectorMisconfigured, ConnectorRecordRefused
from core.sdk.connectors import FileData, Record, StreamState
from tests.connectors.tabular.desk import connector, csv_bytes, given, problems, records, said

FRDO = Path(__file__).with_name("frdo_dpo.csv")
LIST = (
    "Список обучающихся;;;;",
    "№;Ф. И. О.;Дата рождения;Класс;№ личного дела",
    "1;Примерова Анна Тестовна;17.05.2012;8А;П-17",
    "2;Образцов  Пётр;03.11.2011 г.;8А;",
    ";Итого: 2;;;",
)


async def test_a_list_brings_learners_their_group_and_who_is_in_it(tmp_path: Path) -> None:
    reader = connector(
        tmp_path, given(tmp_path, "список.csv", csv_bytes(*LIST[:-1], encoding="cp1251")), study_year="2026/2027"
    )
    assert await records(reader, "learners") == [
        {
            "family_name": "Примерова",
            "given_name": "Анна",
            "patronymic": "Тестовна",
            "birth_date": "2012-05-17",
            "number": "П-17",
        },
        {"family_name": "Образцов", "given_name": "Пётр", "birth_date": "2011-11-03"},
    ]
    assert await records(reader, "groups") == [{"name": "8А", "study_year": "2026/2027"}]
    keys = [message.external_id for message in await said(reader, "learners") if isinstance(message, Record)]
    assert keys == ["n:П-17", "p:образцов петр|2011-11-03"]
    assert [each["learner"] for each in await records(reader, "enrolments")] == keys


async def test_a_row_that_does_not_fit_is_named_and_costs_the_others_nothing(tmp_path: Path) -> None:
    content = csv_bytes(
        "ФИО;Дата рождения", "Примерова Анна;31.02.2012", "Итого;", "Образцов Пётр;вчера", "Тестов Глеб;01.02.2011"
    )
    reader = connector(tmp_path, given(tmp_path, "список.csv", content))
    assert await problems(reader, "learners") == [
        "row 2: birth_date does not fit",
        "row 3: full_name does not fit",
        "row 4: birth_date does not fit",
    ]


async def test_titles_that_nobody_knows_are_taught_once(tmp_path: Path) -> None:
    file = given(tmp_path, "выгрузка.csv", csv_bytes("Кто учится;Что;Сколько", "Примерова Анна;Физика;5+"))
    with pytest.raises(ConnectorMisconfigured, match="no row of titles names people"):
        await said(connector(tmp_path, file), "learners")
    taught = {"full_name": "Кто учится", "subject": "что", "value": "Сколько"}
    reader = connector(tmp_path, file, columns=taught, final_kind="год", study_year="2025/2026", scale="пять баллов")
    assert await records(reader, "final_results") == [
        {
            "learner": "p:примерова анна|",
            "subject": "физика",
            "final_kind": "год",
            "value": "5+",
            "scale": "пять баллов",
        }
    ]


async def test_a_check_shows_what_was_understood_and_what_was_left(tmp_path: Path) -> None:
    reader = connector(tmp_path, given(tmp_path, "a.csv", csv_bytes("ФИО;Класс;Рост, см", "Примерова Анна;8А;160")))
    found = await reader.check()
    assert found.notes == ("a.csv: «ФИО» → full_name; «Класс» → group; остались: «Рост, см»",)
    assert {each.state for each in (await connector(tmp_path).check()).streams} == {StreamState.EMPTY}
    with pytest.raises(ConnectorMisconfigured, match="no such fields: shoe_size"):
        await connector(tmp_path, columns={"shoe_size": "Рост"}).check()


async def test_columns_of_subjects_become_final_marks(tmp_path: Path) -> None:
    content = csv_bytes("№;Ученик;Алгебра;Физика", "1;Примерова Анна;5;н/а", "2;Образцов Пётр;;зач")
    reader = connector(
        tmp_path, given(tmp_path, "итоги.csv", content), layout="marks", final_kind="1 четверть", group="8А"
    )
    found = [(each["learner"], each["subject"], each["value"]) for each in await records(reader, "final_results")]
    assert found == [
        ("p:примерова анна|", "алгебра", "5"),
        ("p:примерова анна|", "физика", "н/а"),
        ("p:образцов петр|", "физика", "зач"),
    ]
    assert [each["name"] for each in await records(reader, "subjects")] == ["Алгебра", "Физика"]


async def test_a_sheet_for_the_federal_register_is_understood_as_it_is(tmp_path: Path) -> None:
    titles = [row["header"] for row in csv.DictReader(FRDO.read_text(encoding="utf-8").splitlines())]
    said_of = {
        "Фамилия получателя": "Примеров",
        "Имя получателя": "Глеб",
        "Отчество получателя": "нет",
        "Дата рождения получателя": "02.03.1980",
        "Пол получателя": "Муж",
        "СНИЛС": "000-000-002 01",
        "Серия документа": "нет",
        "Номер документа": "000123",
        "Дата выдачи документа": "30.06.2026",
        "Регистрационный номер": "77-У",
        "Наименование дополнительной профессиональной программы": "Охрана труда",
    }
    target = io.StringIO()
    writer = csv.writer(target, delimiter=";")
    writer.writerows([titles, [said_of.get(title, "") for title in titles]])
    reader = connector(tmp_path, given(tmp_path, "фрдо.csv", target.getvalue().encode()))
    (learner,) = await records(reader, "learners")
    assert learner == {
        "family_name": "Примеров",
        "given_name": "Глеб",
        "birth_date": "1980-03-02",
        "sex": "male",
        "snils": "000-000-002 01",
    }


def bundle(**members: str | bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        for name, content in members.items():
            package.writestr(name.replace("__", "/").replace("_", "."), content)
    return target.getvalue()


MANIFEST = """ФИО;Файл;Вид файла;Серия;Номер;Дата выдачи
Примерова Анна;ДИПЛОМ1.PDF;diploma;АБ;000001;30.06.1999
Образцов Пётр;d2.pdf;diploma;нет;000002;1998-06-30
Тестов Глеб;нигде.pdf;diploma;;;
"""


async def test_scans_come_with_what_their_row_says_and_the_others_wait_in_the_tray(tmp_path: Path) -> None:
    content = bundle(манифест_csv=MANIFEST, сканы__диплом1_pdf=b"%PDF-1", сканы__d2_pdf=b"%PDF-2", лишний_pdf=b"%PDF-3")
    reader = connector(tmp_path, given(tmp_path, "дипломы.zip", content))
    found = {each["file_name"]: each for each in _data(await said(reader, "files"))}
    assert found["диплом1.pdf"]["fields"] == {"series": "АБ", "number": "000001"}
    assert found["диплом1.pdf"]["issued_on"] == "1999-06-30"
    assert found["d2.pdf"]["fields"] == {"number": "000002"}
    assert "learner" not in found["лишний.pdf"]
    assert await problems(reader, "files") == [
        "row 4: its file is not in the archive, or there are several of that name"
    ]
    for message in await said(reader, "files"):
        if isinstance(message, Record) and isinstance(message.data, FileData) and message.data.file_name == "d2.pdf":
            async with reader.download(message.data) as opened:
                assert b"".join([chunk async for chunk in opened.chunks]) == b"%PDF-2"


def _data(messages: Sequence[object]) -> list[dict[str, object]]:
    found = [message.data.model_dump(mode="json") for message in messages if isinstance(message, Record)]
    return [{name: value for name, value in each.items() if value not in ("", None)} for each in found]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (bundle(a_pdf=b"%PDF"), "no table that describes the scans"),
        (bundle(a_csv="ФИО", b_csv="ФИО"), "more than one table"),
    ],
)
async def test_an_archive_without_one_table_says_what_is_missing(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(ConnectorMisconfigured, match=words):
        await said(connector(tmp_path, given(tmp_path, "a.zip", content)), "learners")


async def test_a_damaged_scan_is_its_own_fault(tmp_path: Path) -> None:
    content = bundle(манифест_csv=MANIFEST, диплом1_pdf=b"%PDF-1" * 50).replace(b"%PDF-1%PDF-1", b"%PDF-1%PDF-X", 1)
    reader = connector(tmp_path, given(tmp_path, "дипломы.zip", content))
    (record,) = [message for message in await said(reader, "files") if isinstance(message, Record)]
    assert isinstance(record.data, FileData)
    async with reader.download(record.data) as opened:
        with pytest.raises(ConnectorRecordRefused, match="damaged"):
            async for _ in opened.chunks:
                pass


TOTALS = (
    "<table><tr><td>Учебный год: 2025/2026<tr><td>Класс: 8А<tr><td>Ученик: Примерова Анна</table>"
    "<table><tr><td>№<td>Предмет<td>1 четверть<td>Год<td>Экзамен<td>Итог<tr><td>1<td>Алгебра<td>4<td>5<td><td>5</table>"
)
PROGRESS = (
    "<p>Учебный год: 2025/2026<p>Класс: 8А<p>Ученик: <span class='select'>Примерова Анна</span>"
    "<table><tr><td rowspan=2>Предмет<td colspan=2>Сентябрь<td>Январь<td rowspan=2>Средн. оценка<td rowspan=2>"
    "Итог.оценка 1 четверть<tr><td>1<td>30<td>12<tr><td>Алгебра<td>5/Н<td>УП<td>4<td>4,5<td>5</table>"
)


async def test_totals_of_a_diary_are_final_marks_of_their_periods(tmp_path: Path) -> None:
    reader = connector(tmp_path, given(tmp_path, "итоги.xls", TOTALS.encode("cp1251")), layout="netschool_totals")
    found = [(each["subject"], each["final_kind"], each["value"]) for each in await records(reader, "final_results")]
    assert found == [("алгебра", "1 четверть", "4"), ("алгебра", "Год", "5"), ("алгебра", "Итог", "5")]
    assert await records(reader, "groups") == [{"name": "8А", "study_year": "2025/2026"}]


async def test_a_report_of_progress_has_days_absences_and_no_means(tmp_path: Path) -> None:
    reader = connector(tmp_path, given(tmp_path, "отчёт.xls", PROGRESS.encode()), layout="netschool_progress")
    marks = [(each["held_on"], each["value"]) for each in await records(reader, "results")]
    assert marks == [("2025-09-01", "5"), ("2026-01-12", "4")]
    absences = [(each["lesson_on"], each["status"]) for each in await records(reader, "attendance")]
    assert absences == [("2025-09-01", "Н"), ("2025-09-30", "УП")]
    finals = [(each["final_kind"], each["value"]) for each in await records(reader, "final_results")]
    assert finals == [("1 четверть", "5")]


async def test_a_page_of_a_journal_has_three_rows_of_head(tmp_path: Path) -> None:
    content = csv_bytes(
        "Алгебра;;;;",
        ";;Сентябрь;;",
        "№;ФИО;02.09;Контрольная;Средний балл",
        "1;Примерова Анна;5;4;4,5",
        "2;Образцов Пётр;н;;",
    )
    reader = connector(
        tmp_path, given(tmp_path, "журнал.csv", content), layout="journal", subject="Алгебра", study_year="2025/2026"
    )
    marks = [(each.get("held_on"), each.get("title"), each["value"]) for each in await records(reader, "results")]
    assert marks == [("2025-09-02", None, "5"), (None, "Контрольная", "4")]
    assert [each["status"] for each in await records(reader, "attendance")] == ["н"]


async def test_a_file_that_was_read_is_not_read_again(tmp_path: Path) -> None:
    file = given(tmp_path, "список.csv", csv_bytes(*LIST[:-1]))
    assert await said(connector(tmp_path, file), "learners", cursor=file.sha256) == []
