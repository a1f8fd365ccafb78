"""The books of a reading: what was ignored and why, what has to be said, which sections only the indexes know."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from core.nomenclature.reading.content import BODY, Line, plain
from retention.nomenclature import DraftRow, Finding, IgnoredLine, Section, Severity, index_key

TITLE_BLOCK: Final = "title_block"
_LEFT_OUT: Final = {"hidden_sheet", "deleted_text", "hidden_text"}
_CODE = re.compile(r"[-./\\][^-./\\]*$")


class Ledger:
    """Collects ignored lines and findings."""

    def __init__(self) -> None:
        self.ignored: list[IgnoredLine] = []
        self.findings: list[Finding] = []

    def say(self, code: str, severity: Severity, place: str, **facts: str | int) -> None:
        """Note a finding of the file."""
        self.findings.append(Finding(code=code, severity=severity, place=place, facts=facts))

    def ignore(self, line: Line, reason: str) -> None:
        """Note that a line is no row; footnotes that hang on it come with it."""
        cells = tuple(cell.text for cell in line.filled)
        self.ignored.append(IgnoredLine(text=" | ".join(cells), reason=reason, place=line.place, cells=cells))
        for mark, text in (pair for cell in line.filled for pair in cell.footnotes):
            self.ignored.append(IgnoredLine(text=f"({mark}) {text}", reason="footnote", place=line.place, cells=()))

    def take_back(self, count: int) -> None:
        """Take the last lines of the title block back: they turned out to be sections."""
        others = [each for each in self.ignored if each.reason != TITLE_BLOCK]
        titles = [each for each in self.ignored if each.reason == TITLE_BLOCK]
        self.ignored = [*titles[:-count], *others]

    def ignore_the_rest(self, lines: Iterable[Line], *, headed: bool) -> None:
        """Account for what stood elsewhere than in the body; `headed` says that there is a table below it."""
        for line in lines:
            if line.source == BODY:
                continue
            self.ignore(line, TITLE_BLOCK if line.source == "text_box" and not headed else line.source)
            if line.source in _LEFT_OUT:
                self.say(f"left_out_{line.source}", Severity.WARNING, line.place, text=plain(line.text))


def with_sections_of_indexes(
    sections: Sequence[Section], rows: Sequence[DraftRow]
) -> tuple[tuple[Section, ...], tuple[DraftRow, ...]]:
    """Sections of rows that stand under no section line: rule 1 says that an index begins with its section's code."""
    found: dict[str, Section] = {}
    settled = []
    for row in rows:
        code = _CODE.sub("", row.index)
        if row.section is None and index_key(row.index) is not None and code not in {"", row.index}:
            found.setdefault(code, Section(code=code, title=None))
            settled.append(replace(row, section=code))
        else:
            settled.append(row)
    named = {section.code for section in sections}
    return (*(section for code, section in found.items() if code not in named), *sections), tuple(settled)
