"""Places of the host: nothing outside is reached, nothing that changed is taken away, reasons lie beside."""

import os
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from core.connections.places.bucket import BucketPlace
from core.connections.places.folder import FolderPlace
from core.connections.places.names import asides
from core.connections.places.opening import Places
from core.kernel.settings import Settings
from core.kernel.settings_loading import SettingsError, load_settings
from core.sdk.connectors import Place, PlacedFile, Watched, WatchedKind
from core.sdk.errors import ConnectorMisconfigured, ConnectorRecordRefused, ConnectorTransient
from storage.memory_inbox import MemoryInbox
from tests.connectors.scans.places import NAME, Folder

PREFIX = f"incoming/{uuid4()}/{NAME}/"


class Bay:
    """A place under test, whichever kind it is, and the hand that fills it."""

    def __init__(
        self, place: Place, put: Callable[[str, bytes], object], lying: Callable[[], dict[str, bytes]]
    ) -> None:
        self.place, self.put, self.lying = place, put, lying

    async def files(self) -> dict[str, PlacedFile]:
        return {file.path: file async for file in self.place.listing()}

    async def bytes_of(self, file: PlacedFile) -> bytes:
        return b"".join([piece async for piece in self.place.open(file)])


@pytest.fixture(params=["folder", "storage"])
def bay(request: pytest.FixtureRequest, tmp_path: Path) -> Bay:
    if request.param == "folder":
        folder = Folder(tmp_path).made()
        return Bay(
            folder.place, folder.scan, lambda: {name: (folder.path / name).read_bytes() for name in folder.lying()}
        )
    inbox = MemoryInbox(clock=lambda: datetime.now(UTC))
    return Bay(
        BucketPlace(inbox, PREFIX),
        lambda name, data: inbox.put(PREFIX + name, data),
        lambda: {key.removeprefix(PREFIX): data for key, (_, data) in inbox._objects.items()},
    )


async def test_files_are_listed_read_and_released(bay: Bay) -> None:
    await bay.place.ready()
    for name in ("скан.pdf", "папка/ещё/скан.tif", "rejected/old.pdf", "папка/rejected/kept.pdf"):
        bay.put(name, name.encode())
    files = await bay.files()
    assert sorted(files) == ["папка/rejected/kept.pdf", "папка/ещё/скан.tif", "скан.pdf"]
    for name, file in files.items():
        assert (await bay.bytes_of(file), file.size) == (name.encode(), len(name.encode()))
        for _ in range(2):
            await bay.place.release(file)
        with pytest.raises(ConnectorRecordRefused):
            await bay.bytes_of(file)
        await bay.place.set_aside(file, "empty")
    assert list(bay.lying()) == ["rejected/old.pdf"]


async def test_what_changed_stays(bay: Bay) -> None:
    bay.put("a.pdf", b"listed")
    file = (await bay.files())["a.pdf"]
    bay.put("a.pdf", b"changed")
    await bay.place.release(file)
    await bay.place.set_aside(file, "empty")
    with pytest.raises(ConnectorRecordRefused, match="has changed"):
        await bay.bytes_of(file)
    assert bay.lying() == {"a.pdf": b"changed"}
    assert (await bay.files())["a.pdf"].version != file.version


async def test_refused_files_lie_with_their_reasons_and_replace_nothing(bay: Bay) -> None:
    bay.put("rejected/скан.pdf", b"of yesterday")
    for name in ("скан.pdf", "2026/скан.pdf"):
        bay.put(name, name.encode())
    for file in (await bay.files()).values():
        for _ in range(2):
            await bay.place.set_aside(file, "empty")
    lying = bay.lying()
    texts = {name: lying.pop(name).decode() for name in list(lying) if name.endswith(".txt")}
    assert sorted(lying.values()) == sorted([b"of yesterday", "скан.pdf".encode(), "2026/скан.pdf".encode()])
    assert sorted(lying) == ["rejected/скан (2).pdf", "rejected/скан (3).pdf", "rejected/скан.pdf"]
    assert sorted(texts) == ["rejected/скан (2).pdf.txt", "rejected/скан (3).pdf.txt"]
    for name, text in texts.items():
        original = lying[name.removesuffix(".txt")].decode()
        assert text.startswith(f"Файл «{original}» не принят.\nПричина: файл пустой.\n")
        assert f"The file «{original}» was not taken.\nReason: the file is empty.\n" in text
    assert await bay.files() == {}


async def test_an_interrupted_move_goes_on_where_it_was(bay: Bay) -> None:
    bay.put("a.pdf", b"bytes")
    file = (await bay.files())["a.pdf"]
    await bay.place.set_aside(file, "не тот документ")
    done = bay.lying()
    assert sorted(done) == ["rejected/a.pdf", "rejected/a.pdf.txt"]
    # As if the reason had been written, and nothing else.
    bay.put("b.pdf", b"bytes")
    other = (await bay.files())["b.pdf"]
    note = done["rejected/a.pdf.txt"].replace(b"a.pdf", b"b.pdf").replace(file.version.encode(), other.version.encode())
    bay.put("rejected/b.pdf.txt", note)
    await bay.place.set_aside(other, "не тот документ")
    assert bay.lying() == done | {"rejected/b.pdf": b"bytes", "rejected/b.pdf.txt": note}


async def test_links_devices_pipes_and_sockets_are_no_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(tmp_path / "scans").made()
    outside = tmp_path / "outside"
    outside.mkdir()
    secret = outside / "secret.pdf"
    secret.write_bytes(b"secret")
    here = folder.path
    (here / "link.pdf").symlink_to(secret)
    (here / "folder").symlink_to(outside)
    os.mkfifo(here / "pipe.pdf")
    monkeypatch.chdir(here)  # the address of a socket is short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket.pdf")
        assert [file async for file in folder.place.listing()] == []
        for path in ("link.pdf", "folder/secret.pdf", "pipe.pdf", "socket.pdf"):
            file = like(secret, path)
            with pytest.raises(ConnectorRecordRefused):
                _ = [piece async for piece in folder.place.open(file)]
            await folder.place.release(file)
            await folder.place.set_aside(file, "empty")
    for path in ("../secret.pdf", "/etc/passwd", "a//b", ".", "folder/../link.pdf", "a\0b"):
        file = like(secret, path)
        asked = (anext(folder.place.open(file)), folder.place.release(file), folder.place.set_aside(file, "empty"))
        for ask in asked:
            with pytest.raises(ConnectorRecordRefused, match="leads out"):
                await ask
    assert secret.read_bytes() == b"secret"
    assert sorted(each.name for each in here.iterdir()) == ["folder", "link.pdf", "pipe.pdf", "socket.pdf"]


def like(real: Path, path: str) -> PlacedFile:
    """What a listing would say of `path` if it were that file."""
    found = real.stat()
    version = f"{found.st_size}-{found.st_mtime_ns}-{found.st_ctime_ns}"
    return PlacedFile(path=path, size=found.st_size, modified_at=datetime.now(UTC), version=version)


async def test_a_file_that_becomes_a_link_while_it_waits_is_not_followed(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "scans").made()
    target = tmp_path / "target.pdf"
    scan = folder.scan("a/b/scan.pdf")
    (file,) = [each async for each in folder.place.listing()]
    scan.rename(target)
    scan.symlink_to(target)
    with pytest.raises(ConnectorRecordRefused):
        _ = [piece async for piece in folder.place.open(file)]
    scan.unlink()
    scan.parent.rmdir()
    (tmp_path / "b").mkdir()
    target.rename(tmp_path / "b" / "scan.pdf")
    scan.parent.symlink_to(tmp_path / "b")
    with pytest.raises(ConnectorRecordRefused):
        _ = [piece async for piece in folder.place.open(file)]
    await folder.place.release(file)
    assert (tmp_path / "b" / "scan.pdf").exists()


async def test_neither_the_place_nor_the_refused_ones_may_be_a_link(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "scans").made()
    folder.scan("a.pdf")
    (file,) = [each async for each in folder.place.listing()]
    (folder.path / "rejected").symlink_to(tmp_path)
    with pytest.raises(ConnectorMisconfigured, match="rejected"):
        await folder.place.set_aside(file, "empty")
    assert folder.lying() == ["a.pdf", "rejected"]
    other = Folder(tmp_path / "scans")
    other.path.parent.mkdir()
    other.path.symlink_to(folder.path)
    with pytest.raises(ConnectorMisconfigured, match="there is no folder"):
        _ = [each async for each in other.place.listing()]


async def test_a_place_that_is_gone_is_told_and_nothing_counts_as_released(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "scans").made()
    folder.scan("a.pdf")
    (file,) = [each async for each in folder.place.listing()]
    # As if the share were not mounted.
    (tmp_path / "scans").rename(tmp_path / "elsewhere")
    asked: tuple[Callable[[], Awaitable[object]], ...] = (
        folder.place.ready,
        lambda: anext(folder.place.listing()),
        lambda: anext(folder.place.open(file)),
        lambda: folder.place.release(file),
        lambda: folder.place.set_aside(file, "empty"),
    )
    for ask in asked:
        with pytest.raises(ConnectorMisconfigured, match="there is no folder") as told:
            await ask()
        assert str(tmp_path) not in str(told.value)


async def test_a_storage_that_does_not_answer_is_asked_again_later() -> None:
    inbox = MemoryInbox(clock=lambda: datetime.now(UTC))
    inbox.put(f"{PREFIX}a.pdf", b"bytes")
    place = BucketPlace(inbox, PREFIX)
    (file,) = [each async for each in place.listing()]
    inbox.unavailable = True
    for ask in (place.ready(), anext(place.listing()), place.release(file), place.set_aside(file, "empty")):
        with pytest.raises(ConnectorTransient):
            await ask
    inbox.unavailable = False
    again = BucketPlace(inbox, PREFIX)
    await again.release(file)
    assert [each async for each in again.listing()] == []


async def test_keys_that_are_no_paths_are_left_alone() -> None:
    inbox = MemoryInbox(clock=lambda: datetime.now(UTC))
    for name in ("", "folder/", "../a.pdf", "a//b.pdf", "./c.pdf", "good.pdf"):
        inbox.put(PREFIX + name, b"bytes")
    inbox.put(f"{PREFIX[:-1]}0/other.pdf", b"bytes")
    assert [each.path async for each in BucketPlace(inbox, PREFIX).listing()] == ["good.pdf"]


def test_long_names_are_cut_and_endings_kept() -> None:
    target, note = next(asides("я" * 125 + ".pdf"))
    assert len(note.removeprefix("rejected/").encode()) <= 255
    assert target.endswith(".pdf")
    assert note == f"{target}.txt"
    assert next(asides("README"))[0] == "rejected/README"


@pytest.mark.parametrize("name", ["..", ".", "a/b", "/etc", "rejected", "a\0b", ".hidden", "a ", "", "a\nb"])
async def test_no_name_leads_elsewhere(name: str, tmp_path: Path) -> None:
    places = Places(tmp_path, lambda: MemoryInbox(clock=lambda: datetime.now(UTC)))
    for kind in WatchedKind:
        with pytest.raises(ConnectorMisconfigured):
            async with places.open(uuid4(), Watched(kind=kind, name=name)):
                pass


async def test_the_settings_say_where_places_lie(tmp_path: Path) -> None:
    institution = uuid4()
    nowhere = Places.of(Settings())
    for kind, key in ((WatchedKind.FOLDER, "scan_folders"), (WatchedKind.STORAGE, "scan_endpoint")):
        with pytest.raises(ConnectorMisconfigured, match=key):
            async with nowhere.open(institution, Watched(kind=kind, name=NAME)):
                pass
    own = {
        "DELOTEKA_CONNECTIONS__SCAN_FOLDERS": str(tmp_path),
        "DELOTEKA_STORAGE__ENDPOINT": "http://127.0.0.1:1",
        "DELOTEKA_STORAGE__ACCESS_KEY": "key",
        "DELOTEKA_STORAGE__SECRET_KEY": "secret",
    }
    other = {
        "DELOTEKA_CONNECTIONS__SCAN_ENDPOINT": "http://127.0.0.1:2",
        "DELOTEKA_CONNECTIONS__SCAN_ACCESS_KEY": "scanner",
        "DELOTEKA_CONNECTIONS__SCAN_SECRET_KEY": "another",
    }
    for environment, bucket in ((own, "deloteka"), (own | other, "scans")):
        places = Places.of(load_settings(None, environment))
        async with places.open(institution, Watched(kind=WatchedKind.STORAGE, name=NAME)) as place:
            assert isinstance(place, BucketPlace)
            assert place.prefix == f"incoming/{institution}/{NAME}/"
            assert place.inbox._door.bucket == bucket  # type: ignore[attr-defined]
        async with places.open(institution, Watched(kind=WatchedKind.FOLDER, name=NAME)) as place:
            assert place == FolderPlace(tmp_path, (str(institution), NAME))
    for name in other:
        with pytest.raises(SettingsError):
            load_settings(None, {key: value for key, value in other.items() if key != name})
    with pytest.raises(SettingsError, match="whole path"):
        load_settings(None, {"DELOTEKA_CONNECTIONS__SCAN_FOLDERS": "scans"})


async def test_a_full_disk_moves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Folder(tmp_path).made()
    folder.scan("a.pdf")
    (file,) = [each async for each in folder.place.listing()]

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", full)
        with pytest.raises(ConnectorTransient, match="No space left"):
            await folder.place.set_aside(file, "empty")
    assert folder.lying() == ["a.pdf"]
    await folder.place.set_aside(file, "empty")
    assert folder.lying() == ["rejected/a.pdf", "rejected/a.pdf.txt"]
