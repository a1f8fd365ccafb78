"""Bundles of CSV files: manifests, columns, encodings, changes, and archives that are not to be trusted."""

import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from core.sdk import ConnectorMisconfigured
from core.sdk.connectors import Problem, Record, StreamState
from plugins.oneroster import archive as archives
from plugins.oneroster.archive import BundleArchive
from plugins.oneroster.columns import FILES
from plugins.oneroster.encoding import EncodingUnknown, encoding_of
from plugins.oneroster.simulator import BundleForm
from plugins.oneroster.simulator.bundles import COLUMNS, COLUMNS_1_2
from tests.connectors.oneroster.reading import Clerk, given, messages, put, records

MANIFEST = "propertyName,value\r\nmanifest.version,1.0\r\noneroster.version,1.1\r\n"


def test_every_column_of_the_specification_is_known() -> None:
    for columns in (COLUMNS, COLUMNS_1_2):
        for name, file in FILES.items():
            known = file.columns.keys() | file.known
            named = {column.lower() for column in columns.get(name, "").split()}
            assert named - known == set(), name


@pytest.mark.parametrize("version", ["1.1", "1.2", "1.2.1"])
async def test_a_bundle_gives_persons_with_their_patronymics(clerk: Clerk, version: str) -> None:
    clerk.give(BundleForm(version=version))
    learners = await records(clerk.bench(demographics=True), "learners")
    assert list(learners) == ["S-001", "S-002", "S-003", "S-004"]
    said = learners["S-001"].data.model_dump(exclude_defaults=True, mode="json")
    assert said == {
        "family_name": "Примеров",
        "given_name": "Бета",
        "patronymic": "Образцович",
        "birth_date": "2011-02-02",
        "sex": "male",
        "number": "№S-001",
        "snils": "000-000-001 00",
        "email": "s-001@example.invalid",
        "account": "s-001",
    }
    assert list(await records(clerk.bench(), "staff")) == ["E-001", "E-002", "E-003", "E-004"]
    assert list(await records(clerk.bench(), "guardians")) == ["G-001/S-001", "G-002/S-002"]


async def test_passwords_and_other_demographics_are_dropped_before_anything_is_kept(clerk: Clerk) -> None:
    clerk.give(BundleForm())
    bench = clerk.bench(demographics=True)
    for stream in ("learners", "staff", "guardians"):
        for record in (await records(bench, stream)).values():
            assert "password" not in record.raw
            assert "cityOfBirth" not in repr(record.raw)


@pytest.mark.parametrize(
    "form",
    [
        BundleForm(reversed_columns=True),
        BundleForm(lower_headers=True),
        BundleForm(extra_column="favouriteColour"),
        BundleForm(encoding="utf-8-sig"),
        BundleForm(encoding="windows-1251"),
        BundleForm(filled_status=True),
        BundleForm(old_spellings=True),
        BundleForm(null_word=True, upper_booleans=True),
    ],
    ids=str,
)
async def test_what_real_files_do_otherwise_changes_nothing(tmp_path: Path, form: BundleForm) -> None:
    right, other = Clerk(tmp_path), Clerk(tmp_path)
    right.give()
    wanted = await records(right.bench(demographics=True), "learners")
    other.give(form)
    found = await records(other.bench(demographics=True), "learners")
    assert {key: record.data for key, record in found.items()} == {key: each.data for key, each in wanted.items()}


@pytest.mark.parametrize(
    ("content", "wanted", "codec"),
    [
        (b"sourcedId\r\n1\r\n", "detect", "utf-8-sig"),
        ("Тестов".encode(), "detect", "utf-8-sig"),
        ("Тестов".encode("utf-8-sig"), "detect", "utf-8-sig"),
        ("sourcedId,familyName\r\n1,Ёлкин\r\n".encode("cp1251"), "detect", "windows-1251"),
        ("Тестов № 5 «проба» — да".encode("cp1251"), "detect", "windows-1251"),
        ("Тестов".encode("cp1251"), "windows-1251", "windows-1251"),
        (("x" * 300_000 + "Тестов").encode("cp1251"), "detect", "windows-1251"),
    ],
)
def test_an_encoding_is_proven(tmp_path: Path, content: bytes, wanted: str, codec: str) -> None:
    (tmp_path / "file").write_bytes(content)
    with (tmp_path / "file").open("rb") as file:
        assert encoding_of(file, wanted=wanted) == codec


NAMES = "Тестов,Альфа,Примерович\r\nПримерова,Бета,Образцовна\r\n"


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (NAMES.encode("koi8-r"), "detect"),
        (NAMES.encode("cp866"), "detect"),
        (NAMES.encode("mac_cyrillic"), "detect"),
        (NAMES.encode("utf-16"), "detect"),
        ("Ђорђевић".encode("cp1251", "replace"), "detect"),
        (NAMES.encode("cp1251"), "utf-8"),
        (b"\x98", "windows-1251"),
    ],
)
def test_an_encoding_that_cannot_be_proven_is_said(tmp_path: Path, content: bytes, wanted: str) -> None:
    (tmp_path / "file").write_bytes(content)
    with (tmp_path / "file").open("rb") as file, pytest.raises(EncodingUnknown):
        encoding_of(file, wanted=wanted)


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        (BundleForm(without_manifest=True), "has no manifest.csv"),
        (BundleForm(missing_file="users"), "names users.csv, which is not in the archive"),
        (BundleForm(version="2.0"), "names version 2.0"),
        (BundleForm(folder="export/"), "must lie at the root"),
        (BundleForm(delimiter=";"), "has no manifest.csv|names version none"),
        (BundleForm(dropped_columns=("familyName",)), "users.csv has no column familyname"),
        (BundleForm(dropped_columns=("sourcedId",)), "has no column sourcedid"),
        (BundleForm(encoding="cp866"), "csv is neither in UTF-8 nor"),
        (BundleForm(extra_column="Title"), "has two columns title|has two columns"),
    ],
    ids=str,
)
async def test_a_bundle_that_cannot_be_read_is_refused_with_its_reason(
    clerk: Clerk, form: BundleForm, reason: str
) -> None:
    clerk.give(form)
    bench = clerk.bench()
    with pytest.raises(ConnectorMisconfigured, match=reason):  # noqa: PT012 - some are refused on opening, some on reading
        for stream in ("groups", "learners"):
            await messages(await bench.open(), stream)


async def test_without_a_bundle_it_is_said_that_one_is_needed(clerk: Clerk) -> None:
    with pytest.raises(ConnectorMisconfigured, match="no bundle has been given"):
        await clerk.bench().check()


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({f"{number}.csv": "" for number in range(200)}, "more than 100 entries"),
        ({"../users.csv": "x"}, "must lie at the root"),
        ({"a\\users.csv": "x"}, "must lie at the root"),
        ({"Users.csv": "x", "users.csv": "y"}, "two files of one name"),
        ({"users.csv": b"\0" * 3_000_000}, "times its size"),
        ({"manifest.csv": "propertyName,value\r\nfile.users,perhaps\r\noneroster.version,1.1\r\n"}, "neither bulk"),
        ({"manifest.csv": MANIFEST + "x," + "y" * 200_000}, "larger than"),
        ({"manifest.csv": 'propertyName,"value'}, "no CSV"),
        ({"manifest.csv": MANIFEST}, "none of the files"),
    ],
)
async def test_an_archive_is_hostile_until_proven_otherwise(
    clerk: Clerk, files: Mapping[str, str | bytes], reason: str
) -> None:
    put(clerk, files)
    with pytest.raises(ConnectorMisconfigured, match=reason):
        await clerk.bench().check()


async def test_damaged_encrypted_and_strangely_packed_archives_are_refused(clerk: Clerk) -> None:
    path = put(clerk, {"manifest.csv": MANIFEST, "orgs.csv": "sourcedId,name\r\n1,x\r\n"})
    good = path.read_bytes()
    directory = good.index(b"PK\x01\x02")
    encrypted = bytearray(good)
    encrypted[directory + 8] |= 1
    strange = bytearray(good)
    strange[directory + 10 : directory + 12] = struct.pack("<H", 12)
    for content, reason in (
        (bytes(encrypted), "encrypted"),
        (bytes(strange), "packed in a way"),
        (good[: len(good) // 2], "damaged"),
        (b"not a ZIP at all", "damaged"),
        (b"", "damaged"),
    ):
        path.write_bytes(content)
        with pytest.raises(ConnectorMisconfigured, match=reason):
            BundleArchive(path, "bundle.zip")


async def test_more_bytes_than_announced_are_never_read(clerk: Clerk) -> None:
    table = "sourcedId,title\r\n" + "".join(f"K-{number},{number}\r\n" for number in range(2_000))
    path = put(clerk, {"manifest.csv": MANIFEST + "file.courses,bulk\r\n", "courses.csv": table})
    good = path.read_bytes()
    place = good.rindex(b"PK\x01\x02") + 24  # the size in the directory, which is what is believed
    damaged = good.rindex(b"courses.csv", 0, place) + 1_000
    for content in (
        good[:place] + struct.pack("<I", 20) + good[place + 4 :],
        good[:damaged] + bytes(100) + good[damaged + 100 :],
    ):
        path.write_bytes(content)
        with pytest.raises(ConnectorMisconfigured, match="damaged"):
            await messages(await clerk.bench().open(), "subjects")


def test_the_size_of_all_files_together_is_bounded(clerk: Clerk, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(clerk, {"manifest.csv": MANIFEST})
    monkeypatch.setattr(archives, "MOST_BYTES", 10)
    with pytest.raises(ConnectorMisconfigured, match="larger than"):
        BundleArchive(path, "bundle.zip")


ROWS = "sourcedId,status,dateLastModified,title\r\n"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("K-9,,", "3 cells where the header has 4"),
        ("K-9,,,Title,more", "5 cells"),
        (",,,Title", "no sourcedId"),
        ("NULL,,,Title", "no sourcedId"),
        ("K-1,,,Again", "more than once"),
        ("K-9,,,NULL", "name: string_too_short"),
    ],
)
async def test_one_bad_row_is_told_and_the_others_are_read(clerk: Clerk, row: str, reason: str) -> None:
    table = ROWS + f"K-1,,,Good\r\n{row}\r\n\r\nK-2,,,Good,\r\n"
    put(clerk, {"manifest.csv": MANIFEST + "file.courses,bulk\r\n", "courses.csv": table})
    said = await messages(await clerk.bench().open(), "subjects")
    assert [each.external_id for each in said if isinstance(each, Record)] == ["K-1", "K-2"]
    problems = [each.message for each in said if isinstance(each, Problem)]
    assert len(problems) == 1
    assert reason in problems[0]


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        (ROWS + 'K-1,,,"never closed', "no CSV"),
        (ROWS + 'K-1,,,"closed" too early', "no CSV"),
        (ROWS + "K-1,,," + "x" * 1_100_000, "a line of more than"),
        ("", "no header"),
    ],
)
async def test_a_file_that_is_no_csv_is_never_taken_for_complete(clerk: Clerk, table: str, reason: str) -> None:
    packed = {"manifest.csv": MANIFEST + "file.courses,bulk\r\n", "courses.csv": table}
    put(clerk, packed, method=zipfile.ZIP_STORED)
    with pytest.raises(ConnectorMisconfigured, match=reason):
        await messages(await clerk.bench().open(), "subjects")


async def test_lists_lines_and_quotes_in_cells_are_read(clerk: Clerk) -> None:
    table = 'sourcedId,title,grades,subjects,orgSourcedId\r\nK-1,"Чтение, ""про себя""\nи вслух","08,09","a, b",O-1\r\n'
    put(clerk, {"manifest.csv": MANIFEST + "file.courses,bulk\r\n", "courses.csv": table})
    found = (await records(clerk.bench(), "subjects"))["K-1"]
    assert found.data.model_dump(exclude_defaults=True) == {"name": 'Чтение, "про себя"\nи вслух', "area": "a, b"}


async def test_check_says_whose_bundle_it_is_and_what_is_strange_in_it(clerk: Clerk) -> None:
    clerk.give(BundleForm(extra_column="favouriteColour", encoding="windows-1251", absent=("results",)))
    result = await clerk.bench().check()
    assert (result.identity.unique_id, result.identity.title) == ("bundle:DEMO", "Образцовая система")
    assert result.identity.organisation == "Школа-образец № 0"
    states = {each.stream: each.state for each in result.streams}
    assert (states["results"], states["learners"]) == (StreamState.EMPTY, StreamState.OK)
    notes = "\n".join(result.notes)
    assert "users.csv: columns that the specification does not know: favouriteColour" in notes
    assert "users.csv: read as windows-1251" in notes


async def test_a_file_that_the_manifest_does_not_name_is_not_read_but_told(clerk: Clerk) -> None:
    table = "sourcedId,title\r\nK-1,x\r\n"
    put(clerk, {"manifest.csv": MANIFEST + "file.categories,bulk\r\n", "categories.csv": table, "courses.csv": table})
    assert await records(clerk.bench(), "subjects") == {}
    clerk.give()
    del clerk.files[0]
    clerk.files += [given(clerk.folder / "put-0.zip", 9)]
    result = await clerk.bench().open()
    with pytest.raises(ConnectorMisconfigured, match="another system"):
        await result.check()
