"""`deloteka nomenclature check`: one JSON object, or a summary in Russian; the exit code says what may happen next."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from core.cli.nomenclature import nomenclature
from core.nomenclature.reading import texts
from tests.nomenclature_files.conftest import NAMES, SAMPLES
from tests.nomenclature_files.office import Tbl, docx

FORM = ["Индекс дела", "Заголовок дела", "Кол-во дел", "Срок хранения и № статей", "Примечание"]


def run(path: Path, *options: str) -> Result:
    return CliRunner().invoke(nomenclature, ["check", str(path), *options], catch_exceptions=False)


def written(folder: Path, content: bytes, name: str = "дела.docx") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_the_report_is_one_object(tmp_path: Path) -> None:
    table = Tbl(
        [FORM, ["01. Руководство", "", "", "", ""], ["01 - 01", "Лицензия", "2", "5 лет (1) ст. 55", "Переходящее"]]
    )
    content = docx("ИП Сидорова А.П.", "НОМЕНКЛАТУРА ДЕЛ на 2025 год", table, "(1) После замены новыми")
    result = run(written(tmp_path, content), "--json")
    assert result.exit_code == 0
    report: dict[str, Any] = json.loads(result.stdout)
    (row,) = report.pop("rows")
    reading = row.pop("reading")
    assert row == {
        "place": "таблица 1, строка 3",
        "section": "01",
        "index": "01-01",
        "index_written": "01 - 01",
        "title": "Лицензия",
        "quantity": "2",
        "term": "5 лет (1) ст. 55",
        "article": "ст. 55",
        "note": "Переходящее",
        "footnotes": {"1": "После замены новыми"},
        "reserve": False,
        "other": {},
        "findings": [],
    }
    assert (reading["status"], reading["kind"], reading["years"], reading["trigger"]) == (
        "understood",
        "years",
        5,
        "replaced",
    )
    assert reading["article"] == "ст. 55"
    assert [(line["reason"], line["text"]) for line in report.pop("ignored")] == [
        ("title_block", "ИП Сидорова А.П."),
        ("title_block", "НОМЕНКЛАТУРА ДЕЛ на 2025 год"),
        ("header", " | ".join(FORM)),
        ("footnote", "(1) После замены новыми"),
    ]
    assert report == {
        "year": 2025,
        "organisation": "ИП Сидорова А.П.",
        "stops_import": False,
        "sections": [{"code": "01", "title": "Руководство"}],
        "findings": [],
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_may_be_imported_and_says_what_is_missing(name: str) -> None:
    result = run(SAMPLES / f"nomenclature_{name}.csv", "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (report["year"], report["organisation"]) == (None, None)
    assert [finding["code"] for finding in report["findings"][:2]] == ["year_not_found", "organisation_not_found"]
    assert all(finding["text"] and "row" not in finding for finding in report["findings"][:2])


def test_a_term_that_is_not_understood_does_not_stop_the_import(tmp_path: Path) -> None:
    content = docx(Tbl([FORM, ["01-01", "Планы", "", "сколько понадобится", ""]]))
    result = run(written(tmp_path, content), "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 0
    assert report["rows"][0]["reading"]["status"] == "needs_review"
    assert report["rows"][0]["findings"] == [finding for finding in report["findings"] if finding.get("row") == 1]
    assert report["rows"][0]["findings"][0]["code"] == "term_needs_review"


def test_what_has_to_be_corrected_first_ends_with_one(tmp_path: Path) -> None:
    row = ["01-01", "Планы", "", "5 лет", ""]
    path = written(tmp_path, docx(Tbl([FORM, row, row])))
    assert run(path, "--json").exit_code == 1
    plain = run(path)
    assert plain.exit_code == 1
    assert "! Индекс 01-01 уже есть: таблица 1, строка 2" in plain.stdout
    assert plain.stdout.rstrip().endswith("Перед импортом файл нужно исправить.")


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"),
            "nomenclature_file_old_office",
            ".docx",
        ),
        (b"%PDF-1.4", "nomenclature_file_other_format", ".docx"),
        (b"PK\x03\x04", "nomenclature_file_broken", "новым именем"),
    ],
)
def test_a_refused_file_ends_with_three_and_an_advice(tmp_path: Path, content: bytes, code: str, words: str) -> None:
    path = written(tmp_path, content, "дела.doc")
    result = run(path, "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["refused"]["code"] == code
    assert words in result.stderr
    assert run(path).stdout == ""


def test_a_file_that_is_not_there_is_a_wrong_use(tmp_path: Path) -> None:
    assert run(tmp_path / "нет.docx").exit_code == 2


def test_the_summary_shows_sections_rows_and_ignored_lines(tmp_path: Path) -> None:
    table = Tbl([FORM, ["01. Руководство", "", "", "", ""], ["01-01", "Устав" * 30, "", "Постоянно", ""]])
    lines = run(written(tmp_path, docx("ООО «Знание»\u202e", table))).stdout.splitlines()
    assert lines[0] == "дела.docx: ООО «Знание»�, не указано"
    assert lines[2] == "01 Руководство"
    assert lines[3].startswith("01-01       УставУстав")
    assert "…" in lines[3]
    assert lines[-1] == "Строк: 1, из них с понятным сроком: 1; замечаний: 1"


def test_every_text_is_that_of_a_code() -> None:
    for catalogue in (texts._FINDINGS, texts._REASONS):
        assert all(code.replace("_", "").isalpha() and code.islower() for code in catalogue)
