"""A ZIP of scans with a table that says what they are; the archive is a stranger's until the intake has looked."""

import asyncio
import unicodedata
import zipfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from core.sdk import ConnectorMisconfigured, ConnectorRecordRefused
from core.sdk.connectors import GivenFile, OpenAnswer

_TABLES: Final = frozenset({".csv", ".xlsx", ".xls"})
_MANIFESTS: Final = ("манифест", "manifest", "опись", "реестр", "список")
_MEMBERS: Final = 20_000
_TABLE_BYTES: Final = 64 * 1024 * 1024
_PIECE: Final = 256 * 1024
_UTF8: Final = 0x800
_ENCRYPTED: Final = 0x1


def is_bundle(file: GivenFile) -> bool:
    """Say whether a given file is an archive of files and no workbook."""
    if not zipfile.is_zipfile(file.path):
        return False
    with zipfile.ZipFile(file.path) as archive:
        return not any(name in {"[Content_Types].xml", "content.xml"} for name in archive.namelist())


def name_of(member: zipfile.ZipInfo) -> str:
    """Return the name of a member as its maker saw it: Windows writes Russian names in cp866 without saying so."""
    name = member.filename
    if not member.flag_bits & _UTF8:
        try:
            name = name.encode("cp437").decode("cp866")
        except UnicodeError:
            name = member.filename
    return unicodedata.normalize("NFC", name.replace("\\", "/"))


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.replace("\\", "/")).strip("/ ").casefold()


@dataclass(frozen=True, slots=True)
class Bundle:
    """One archive: its table, and its other files by name and by the last part of the name."""

    file: GivenFile
    manifest: GivenFile
    members: dict[str, zipfile.ZipInfo]
    by_end: dict[str, list[str]]

    @classmethod
    def of(cls, file: GivenFile, folder: Path) -> "Bundle":
        """Read the list of an archive and lay its table into `folder`; raise `ConnectorMisconfigured`."""
        with zipfile.ZipFile(file.path) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            if len(infos) > _MEMBERS:
                detail = f"{file.name}: more than {_MEMBERS} files; split the archive"
                raise ConnectorMisconfigured(detail)
            members = {name_of(info): info for info in infos}
            table = _table_of(file, members)
            path = folder / f"{file.id}{PurePosixPath(table).suffix.lower()}"
            path.write_bytes(_small(archive, members[table], file))
        by_end: dict[str, list[str]] = {}
        for name in members:
            if name != table:
                by_end.setdefault(_folded(PurePosixPath(name).name), []).append(name)
        manifest = replace(file, name=f"{file.name}/{table}", path=path, size=path.stat().st_size)
        del members[table]
        return cls(file, manifest, members, by_end)

    def find(self, said: str) -> str | None:
        """Return the member that a cell names, by its whole path or its last part; `None` for none or several."""
        wanted = _folded(said)
        whole = [name for name in self.members if _folded(name) == wanted]
        found = whole or self.by_end.get(PurePosixPath(wanted).name, [])
        return found[0] if len(found) == 1 else None


def _table_of(file: GivenFile, members: dict[str, zipfile.ZipInfo]) -> str:
    tables = [name for name in members if PurePosixPath(name).suffix.lower() in _TABLES]
    named = [name for name in tables if PurePosixPath(name).stem.casefold().startswith(_MANIFESTS)]
    found = named or tables
    if len(found) != 1:
        detail = (
            f"{file.name}: {'no' if not found else 'more than one'} table that describes the scans; put one"
            " manifest.xlsx or manifest.csv into the archive"
        )
        raise ConnectorMisconfigured(detail)
    return found[0]


def _small(archive: zipfile.ZipFile, member: zipfile.ZipInfo, file: GivenFile) -> bytes:
    if member.flag_bits & _ENCRYPTED:
        detail = f"{file.name}: the archive is encrypted"
        raise ConnectorMisconfigured(detail)
    with archive.open(member) as source:
        content = source.read(_TABLE_BYTES + 1)
    if len(content) > _TABLE_BYTES:
        detail = f"{file.name}: the table in the archive is larger than {_TABLE_BYTES} bytes"
        raise ConnectorMisconfigured(detail)
    return content


@asynccontextmanager
async def open_member(path: Path, name: str) -> AsyncIterator[OpenAnswer]:
    """Open a file of an archive; what it unpacks to is bounded by whoever reads it."""
    archive = await asyncio.to_thread(zipfile.ZipFile, path)
    try:
        member = next((info for info in archive.infolist() if name_of(info) == name), None)
        if member is None or member.flag_bits & _ENCRYPTED:
            detail = "the file is encrypted, or no longer in the archive"
            raise ConnectorRecordRefused(detail)
        yield OpenAnswer(status=200, headers={}, chunks=_pieces(archive, member))
    finally:
        archive.close()


async def _pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> AsyncIterator[bytes]:
    try:
        with archive.open(member) as source:
            while piece := await asyncio.to_thread(source.read, _PIECE):
                yield piece
    except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
        detail = "the file in the archive is damaged, or packed in a way that nobody reads"
        raise ConnectorRecordRefused(detail) from error


def unnamed(bundle: Bundle, named: set[str]) -> Iterator[str]:
    """Yield the files of an archive that no row has named."""
    yield from (name for name in bundle.members if name not in named)
