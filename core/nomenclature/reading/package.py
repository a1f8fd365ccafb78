"""The parts of an Office file (ECMA-376 part 2), read without trusting them: counted bytes, no entity, no way outside.

XML goes through expat with document types refused, so that no entity is ever declared, let alone expanded or fetched.
"""

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Final
from xml.parsers import expat

from core.inspection.archives import ArchiveError, Directory, Entry, read_member
from core.nomenclature.reading.errors import BrokenNomenclatureFile, NomenclatureFileTooLarge

MIB: Final = 1 << 20
MAX_PART: Final = 48 * MIB
"""Bytes of a part that is kept as a tree."""
MAX_ELEMENTS: Final = 700_000
MAX_DEPTH: Final = 150


_LOOKS: Final = frozenset({
    "tcW", "tblW", "gridCol", "tcBorders", "tblBorders", "tcMar", "top", "left", "bottom", "right", "insideH",
    "insideV", "shd", "vAlign", "spacing", "ind", "jc", "sz", "szCs", "rFonts", "lang", "color", "kern", "bCs", "iCs",
    "keepNext", "keepLines", "widowControl", "contextualSpacing", "suppressAutoHyphens", "autoSpaceDE", "autoSpaceDN",
    "adjustRightInd", "noWrap", "proofErr", "lastRenderedPageBreak", "trHeight", "cantSplit", "tabs", "outlineLvl",
})  # fmt: skip
"""Elements that only say how something looks: most of a formatted table, and nothing that is read."""


@dataclass(slots=True, eq=False)
class Node:
    """One element; names are local, because the strict and the transitional form differ in namespaces only."""

    tag: str
    attributes: Mapping[str, str]
    children: list["Node"] = field(default_factory=list)
    text: str = ""

    def find(self, *path: str) -> "Node | None":
        """The first descendant along a path of tags."""
        node: Node | None = self
        for tag in path:
            node = next((child for child in node.children if child.tag == tag), None) if node else None
        return node

    def all(self, tag: str) -> Iterator["Node"]:
        """The children of this name."""
        return (child for child in self.children if child.tag == tag)

    def get(self, name: str, default: str = "") -> str:
        """An attribute by its local name."""
        return self.attributes.get(name, default)

    def value(self, *path: str) -> str | None:
        """The attribute `val` of a descendant; None if it is not there."""
        found = self.find(*path)
        return None if found is None else found.attributes.get("val", "")

    def is_set(self, *path: str) -> bool:
        """Whether a switch (`<b/>`, `<b val="0"/>`) is there and not turned off."""
        found = self.find(*path)
        return found is not None and found.get("val").lower() not in {"0", "false", "off", "none"}


class Package:
    """The parts of one Office file by name."""

    def __init__(self, file: BinaryIO, directory: Directory) -> None:
        self._file = file
        self._entries: dict[str, Entry] = {entry.name.lstrip("/").casefold(): entry for entry in directory.files}

    def has(self, name: str) -> bool:
        """Whether there is a part of this name."""
        return name.casefold() in self._entries

    def blocks(self, name: str) -> Iterator[bytes]:
        """The bytes of a part.

        Raises:
            BrokenNomenclatureFile: it is not there, or damaged.
        """
        entry = self._entries.get(name.casefold())
        if entry is None:
            raise BrokenNomenclatureFile(part=name)
        try:
            yield from read_member(self._file, entry)
        except ArchiveError as error:
            raise BrokenNomenclatureFile(part=name) from error

    def tree(self, name: str) -> Node:
        """A part as a tree.

        Raises:
            BrokenNomenclatureFile: it is not there, damaged, or declares a document type.
            NomenclatureFileTooLarge: it is too long or too deep.
        """
        entry = self._entries.get(name.casefold())
        if entry is not None and entry.size > MAX_PART:
            raise NomenclatureFileTooLarge(what="bytes", limit=MAX_PART)
        builder = _TreeBuilder()
        parse(self.blocks(name), name, builder.start, builder.end, builder.data)
        if builder.root is None:
            raise BrokenNomenclatureFile(part=name)
        return builder.root

    def related(self, name: str) -> dict[str, tuple[str, str]]:
        """The parts a part refers to, by id: last word of the type, and name. What lies outside is left out."""
        folder, _, base = name.rpartition("/")
        listed = posixpath.join(folder, "_rels", f"{base}.rels")
        if not self.has(listed):
            return {}
        found = {}
        for node in self.tree(listed).all("Relationship"):
            if node.get("TargetMode").lower() != "external":
                target = node.get("Target")
                whole = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"{folder}/{target}")
                found[node.get("Id")] = (node.get("Type").rpartition("/")[2], whole.lstrip("/"))
        return found

    def of_kind(self, name: str, kind: str) -> list[str]:
        """Names of existing parts that `name` refers to as a `kind`, in order."""
        targets = (target for each, target in self.related(name).values() if each == kind)
        return [target for target in targets if self.has(target)]


def parse(
    blocks: Iterator[bytes],
    name: str,
    start: Callable[[str, Mapping[str, str]], None],
    end: Callable[[str], None],
    data: Callable[[str], None],
) -> None:
    """Parse XML as it comes, with local names.

    Raises:
        BrokenNomenclatureFile: it is not well-formed, or declares a document type.
    """
    parser = expat.ParserCreate(namespace_separator="\n")
    parser.buffer_text = True
    parser.StartElementHandler = lambda tag, attributes: start(
        tag.rpartition("\n")[2], {key.rpartition("\n")[2]: value for key, value in attributes.items()}
    )
    parser.EndElementHandler = lambda tag: end(tag.rpartition("\n")[2])
    parser.CharacterDataHandler = data

    def refuse(*_: object) -> None:
        raise BrokenNomenclatureFile(part=name)

    parser.StartDoctypeDeclHandler = refuse
    try:
        for block in blocks:
            parser.Parse(block, False)  # noqa: FBT003  the parameter has no name
        parser.Parse(b"", True)  # noqa: FBT003
    except (expat.ExpatError, ValueError) as error:
        raise BrokenNomenclatureFile(part=name) from error


class _TreeBuilder:
    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._count = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        self._count += tag not in _LOOKS
        if self._count > MAX_ELEMENTS:
            raise NomenclatureFileTooLarge(what="elements", limit=MAX_ELEMENTS)
        if len(self._open) >= MAX_DEPTH:
            raise NomenclatureFileTooLarge(what="depth", limit=MAX_DEPTH)
        node = Node(tag, attributes)
        if not self._open:
            self.root = node
        elif tag not in _LOOKS:
            self._open[-1].children.append(node)
        self._open.append(node)

    def end(self, _: str) -> None:
        self._open.pop()

    def data(self, text: str) -> None:
        self._open[-1].text += text
