"""Files that are not read: each is refused with its reason, and none of them harms."""

import io
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from core.kernel.sandbox import Limits, Sandbox, SandboxSettings
from core.nomenclature.reading.errors import NomenclatureFileRefused
from core.nomenclature.reading.provider import PLUGIN
from core.nomenclature.reading.reader import read_in_sandbox, read_nomenclature
from core.nomenclature.reading.report import check
from retention.nomenclature import NomenclatureDraft
from tests.nomenclature_files.office import (
    SHEETS,
    TYPES,
    Sheet,
    Tbl,
    content_types,
    docx,
    paragraph,
    relations,
    run,
    xlsx,
    zipped,
)

Read = Callable[[bytes], NomenclatureDraft]
FORM = ["Индекс дела", "Заголовок дела", "Кол-во дел", "Срок хранения и № статей", "Примечание"]
GRID = [FORM, ["01-01", "Устав", "", "Постоянно", ""]]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def refusal(content: bytes) -> NomenclatureFileRefused:
    with pytest.raises(NomenclatureFileRefused) as caught:
        read_nomenclature(io.BytesIO(content), name="дела")
    return caught.value


def open_document(kind: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr("content.xml", "<a/>")
    return target.getvalue()


def encrypted(content: bytes) -> bytes:
    """The same archive with the flag of encryption on every entry."""
    changed = bytearray(content)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = changed.find(mark)
        while at >= 0:
            changed[at + offset] |= 1
            at = changed.find(mark, at + 4)
    return bytes(changed)


MACROS = f"{TYPES}.wordprocessingml.document.main+xml".replace(
    "openxmlformats-officedocument.wordprocessingml.document", "ms-word.document.macroEnabled"
)


@pytest.mark.parametrize(
    ("content", "code", "facts"),
    [
        (b"", "nomenclature_file_broken", {"part": "empty"}),
        (b"  \r\n ", "nomenclature_file_broken", {"part": "empty"}),
        (OLE + "WordDocument".encode("utf-16-le"), "nomenclature_file_old_office", {"save_as": "docx"}),
        (OLE + "Workbook".encode("utf-16-le"), "nomenclature_file_old_office", {"save_as": "xlsx"}),
        (OLE, "nomenclature_file_old_office", {"save_as": "docx, xlsx"}),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "nomenclature_file_protected", {}),
        (encrypted(docx(Tbl(GRID))), "nomenclature_file_protected", {"part": "zip_encrypted"}),
        (open_document("text"), "nomenclature_file_other_format", {"format": "odt"}),
        (open_document("spreadsheet"), "nomenclature_file_other_format", {"format": "ods"}),
        (b"{\\rtf1 a}", "nomenclature_file_other_format", {"format": "RTF"}),
        (b"%PDF-1.7", "nomenclature_file_other_format", {"format": "PDF"}),
        (b"<html><table>", "nomenclature_file_other_format", {"format": "HTML/XML"}),
        (b"\x89PNG\r\n", "nomenclature_file_other_format", {"format": "PNG"}),
        (b"\x00\x01\x02\x03binary\x7f" * 9, "nomenclature_file_other_format", {"format": "?"}),
        (zipped({"a.txt": "a"}), "nomenclature_file_other_format", {"format": "zip"}),
        (docx(Tbl(GRID), content_type=MACROS), "nomenclature_file_macros", {"part": "office_macro"}),
        (xlsx(Sheet(GRID), parts={"xl/vbaProject.bin": b"x"}), "nomenclature_file_macros", {"part": "office_macro"}),
        (docx(Tbl(GRID))[:-40], "nomenclature_file_broken", {"part": "archive"}),
        (docx("<w:p>"), "nomenclature_file_broken", {"part": "word/document.xml"}),
        (
            xlsx(Sheet(GRID), parts={"xl/worksheets/sheet1.xml": "<worksheet"}),
            "nomenclature_file_broken",
            {"part": "xl/worksheets/sheet1.xml"},
        ),
        (
            'Индекс;Заголовок;Срок хранения\n01;"Устав;5 лет\n'.encode(),
            "nomenclature_file_broken",
            {"part": "строка 2"},
        ),
        (b"a;b\x98", "nomenclature_file_broken", {"part": "encoding"}),
        (b"a;b\0", "nomenclature_file_broken", {"part": "text"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_cannot_be_read_is_refused_with_its_reason(
    content: bytes, code: str, facts: dict[str, str]
) -> None:
    error = refusal(content)
    assert (error.code, dict(error.facts)) == (code, {**facts, "name": "дела"})


def test_no_entity_is_ever_expanded_or_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("тайна", encoding="utf-8")
    outside = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'
    laughs = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    for doctype in (outside, laughs):
        assert (
            refusal(docx("<w:p><w:r><w:t>&amp;</w:t></w:r></w:p>", doctype=doctype)).code == "nomenclature_file_broken"
        )
    sheet = f'{laughs}<worksheet xmlns="{SHEETS}"><sheetData/></worksheet>'
    assert refusal(xlsx(Sheet([]), parts={"xl/worksheets/sheet1.xml": sheet})).code == "nomenclature_file_broken"


def test_a_document_type_in_the_list_of_parts_is_refused() -> None:
    parts = {"[Content_Types].xml": "<!DOCTYPE x><Types/>", "word/document.xml": "<a/>"}
    assert refusal(zipped(parts)).code == "nomenclature_file_broken"


def test_what_is_linked_from_outside_is_not_followed(read: Read) -> None:
    listed = relations([]).replace(
        "></Relationships>",
        '><Relationship Id="r1" Type="x/attachedTemplate" Target="file:///c:/t.dotm" TargetMode="External"/>'
        "</Relationships>",
    )
    content = docx(Tbl(GRID))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    draft = read(zipped({**parts, "word/_rels/document.xml.rels": listed}))
    assert len(draft.rows) == 1


@pytest.mark.parametrize("target", ["../../../../etc/passwd", "/etc/passwd", "http://127.0.0.1/x"])
def test_a_part_outside_of_the_file_is_not_there(target: str) -> None:
    parts = {
        "[Content_Types].xml": content_types("word/document.xml", f"{TYPES}.wordprocessingml.document.main+xml"),
        "_rels/.rels": relations([("officeDocument", target)]),
    }
    assert refusal(zipped(parts)).facts["part"] == "main"


@pytest.mark.parametrize("declared", [1_000, 10 * (1 << 30)])
def test_a_bomb_is_refused_without_unpacking_it(declared: int) -> None:
    content = xlsx(Sheet(GRID), parts={"xl/worksheets/sheet1.xml": b"<a>" + b" " * 5_000_000})
    at = content.rindex(b"PK\x01\x02", 0, content.index(b"xl/worksheets/sheet1.xml", content.index(b"PK\x01\x02")))
    lying = content[: at + 24] + struct.pack("<L", declared & 0xFFFFFFFF) + content[at + 28 :]
    assert refusal(lying).code in {"nomenclature_file_broken", "nomenclature_file_too_large"}


def test_deep_markup_is_refused() -> None:
    deep = "<w:sdt>" * 500 + "</w:sdt>" * 500
    assert refusal(docx(f"<w:p>{deep}</w:p>")).facts["what"] == "depth"


def test_too_many_lines_are_refused() -> None:
    assert refusal("\n".join(["a;b"] * 20_001).encode()).facts["what"] == "lines"


def test_too_much_text_is_refused() -> None:
    assert refusal(";".join(["а" * 100_000] * 61).encode()).facts["what"] == "characters"


def empty_rows(count: int) -> bytes:
    def row(number: int) -> str:
        return (
            f'<row r="{number}" spans="1:5">' + "".join(f'<c r="{each}{number}" s="5"/>' for each in "ABCDE") + "</row>"
        )

    head = "".join(f'<c r="{letter}1" t="str"><v>{text}</v></c>' for letter, text in zip("ABCDE", FORM, strict=True))
    body = "".join(row(number) for number in range(3, count))
    filled = zip("ABD", ["01-01", "Устав", "5 лет"], strict=True)
    last = "".join(f'<c r="{letter}{count}" t="str"><v>{text}</v></c>' for letter, text in filled)
    rows = f'<row r="1">{head}</row>{body}<row r="{count}">{last}</row>'
    sheet = f'<worksheet xmlns="{SHEETS}"><sheetData>{rows}</sheetData></worksheet>'
    return xlsx(Sheet([]), parts={"xl/worksheets/sheet1.xml": sheet})


def test_a_hundred_thousand_empty_formatted_rows_cost_a_moment(read: Read) -> None:
    content = empty_rows(100_000)
    started = time.monotonic()
    draft = read(content)
    assert [row.index for row in draft.rows] == ["01-01"]
    assert time.monotonic() - started < 5


def test_huge_merges_and_dimensions_cost_nothing(read: Read) -> None:
    rows = [*GRID, ["01-02", "Планы", "", ""]]
    draft = read(xlsx(Sheet(rows, merges=["D2:D1048576", "A1:XFD1"], extra='<dimension ref="A1:XFD1048576"/>')))
    assert [row.term for row in draft.rows] == ["Постоянно", "Постоянно"]


def test_an_index_with_ten_thousand_dashes_takes_no_time(read: Read) -> None:
    started = time.monotonic()
    cells = [
        "-" * 20_000,
        "01" + " - 01" * 5_000,
        "(" * 20_000,
        "«" * 20_000,
        "Индекс " * 3_000,
        "1) " * 5_000,
        "_" * 20_000,
    ]
    for cell in cells:
        draft = read(docx(cell, Tbl([*GRID, [cell, cell, "", cell, cell], [cell, "", "", "", ""]]), cell))
        check(draft)
    assert time.monotonic() - started < 30


@pytest.fixture
async def sandbox() -> Sandbox:
    return Sandbox(SandboxSettings(plugins=(PLUGIN,), concurrency=1, limits=Limits(cpu_seconds=2, wall_seconds=5)))


async def test_a_child_process_reads_the_same(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(docx("МБОУ «Школа № 5»", Tbl(GRID), paragraph(xml=run("конец"))))
    async with sandbox:
        assert await read_in_sandbox(sandbox, path, name="a.docx") == read_nomenclature(path, name="a.docx")


async def test_a_refusal_comes_back_from_the_child(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "a.doc"
    path.write_bytes(OLE + "WordDocument".encode("utf-16-le"))
    async with sandbox:
        with pytest.raises(NomenclatureFileRefused) as caught:
            await read_in_sandbox(sandbox, path, name="дела.doc")
    assert (caught.value.code, dict(caught.value.facts)) == (
        "nomenclature_file_old_office",
        {"save_as": "docx", "name": "дела.doc"},
    )


async def test_a_file_that_exhausts_the_child_is_too_large(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(empty_rows(3_000))
    limits = Limits(wall_seconds=0.001)
    async with Sandbox(SandboxSettings(plugins=(PLUGIN,), concurrency=1, limits=limits)) as sandbox:
        with pytest.raises(NomenclatureFileRefused) as caught:
            await read_in_sandbox(sandbox, path, name="a.xlsx")
    assert caught.value.code == "nomenclature_file_too_large"


async def test_a_file_that_is_gone_is_broken(sandbox: Sandbox, tmp_path: Path) -> None:
    async with sandbox:
        with pytest.raises(NomenclatureFileRefused) as caught:
            await read_in_sandbox(sandbox, tmp_path / "none.xlsx", name="none.xlsx")
    assert caught.value.facts["part"] == "answer"
