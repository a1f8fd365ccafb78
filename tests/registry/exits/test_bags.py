"""A bag is what RFC 8493 says, the same bytes each time, and tells of every fault when it is read back."""

import asyncio
import re
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from core.exits.bags import Bag, faults_of_bag
from core.exits.description import said_of_line, suffix_of
from core.exits.forms import transfer_act
from core.exits.models import Transfer, TransferLine
from core.institutions.models import Institution

ROOT = Path(__file__).parents[3]
NAME = "transfer-1"
PAGE = ROOT / "docs/how-to/hand-over-cases.md"
_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


async def chunks(*contents: bytes) -> AsyncIterator[bytes]:
    for content in contents:
        yield content


async def bag(path: Path) -> Path:
    async with Bag(path, NAME, datetime(2026, 3, 2, 9, 0, 2, tzinfo=UTC)) as made:
        await made.add("cases/00001/00001.txt", chunks("Приказ".encode(), b" 1\n"))
        await made.add_bytes("transfer.json", b"{}\n")
        await made.seal({"Source-Organization": "Колледж\nимени  Примера"})
    return path


async def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = await bag(tmp_path / "1.zip"), await bag(tmp_path / "2.zip")
    assert first.read_bytes() == second.read_bytes()
    assert faults_of_bag(first, NAME) == []
    with zipfile.ZipFile(first) as found:
        info = found.read(f"{NAME}/bag-info.txt").decode()
    assert info == "Source-Organization: Колледж имени Примера\nPayload-Oxum: 18.2\n"


Change = Callable[[dict[str, bytes]], None]


def _damage(files: dict[str, bytes]) -> None:
    files["data/transfer.json"] = b"[]\n"


def _damage_tag(files: dict[str, bytes]) -> None:
    files["bag-info.txt"] += b"x"


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (_damage, "damaged: data/transfer.json"),
        (_damage_tag, "damaged: bag-info.txt"),
        (lambda files: files.pop("data/transfer.json"), "missing: data/transfer.json"),
        (lambda files: files.update({"data/more": b"1"}), "not listed: data/more"),
    ],
)
async def test_every_fault_is_found(change: Change, fault: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(await bag(tmp_path / "1.zip")) as found:
        files = {name.removeprefix(f"{NAME}/"): found.read(name) for name in found.namelist()}
    change(files)
    other = tmp_path / "2.zip"
    with zipfile.ZipFile(other, "w") as made:
        for name, content in files.items():
            made.writestr(f"{NAME}/{name}", content)
    assert faults_of_bag(other, NAME) == [fault]


async def test_what_is_no_bag_is_said_to_be_unreadable(tmp_path: Path) -> None:
    cut = await bag(tmp_path / "1.zip")
    cut.write_bytes(cut.read_bytes()[:-30])
    assert faults_of_bag(cut, NAME)[0].startswith("unreadable")
    with zipfile.ZipFile(tmp_path / "2.zip", "w") as made:
        made.writestr("other", b"")
    assert faults_of_bag(tmp_path / "2.zip", NAME)[0].startswith("unreadable")


def test_the_commands_for_the_archive_check_a_package(tmp_path: Path) -> None:
    asyncio.run(bag(tmp_path / "package.zip"))
    blocks = _BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    lines = [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    script = "\n".join(lines).replace("python3 ", f"{sys.executable} ")
    done = subprocess.run(  # noqa: S603 - the commands are those of our own page
        ["/bin/bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "data/transfer.json: OK" in done.stdout


@pytest.mark.parametrize(
    ("name", "suffix"),
    [("Иванов.PDF", ".pdf"), ("без расширения", ""), ("a.документ", ""), ("a.tar.gz", ".gz"), ("a.verylongsuffix", "")],
)
def test_names_of_people_never_become_paths(name: str, suffix: str) -> None:
    assert suffix_of(name) == suffix


def test_the_act_says_the_term_and_the_package_its_footnotes_too() -> None:
    moment, day, one = datetime(2026, 3, 2, 9, tzinfo=UTC), date(2020, 3, 1), uuid4()
    footnote = "(1) После замены новыми"
    said = {"class_index": "01-01", "title": "Расписания", "first_day": day, "last_day": day, "volumes": 2, "sheets": 0}
    cells = {"term": "3 года (1)", "footnote": footnote, "article": "ст. 12 б", "content": [], "digest": b""}
    ids = {"id": one, "institution_id": one, "transfer_id": one, "case_id": one, "position": 1}
    line = TransferLine(**ids, **said, **cells, listed_at=moment)
    named = {"archive_name": "Архив", "basis": "договор № 4", "author_id": one, "created_at": moment}
    transfer = Transfer(id=one, institution_id=one, **named)
    act = transfer_act(Institution(id=one, name="Школа", time_zone="UTC"), transfer, [line])
    assert act.cases[0].note == "3 года, ст. 12 б"
    assert act.sheet()["total"] == "Передано: 1 (одно) дело, 2 (две) единицы хранения (томов, частей)."
    assert said_of_line(line)["footnote"] == footnote
