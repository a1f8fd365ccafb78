"""The manifest of one backup: what it holds, with the digest of every file and one over all."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Final

from core.kernel.audit.entries import canonical
from storage.digest import is_sha256, sha256_of

FORMAT: Final = "deloteka-backup-1"
NAME: Final = "manifest.json"
ORIGINAL: Final = "original"
ANCHOR: Final = "anchor"
TRAY: Final = "tray"
GIVEN: Final = "given"


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedFile:
    """One file of a backup."""

    file: str
    """Path below the folder of the backups, with `/`."""
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedObject:
    """One object of the storage: bytes of a version, of a file of the tray, of a given file, or an anchor."""

    kind: str
    """`original`, `tray`, `given` or `anchor`."""
    row: str
    """The id of the version, of the file of the tray or of the given file; of an anchor `INSTITUTION/POSITION`."""
    key: str
    storage_version: str
    media_type: str
    sha256: str
    size: int

    @property
    def file(self) -> str:
        """Path of the bytes below the folder of the backups; the same bytes of the same row lie there once."""
        name = f"{self.row.replace('/', '-')}-{self.sha256}"
        return f"objects/{self.sha256[:2]}/{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """An object that the database names and the backup does not hold."""

    row: str
    key: str
    why: str
    """`destroyed` (lawfully, after the snapshot), `missing`, `damaged` or `unreadable`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """All that one backup holds."""

    taken_at: datetime
    deloteka: str
    server_version: int
    """PostgreSQL's major version."""
    migrations: tuple[str, ...]
    """`APP.NAME`, in the order in which they were applied."""
    rows: dict[str, int]
    """Number of rows of each table at the snapshot."""
    database: SavedFile
    ledger: SavedFile
    objects: tuple[SavedObject, ...]
    left_out: tuple[LeftOut, ...] = field(default=())

    @property
    def files(self) -> list[SavedFile | SavedObject]:
        """Every file of the backup but the manifest itself."""
        return [self.database, self.ledger, *self.objects]

    @property
    def object_bytes(self) -> int:
        """Bytes of all objects."""
        return sum(each.size for each in self.objects)

    @property
    def lost(self) -> tuple[LeftOut, ...]:
        """What ought to be there and is not."""
        return tuple(each for each in self.left_out if each.why != "destroyed")

    def to_json(self) -> bytes:
        """Return the bytes of the file; `digest` is the SHA-256 of everything else in canonical JSON."""
        content = self._content()
        content["digest"] = sha256_of(canonical(content))
        return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"

    def _content(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "taken_at": self.taken_at.isoformat(timespec="microseconds"),
            "deloteka": self.deloteka,
            "server_version": self.server_version,
            "migrations": list(self.migrations),
            "rows": self.rows,
            "database": asdict(self.database),
            "ledger": asdict(self.ledger),
            "objects": [asdict(each) for each in self.objects],
            "left_out": [asdict(each) for each in self.left_out],
            "counts": {"objects": len(self.objects), "object_bytes": self.object_bytes, "lost": len(self.lost)},
        }

    @classmethod
    def from_json(cls, data: bytes) -> "Manifest":
        """Read a manifest back; raise `ValueError` for anything this service does not write."""
        value = json.loads(data)
        try:
            manifest = cls._from(value)
        except (KeyError, TypeError, AttributeError) as error:
            message = "these are not the bytes of a manifest"
            raise ValueError(message) from error
        if not all(is_sha256(each.sha256) and _is_below(each.file) for each in manifest.files):
            message = "the manifest names files that no backup of this service has"
            raise ValueError(message)
        if manifest.to_json() != data:
            message = "the manifest was changed after it was written"
            raise ValueError(message)
        return manifest

    @classmethod
    def _from(cls, value: dict[str, Any]) -> "Manifest":
        return cls(
            taken_at=datetime.fromisoformat(value["taken_at"]),
            deloteka=value["deloteka"],
            server_version=value["server_version"],
            migrations=tuple(value["migrations"]),
            rows=dict(value["rows"]),
            database=SavedFile(**value["database"]),
            ledger=SavedFile(**value["ledger"]),
            objects=tuple(SavedObject(**each) for each in value["objects"]),
            left_out=tuple(LeftOut(**each) for each in value["left_out"]),
        )


def _is_below(file: str) -> bool:
    return not file.startswith("/") and ".." not in file.split("/")
