"""The spool keeps what it was given, one at a time, and gives back its descriptors only when nobody writes any more."""

import asyncio
import hashlib
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from core.documents import spool as spool_module
from core.documents.errors import SpoolBusy, UploadCut, UploadTooBig
from core.documents.spool import BUFFER, Spool, SpoolName
from core.kernel.errors import NoSpace, Unavailable
from tests.registry.conftest import BuildHouse
from tests.registry.documents.papers import send


def a_name() -> SpoolName:
    return SpoolName(uuid4(), uuid4(), uuid4())


async def given(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", reserve=0)


async def test_what_is_received_lies_there_with_its_digest(spool: Spool) -> None:
    name, content = a_name(), os.urandom(3 * BUFFER + 17)
    pieces = [content[start : start + 70_000] for start in range(0, len(content), 70_000)]
    async with spool.receive(name, given(*pieces), limit=len(content), expected=len(content)) as spooled:
        assert spooled.path.read_bytes() == content
        assert (spooled.size, spooled.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        with spool.claim(name) as path:
            assert path is None
    with spool.claim(name) as path:
        assert path == spool.path(name)
    assert list(spool.names()) == [name]


async def test_what_does_not_fit_leaves_no_file(spool: Spool) -> None:
    for chunks, limit, expected, reason in (
        ((b"abc",), 2, None, UploadTooBig),
        ((b"abc",), 2, 3, UploadTooBig),
        ((b"abc",), 9, 4, UploadCut),
        ((b"abc",), 9, 2, UploadCut),
    ):
        with pytest.raises(reason):
            async with spool.receive(a_name(), given(*chunks), limit=limit, expected=expected):
                pass
    assert list(spool.names()) == []
    narrow = Spool(spool.folder, reserve=2**60)
    with pytest.raises(NoSpace):
        async with narrow.receive(a_name(), given(b"a"), limit=9, expected=1):
            pass


def test_strangers_in_the_folder_are_left_alone(spool: Spool) -> None:
    name = a_name()
    for stranger in ("a.txt", "a.b.c.spool", str(name.institution_id), name.file_name.upper(), "lost+found"):
        (spool.folder / stranger).write_bytes(b"")
    assert list(spool.names()) == []
    assert SpoolName.parse(name.file_name) == name


async def test_a_cancelled_upload_closes_its_file_after_the_last_write(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing, go_on, closed_early = threading.Event(), threading.Event(), []
    real_append = spool_module._append

    def slow(descriptor: int, *rest: object) -> None:
        writing.set()
        go_on.wait(10)
        try:
            os.fstat(descriptor)
        except OSError:
            closed_early.append(descriptor)
        real_append(descriptor, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(spool_module, "_append", slow)

    async def receive() -> None:
        async with spool.receive(a_name(), given(b"a" * BUFFER), limit=2 * BUFFER, expected=None):
            pass

    task = asyncio.create_task(receive())
    await asyncio.to_thread(writing.wait, 10)
    task.cancel()
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.sleep(0.05)
    assert not task.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert closed_early == []
    assert list(spool.names()) == []


async def test_a_file_that_was_removed_by_its_holder_is_not_lent(spool: Spool) -> None:
    name = a_name()
    async with spool.receive(name, given(b"a"), limit=9, expected=1):
        waiting = asyncio.create_task(_hold(spool, name))
        await asyncio.sleep(0.1)
        spool.discard(name)
    assert await waiting is None
    with spool.claim(name) as path:
        assert path is None


async def test_what_was_removed_is_used_again_without_its_bytes(spool: Spool) -> None:
    first, second = a_name(), a_name()
    async with spool.receive(first, given(b"secret"), limit=9, expected=6, fresh=True) as spooled:
        number = spooled.path.stat().st_ino
        spool.discard(first)
    (spare,) = (spool.folder / "spare").iterdir()
    assert (spare.stat().st_ino, spare.read_bytes()) == (number, b"")
    later = Spool(spool.folder, reserve=0)
    async with later.receive(second, given(b"b"), limit=9, expected=1, fresh=True) as spooled:
        assert (spooled.path.stat().st_ino, spooled.path.read_bytes()) == (number, b"b")
    assert list(spool.names()) == [second]
    spool.discard(first)


async def test_a_spare_file_that_another_process_took_is_no_hindrance(spool: Spool) -> None:
    async with spool.receive(a_name(), given(b"a"), limit=9, expected=1, fresh=True) as spooled:
        spool.discard(spooled.name)
    takers = [Spool(spool.folder, reserve=0), Spool(spool.folder, reserve=0)]
    for taker in takers:
        taker._spares._look()
    for taker in takers:
        async with taker.receive(a_name(), given(b"b"), limit=9, expected=1, fresh=True) as spooled:
            assert spooled.path.read_bytes() == b"b"
    assert len(list(spool.names())) == 2


async def test_empty_files_lie_ready_neither_too_few_nor_too_many(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.documents.spares.FEWEST", 3)
    monkeypatch.setattr("core.documents.spares.MOST", 5)
    await spool.keep_spares()
    numbers = {path.stat().st_ino for path in (spool.folder / "spare").iterdir()}
    assert len(numbers) == 3
    async with spool.receive(a_name(), given(b"a"), limit=9, expected=1, fresh=True) as spooled:
        assert spooled.path.stat().st_ino in numbers
    for _ in range(7):
        (spool.folder / "spare" / uuid4().hex).touch()
    await spool.keep_spares()
    assert len(list((spool.folder / "spare").iterdir())) == 5


async def test_the_bytes_of_a_small_upload_stay_at_hand(spool: Spool) -> None:
    async with spool.receive(a_name(), given(b"ab", b"c"), limit=9, expected=3, fresh=True) as spooled:
        assert spooled.content == b"abc"
    large = bytes(BUFFER)
    async with spool.receive(a_name(), given(large, b"c"), limit=BUFFER + 1, expected=None) as spooled:
        assert spooled.content is None
        assert spooled.path.read_bytes() == large + b"c"


async def test_who_reads_under_a_second_name_reads_on_when_the_file_is_removed(spool: Spool, tmp_path: Path) -> None:
    name, second = a_name(), tmp_path / "second"
    async with spool.receive(name, given(b"abc"), limit=9, expected=3, fresh=True):
        assert not spool.second_name(name, second, 3), "somebody works on the file"
    assert not spool.second_name(name, second, 4), "it is another file"
    assert not second.exists()
    assert spool.second_name(name, second, 3)
    with spool.claim(name):
        spool.discard(name)
    assert second.read_bytes() == b"abc"
    assert list((spool.folder / "spare").iterdir()) == []


async def _hold(spool: Spool, name: SpoolName) -> Path | None:
    async with spool.hold(name) as path:
        return path


async def test_a_lull_is_told_from_a_rush_that_does_not_end(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "_LULL", 0.05)
    assert await spool.lull()
    monkeypatch.setattr(spool_module, "_LONGEST_RUSH", 0.1)
    monkeypatch.setattr(spool_module, "_LULL", 0.2)
    async with spool.receive(a_name(), given(b"a"), limit=9, expected=1):
        pass
    assert not await spool.lull()


async def test_nobody_waits_for_ever(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "PATIENCE", 0.05)
    name = a_name()
    async with spool.receive(name, given(b"a"), limit=9, expected=1):
        with pytest.raises(SpoolBusy):
            await _hold(spool, name)
        with pytest.raises(SpoolBusy):
            async with spool.receive(name, given(b"b"), limit=9, expected=1):
                pass
        assert spool.path(name).read_bytes() == b"a"


async def test_as_many_uploads_as_the_settings_say_are_let_in_and_the_next_waits(build_house: BuildHouse) -> None:
    house = await build_house(settings={"DELOTEKA_INTAKE__CONCURRENT_UPLOADS": "2"})
    services = house.services.documents
    async with services.turn(), services.turn():
        waiting = asyncio.create_task(send(house.a))
        await asyncio.sleep(0.2)
        assert not waiting.done()
    assert (await waiting).status_code == 201
    answers = await asyncio.gather(*(send(house.a) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {201}


async def test_who_waits_too_long_for_a_turn_is_told_to_come_back(
    build_house: BuildHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.documents.services._PATIENCE", 0.05)
    house = await build_house(settings={"DELOTEKA_INTAKE__CONCURRENT_UPLOADS": "1"})
    async with house.services.documents.turn():
        with pytest.raises(Unavailable):
            async with house.services.documents.turn():
                pass
        answer = await send(house.a)
        assert answer.status_code == 503
        assert "Retry-After" in answer.headers
    assert house.spooled() == []
