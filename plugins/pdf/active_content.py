"""What in a PDF can act on its own: scripts, programs, forms of another format, actions, attachments.

Every object is written out without its stream and searched; only objects with a hit are looked at closely, so that
a font called `/JS` is not taken for a script and a name inside a string for a key.
"""

import re
from collections.abc import Iterator

import pikepdf

from core.sdk import Finding, Severity
from plugins.pdf.streams import is_bomb

_SUSPECT = re.compile(
    rb"/(?:Launch|JavaScript|JS|XFA|RichMedia|EF|EmbeddedFile|GoToE|GoToR|SubmitForm|ImportData|AA|OpenAction|ByteRange)"
    rb"(?![^\s/<>\[\](){}%])"
)
_suspect = _SUSPECT.search
_REFUSED_ACTIONS = {"/JavaScript": "javascript", "/Launch": "launch"}
_NOTED_ACTIONS = {
    "/GoToE": "go_to_embedded",
    "/GoToR": "go_to_remote",
    "/SubmitForm": "submit_form",
    "/ImportData": "import_data",
}
_NOTED_TYPES = {"/RichMedia": "rich_media", "/EmbeddedFile": "attachment"}
_MAX_DEPTH = 50

_REFUSALS = frozenset({"javascript", "launch", "xfa"})
_MESSAGES = {
    "javascript": "The file contains a script",
    "launch": "The file can start a program",
    "xfa": "The file is a form of a format that is not shown (XFA)",
}


class ActiveContent:
    """The active content of one PDF, whether it is signed, and whether it can hold text at all."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self.signed = False
        self.has_fonts = False
        self.has_bombs = False
        self._kinds: dict[str, int] = {}
        for top in (*pdf.objects, pdf.trailer):
            self._look(top)

    @property
    def findings(self) -> list[Finding]:
        """One refusal or warning a kind of content, the refusals first."""
        if not self._kinds and not self.has_bombs:
            return []
        found = [
            Finding(
                code="pdf_active" if kind in _REFUSALS else "pdf_interactive",
                severity=Severity.REFUSAL if kind in _REFUSALS else Severity.WARNING,
                message=_MESSAGES.get(kind, "The file contains interactive elements or attachments"),
                facts={"kind": kind, "count": count},
            )
            for kind, count in self._kinds.items()
        ]
        if self.has_bombs:
            message = "A part of the file unpacks to far too many bytes"
            found.append(Finding(code="unsafe_to_parse", severity=Severity.REFUSAL, message=message))
        return sorted(found, key=lambda finding: finding.code)

    def _look(self, top: pikepdf.Object) -> None:
        if isinstance(top, pikepdf.Stream):
            self.has_bombs = self.has_bombs or is_bomb(top)
            top = top.stream_dict
        elif not isinstance(top, pikepdf.Dictionary | pikepdf.Array):
            return
        written = top.unparse(resolved=True)
        self.has_fonts = self.has_fonts or b"/Font" in written
        if _suspect(written):
            for dictionary in _dictionaries(top, 0):
                self._judge(dictionary)

    def _judge(self, dictionary: pikepdf.Object) -> None:
        for kind in _kinds(dictionary):
            self._kinds[kind] = self._kinds.get(kind, 0) + 1
        if "/ByteRange" in dictionary:
            self.signed = True


def _dictionaries(value: pikepdf.Object, depth: int) -> Iterator[pikepdf.Object]:
    """`value` and what lies directly in it; what it refers to is an object of its own and comes by itself."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, pikepdf.Dictionary):
        yield value
        children = [child for _, child in value.items()]
    elif isinstance(value, pikepdf.Array):
        children = list(value)
    else:
        return
    for child in children:
        if isinstance(child, pikepdf.Dictionary | pikepdf.Array) and not child.is_indirect:
            yield from _dictionaries(child, depth + 1)


def _kinds(dictionary: pikepdf.Object) -> Iterator[str]:
    action = _name(dictionary, "/S")
    if action in _REFUSED_ACTIONS:
        yield _REFUSED_ACTIONS[action]
    elif isinstance(dictionary.get("/JS"), pikepdf.String | pikepdf.Stream):
        yield "javascript"
    elif action in _NOTED_ACTIONS:
        yield _NOTED_ACTIONS[action]
    yield from _keys(dictionary)
    for key in ("/Type", "/Subtype"):
        if (name := _name(dictionary, key)) in _NOTED_TYPES:
            yield _NOTED_TYPES[name]
            break


def _keys(dictionary: pikepdf.Object) -> Iterator[str]:
    if isinstance(dictionary.get("/XFA"), pikepdf.Array | pikepdf.Stream):
        yield "xfa"
    names = dictionary.get("/JavaScript")
    if isinstance(names, pikepdf.Dictionary) and ("/Names" in names or "/Kids" in names):
        yield "javascript"
    if isinstance(dictionary.get("/EF"), pikepdf.Dictionary):
        yield "attachment"
    additional = dictionary.get("/AA")
    if isinstance(additional, pikepdf.Dictionary) and _name(additional, "/Type") != "/Font":
        yield "additional_actions"
    if isinstance(opening := dictionary.get("/OpenAction"), pikepdf.Dictionary) and _name(opening, "/S") != "/GoTo":
        yield "open_action"


def _name(dictionary: pikepdf.Object, key: str) -> str:
    value = dictionary.get(key)
    return str(value) if isinstance(value, pikepdf.Name) else ""
