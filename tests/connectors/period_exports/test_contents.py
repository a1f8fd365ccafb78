"""What a snapshot says, told by its digest: equal exactly where the built files are; and what is set of it."""

import io
import json
import zipfile
from collections.abc import AsyncIterator, Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.papers.paper import Organisation
from core.papers.period_results import PeriodResults
from core.paperwork.letterhead import Letterhead, Making
from core.period_exports import printing, workbook
from core.period_exports.contents import Contents, UnorderedRows, csv_bytes
from core.period_exports.models import PeriodExport
from core.period_exports.package import PackageWriter, open_package
from core.period_exports.printing import PrintOut
from core.period_exports.reading import LEFT_OUT, RAW, WIDEST, WIDTHS
from core.period_exports.tables import FINAL, TABLES

SIGN = st.sampled_from("aяЁ1;\"'\\\t\n\r\v =+-@&<\x01\ufeff\u00a0\uffff＝🙂")
CELL = st.one_of(
    st.sampled_from(["", "5", "-", "+", "н/а", "=1+1", "'a", " @x", "a;b", 'a"b', "a\tb", "a\r\nb", "\\N"]),
    st.text(SIGN, max_size=8),
)
KEY = st.tuples(st.sampled_from(["a", "b"]), st.text(SIGN, min_size=1, max_size=4))
FACTS: Mapping[str, Any] = {
    "institution_name": "Школа № 1",
    "connection": {"title": "Дневник", "identity": {"title": "Школа"}},
    "period": {"name": "3 четверть", "study_year": "", "starts_on": date(2026, 1, 12), "ends_on": date(2026, 2, 20)},
    "complete": True,
    "shortcomings": [],
    "insisted": "",
}


@dataclass
class Said:
    """What the reading brought: cells after the key, by part and key."""

    rows: dict[int, dict[tuple[str, str], list[str]]]
    left_out: int = 0
    facts: dict[str, Any] = field(default_factory=lambda: deepcopy(dict(FACTS)))

    def lines(self) -> bytes:
        ordered = (
            (part, [*key, *cells]) for part in sorted(self.rows) for key, cells in sorted(self.rows[part].items())
        )
        return b"".join(_line(part, cells) for part, cells in (*ordered, (LEFT_OUT, [str(self.left_out)])))

    def digest(self) -> str:
        contents = Contents()
        contents.take(self.lines())
        return contents.digest(self.facts)

    def package(self, folder: Path) -> bytes:
        path = folder / "snapshot.zip"
        writer = PackageWriter(path)
        writer.take(self.lines())
        writer.finish(self.facts, {"marks": datetime(2026, 3, 1, tzinfo=UTC)}, writer.digest(self.facts))
        return path.read_bytes()


def _line(part: int, cells: list[str]) -> bytes:
    """A line as COPY writes it."""
    escapes = {"\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
    told = ["".join(escapes.get(each, each) for each in cell) for cell in cells]
    return "\t".join([str(part), *told, *[""] * (WIDEST - len(cells))]).encode() + b"\n"


@st.composite
def snapshots(draw: st.DrawFn) -> Said:
    rows: dict[int, dict[tuple[str, str], list[str]]] = {}
    for part in draw(st.sets(st.sampled_from(range(len(TABLES))), max_size=3)):
        cells = st.lists(CELL, min_size=WIDTHS[part] - 2, max_size=WIDTHS[part] - 2)
        rows[part] = draw(st.dictionaries(KEY, cells, min_size=1, max_size=3))
    rows[RAW] = draw(st.dictionaries(KEY, st.sampled_from([['{"a": 1}'], ['{"a": "\\n"}']]), max_size=3))
    return Said(rows=rows, left_out=draw(st.integers(0, 2)))


@st.composite
def changed(draw: st.DrawFn, said: Said) -> Said:
    """One thing otherwise, or the same again."""
    found = deepcopy(said)
    filled = [part for part in found.rows if found.rows[part]]
    what = draw(st.sampled_from(["nothing", "left_out", "fact", *(["cell", "key", "gone"] if filled else [])]))
    if what == "left_out":
        found.left_out = draw(st.integers(0, 2))
    elif what == "fact":
        other: dict[str, Callable[[], None]] = {
            "title": lambda: found.facts["connection"].update(title=draw(CELL)),
            "complete": lambda: found.facts.update(complete=False, shortcomings=[{"code": "x", "words": "не всё"}]),
            "insisted": lambda: found.facts.update(insisted=draw(CELL)),
            "institution_name": lambda: found.facts.update(institution_name=draw(CELL)),
            "name": lambda: found.facts["period"].update(name=draw(CELL)),
            "starts_on": lambda: found.facts["period"].update(starts_on=date(2026, 1, 13)),
        }
        other[draw(st.sampled_from(sorted(other)))]()
    elif what != "nothing":
        part = draw(st.sampled_from(filled))
        key = draw(st.sampled_from(sorted(found.rows[part])))
        cells = found.rows[part].pop(key)
        if what == "cell":
            place = draw(st.integers(0, len(cells) - 1))
            cells[place] = draw(st.just('{"a": 2}') if part == RAW else CELL)
        if what != "gone":
            found.rows[part][draw(KEY) if what == "key" else key] = cells
    return found


def _files(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("packages")


@settings(max_examples=60)
@given(st.data())
def test_the_digest_differs_exactly_where_the_built_files_do(folder: Path, data: st.DataObject) -> None:
    first = data.draw(snapshots())
    second = data.draw(changed(first))
    packages = first.package(folder), second.package(folder)
    assert (first.digest() == second.digest()) == (packages[0] == packages[1])
    files = _files(packages[0])
    assert json.loads(files["manifest.json"])["digest"] == first.digest()
    with open_package(folder / "snapshot.zip") as package:
        for part, table in enumerate(TABLES):
            rows = [[*key, *cells] for key, cells in sorted(second.rows.get(part, {}).items())]
            assert list(package.rows(table.file_name)) == rows
            written = b"".join(package.chunks(table.file_name))
            assert written == b"\xef\xbb\xbf" + csv_bytes([table.heads]) + csv_bytes(rows)


def test_lines_out_of_order_are_refused_and_pieces_of_any_size_are_the_same() -> None:
    said = Said({0: {("a", str(number)): ["x"] * 5 for number in range(9)}, RAW: {("m", "1"): ["{}"]}})
    lines = said.lines().splitlines(keepends=True)
    contents = Contents()
    for line in lines:
        contents.take(line)
    assert contents.digest(said.facts) == said.digest()
    for wrong in ([lines[1], lines[0]], [lines[0], lines[0]], [lines[-1], lines[0]]):
        with pytest.raises(UnorderedRows):
            Contents().take(b"".join(wrong))


def test_a_sheet_goes_on_in_a_further_one_and_shows_any_text(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)
    shown = ["<&>", " край ", "_x0041_", "a\nb", "\x01", "=1+1", "я" * 32_001]
    rows = {("s", f"{number}"): [text, "2012-03-01", "1899-01-01"] for number, text in enumerate(shown)}
    files = _files(Said({1: rows}).package(folder))
    book = CalamineWorkbook.from_filelike(io.BytesIO(files["tables.xlsx"]))
    names = ["Обучающиеся", "Обучающиеся (2)", "Обучающиеся (3)"]
    assert [name for name in book.sheet_names if name.startswith("Об")] == names
    found = [row for name in names for row in book.get_sheet_by_name(name).to_python()[1:]]
    expected = ["<&>", " край ", "_x0041_", "a\nb", "\ufffd", "=1+1", "я" * 32_000 + "…"]
    assert [row[0] for row in found] == expected
    assert {(row[1], row[2], row[3]) for row in found} == {(date(2012, 3, 1), "1899-01-01", "s")}


async def test_a_print_out_has_parts_in_the_order_of_classes_and_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "MOST_LINES", 40)
    monkeypatch.setattr(printing, "_SORTED_TOGETHER", 7)
    groups = [("10А", 3), ("5А", 60), ("5Б", 2), ("", 1)]
    rows = {}
    for group, learners in groups:
        for number in range(learners):
            name = "Ёлкина Вера" if number == 1 else f"{'Ж' if number % 2 else 'Д'}укова Вера {number}"
            for subject in ("Алгебра", "Физика"):
                key = "f", f"{group}/{number}/{subject}"
                places = [f"{group}/{number}", name, group and f"g{group}", group, subject, subject]
                rows[key] = [*places, "examination" if group == "5Б" else "period", "", "5", "mark5", ""]
    Said({TABLES.index(FINAL): rows}).package(tmp_path)
    papers = [paper async for paper in _set(tmp_path)]
    lines = [(each.group, name) for paper in papers for each in paper.groups for name, _ in each.learners]
    assert len(lines) == sum(count for _, count in groups)
    assert list(dict.fromkeys(group for group, _ in lines)) == ["5А", "5Б", "10А", "Без группы"]
    assert {mark for each in papers[-1].groups for _, marks in each.learners for mark in marks} == {"5", "5 (экз.)"}
    names = [name for group, name in lines if group == "5А"]
    assert names.index("Ёлкина Вера") == names.index("Дукова Вера 58") + 1
    assert [(paper.part, paper.parts) for paper in papers] == [(1, 3), (2, 3), (3, 3)]
    assert papers[1].title == "Распечатка итоговых результатов № 1 от 02.03.2026, часть 2 из 3"
    assert sum(paper.results for paper in papers) == len(rows)
    assert all(sum(len(each.learners) + 8 for each in paper.groups) <= 40 for paper in papers)


async def _set(folder: Path) -> AsyncIterator[PeriodResults]:
    now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    letterhead = Letterhead(issuer=Organisation(name="Школа № 1"))
    work = cast("Work", None)
    making = Making(work=work, letterhead=letterhead, created_at=now, today=now.date(), time_zone="Europe/Moscow")
    export = PeriodExport(id=new_id(), institution_id=new_id(), version=1, requested_at=now)
    with open_package(folder / "snapshot.zip") as package:
        for make in PrintOut(export, package, folder).papers():
            yield cast("PeriodResults", (await make(making)).paper)
