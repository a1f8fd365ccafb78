"""A file is taken when it has stopped growing, and only as it was then."""

from datetime import timedelta
from pathlib import Path

import pytest

from core.devkit.running import Outcome
from core.sdk.connectors import FileData, Record, Settled
from core.sdk.errors import ConnectorMisconfigured, ConnectorRecordRefused
from tests.connectors.scans.places import NAME, Folder, MemoryPlace, Quick, bench


@pytest.fixture(autouse=True)
def _nobody_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Quick, "between", None)
    monkeypatch.setattr(Quick, "waited", [])


async def test_a_growing_file_is_left_until_it_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(tmp_path).made()
    folder.scan("whole.pdf", b"whole")
    growing = folder.scan("growing.pdf", b"the first half")

    def grow() -> None:
        with growing.open("ab") as file:
            file.write(b" and more")

    monkeypatch.setattr(Quick, "between", grow)
    host = bench(folder.place, still_seconds=7)
    assert (await host.run()).outcome is Outcome.COMPLETE
    assert [record.data.model_dump()["file_name"] for record in host.kept.records.values()] == ["whole.pdf"]
    assert (folder.lying(), Quick.waited) == (["growing.pdf"], [7])
    monkeypatch.setattr(Quick, "between", None)
    await host.run()
    assert folder.lying() == []
    assert {file.size for file in host.kept.files.values()} == {5, len(b"the first half and more")}


async def test_nobody_waits_where_nothing_lies(tmp_path: Path) -> None:
    assert (await bench(Folder(tmp_path).made().place).run()).outcome is Outcome.COMPLETE
    assert Quick.waited == []


async def test_young_files_empty_ones_and_wrong_clocks() -> None:
    place = MemoryPlace()
    host = bench(place, age_seconds=60)
    now = host.now
    place.put("young.pdf", b"1", at=now - timedelta(seconds=59))
    place.put("old enough.pdf", b"2", at=now - timedelta(seconds=60))
    place.put("from tomorrow.pdf", b"3", at=now + timedelta(days=1))
    place.put("just begun.pdf", b"", at=now - timedelta(minutes=59))
    place.put("empty for long.pdf", b"", at=now - timedelta(minutes=61))
    await host.run()
    assert sorted(place.files) == ["just begun.pdf", "young.pdf"]


async def test_a_file_that_changes_before_it_is_read_is_neither_taken_nor_released(tmp_path: Path) -> None:
    folder = Folder(tmp_path).made()
    path = folder.scan("scan.pdf", b"listed")
    (placed,) = [file async for file in folder.place.listing()]
    connector = await bench(folder.place).open()
    assert isinstance(connector, Quick)
    record = connector._record(placed)
    path.write_bytes(b"another")
    assert isinstance(record, Record)
    file = record.data
    assert isinstance(file, FileData)
    with pytest.raises(ConnectorRecordRefused, match="has changed"):
        async with connector.download(file) as answer:
            _ = [chunk async for chunk in answer.chunks]
    for outcome in (Settled.KEPT, Settled.REFUSED):
        await connector.settle(file, outcome, "empty")
    assert folder.lying() == ["scan.pdf"]
    assert path.read_bytes() == b"another"


async def test_a_name_that_is_no_text_is_a_dead_letter(tmp_path: Path) -> None:
    folder = Folder(tmp_path).made()
    (folder.path / "bad\udcff.pdf").write_bytes(b"1")
    folder.scan("two\nlines.pdf")
    folder.scan(" ".join("n" * 100) + ".pdf")
    folder.scan("/".join("d" * 15) + "/" + "a" * 240 + ".pdf")
    folder.scan("x" * 200 + "/" + "y" * 230 + ".pdf")
    folder.scan(" beginning.pdf")
    host = bench(folder.place)
    report = await host.run()
    assert (report.outcome, report.counts.letters, len(host.kept.records)) == (Outcome.PARTIAL, 4, 2)
    assert all("rename the file" in reason for reason in host.kept.open_letters().values())
    assert len(folder.lying()) == 4


async def test_a_run_takes_no_more_than_it_may() -> None:
    place = MemoryPlace()
    for number in range(7):
        place.put(f"{number}.pdf", b"bytes")
    host = bench(place, at_once=3)
    for left in (4, 1, 0):
        await host.run()
        assert len(place.files) == left


async def test_the_check_says_what_is_there(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    with pytest.raises(ConnectorMisconfigured, match=NAME):
        await bench(folder.place).check()
    folder.made().scan("a.pdf")
    result = await bench(folder.place).check()
    assert result.identity.unique_id == f"folder:{NAME}"
    assert result.notes == ("files that may be taken now: 1",)
    with pytest.raises(ConnectorMisconfigured, match="no place"):
        await bench(None).check()
