"""`manifest.csv`: what a bundle says that it holds."""

import csv
import io
from dataclasses import dataclass
from enum import StrEnum

from plugins.oneroster.archive import BundleArchive

MANIFEST = "manifest.csv"
LONGEST_MANIFEST = 100_000
"""Bytes."""
VERSIONS = ("1.1", "1.2")


class FileMode(StrEnum):
    """How a file of a bundle is meant."""

    BULK = "bulk"
    """Everything there is."""
    DELTA = "delta"
    """What changed; deleted objects are marked."""
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleManifest:
    """What a manifest says."""

    version: str
    modes: dict[str, FileMode]
    """By the name of the file without `.csv`, lower case."""
    system: str
    """Code of the system that made the bundle, or its name."""
    title: str


def read_manifest(archive: BundleArchive) -> BundleManifest:
    """Return the manifest, all of whose files are there; raise `ConnectorMisconfigured` for what is wrong with it."""
    properties = _properties(archive)
    version = properties.get("oneroster.version", "")
    if not version.startswith(VERSIONS):
        archive.refuse(f"{MANIFEST} names version {version or 'none'}; 1.1 and 1.2 are read")
    modes = {}
    for name, value in properties.items():
        if not name.startswith("file."):
            continue
        file = name.removeprefix("file.")
        try:
            modes[file] = FileMode(value.lower() or FileMode.ABSENT)
        except ValueError:
            archive.refuse(f"{MANIFEST} says of {file} neither bulk, delta nor absent")
        if modes[file] is not FileMode.ABSENT and f"{file}.csv" not in archive.files:
            archive.refuse(f"{MANIFEST} names {file}.csv, which is not in the archive")
    title = properties.get("source.systemname", "")
    system = properties.get("source.systemcode", "") or title
    return BundleManifest(version=version, modes=modes, system=system, title=title or system)


def _properties(archive: BundleArchive) -> dict[str, str]:
    """Names in lower case."""
    if MANIFEST not in archive.files:
        archive.refuse(f"has no {MANIFEST}; it is no OneRoster bundle, or not all of one")
    with archive.open(MANIFEST) as content:
        found = content.read(LONGEST_MANIFEST + 1)
    if len(found) > LONGEST_MANIFEST:
        archive.refuse(f"{MANIFEST} is larger than {LONGEST_MANIFEST} bytes")
    try:
        text = found.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Only the names of the system are not ASCII; which they are decides nothing but a title.
        text = found.decode("windows-1251", "replace")
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error:
        archive.refuse(f"{MANIFEST} is no CSV")
    return {row[0].strip().lower(): row[1].strip() for row in rows if len(row) > 1}
