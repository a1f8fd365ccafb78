"""The conformance suite, for a place in memory: its fresh ones are alike."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from core.devkit.conformance import ConnectorConformance
from core.devkit.middleware import Application
from core.devkit.platform import SimulatedPlatform
from core.sdk.connectors import Place
from tests.connectors.scans.places import MemoryPlace, Quick

SETTINGS = {
    "kind": "folder",
    "name": "Сканер 1",
    "rules": [{"pattern": "{number}_{document_kind}.pdf"}],
    "words": [{"word": "диплом", "document_kind": "diploma"}],
}


class SimulatedFolder(SimulatedPlatform):
    def __init__(self) -> None:
        super().__init__()
        self.memory = MemoryPlace()
        self.repair()

    def hosts(self) -> Mapping[str, Application]:
        return {}

    def place(self) -> Place | None:
        return self.memory

    def configuration(self) -> Mapping[str, Any]:
        return SETTINGS

    def other_account(self) -> Mapping[str, Any]:
        return {**SETTINGS, "name": "Сканер 2"}

    def repair(self) -> None:
        self.memory.files.clear()
        for name in ("А-1_диплом.pdf", "А-2_диплом.pdf", "без правила.pdf", "папка/скан.tif"):
            self.memory.put(name, name.encode())

    def oddities(self) -> Iterator[str]:
        odd = {
            "files that are not done": ("a.pdf.part", "b.tmp", "~$c.docx", ".hidden", ".folder/d.pdf", "e.pdf~"),
            "files that are no scans": ("Thumbs.db", "папка/desktop.ini"),
            "names that say nothing": ("_.pdf", "_диплом.pdf", "А-3_.pdf", "А-4_неведомо.pdf", "%s{number}.pdf"),
        }
        for title, names in odd.items():
            for name in names:
                self.memory.put(name, name.encode())
            yield title


class TestScans(ConnectorConformance):
    connector = Quick
    platform = SimulatedFolder
    not_applicable = MappingProxyType(
        {
            "rights": "A place has no rights by streams; one that may not be used is refused by its own tests.",
            "bad_record": "The statement spoils what was kept before, and a scan that was kept is there no longer.",
            "revoked_token": "Nobody signs in to a place.",
            "new_field": "A file has no fields.",
            "missing_key": "A file always has a name.",
            "gone": "A scan is taken away from its place once it is kept: that it is missing says nothing.",
            "old_result": "A scan that changes is another scan.",
            "secrets": "The connection has no secret; those of the storage belong to the operator's settings.",
            "file_address": "The bytes come from the place alone, never from an address.",
            "troubles": "The connector asks nothing of a network.",
            "requests": "The connector asks nothing of a network.",
        }
    )
