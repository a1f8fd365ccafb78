"""The table of an archival act: frozen lines, same-kind cases under a common title, what was spared and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from core.disposal.holding import held_lines
from core.disposal.models import DisposalAct, DisposalActLine
from core.disposal.selection import due_case
from core.kernel.database.work import Work
from core.papers.disposal_act import ActLine, ActSection, Outcome, Spared
from core.papers.numerals import years_phrase
from core.papers.paper import Years
from core.papers.terms import term_alone
from retention.act_lines import LineState
from retention.selection import ActLine as Grouped
from retention.selection import propose

_CELLS: Final = (
    "section",
    "class_index",
    "class_title",
    "first_year",
    "last_year",
    "nomenclature_year",
    "volumes",
    "term",
    "article",
)
_TITLES: Final = """
SELECT DISTINCT l.section, s.title FROM disposal_act_lines l
  JOIN cases c ON c.institution_id = l.institution_id AND c.id = l.case_id
  JOIN record_classes rc ON rc.institution_id = l.institution_id AND rc.id = c.class_id
  JOIN nomenclature_sections s ON s.institution_id = l.institution_id AND s.id = rc.section_id
 WHERE l.institution_id = $1 AND l.act_id = $2 ORDER BY 1, 2
"""
_INVENTORIES: Final = """
SELECT l.case_id, i.number, i.first_year, i.last_year FROM disposal_act_lines l
  JOIN inventory_lines e ON e.institution_id = l.institution_id AND e.case_id = l.case_id
  JOIN inventories i ON i.institution_id = l.institution_id AND i.id = e.inventory_id AND i.state = 'approved'
 WHERE l.institution_id = $1 AND l.act_id = $2
"""
_RULES: Final = """
SELECT DISTINCT r.id, r.term FROM disposal_act_lines l
  JOIN rule_versions r ON r.institution_id = l.institution_id AND r.id = l.rule_id
 WHERE l.institution_id = $1 AND l.act_id = $2
"""
_CARRIED: Final = "с записями в информационной системе"
_CARDS: Final = "карточки обучающихся"
_ROWS: Final = "строки о них"
_UNARCHIVED: Final = "по решению без выгрузки учебного периода"
_HELD: Final = "наложен запрет на уничтожение"
_CHANGED: Final = "при проверке перед уничтожением дело оказалось не тем, что было утверждено"


@dataclass(frozen=True, slots=True)
class ActTable:
    """What the table of an act is made of."""

    lines: Sequence[DisposalActLine]
    """Those that were submitted last."""
    held: frozenset[UUID]
    """Lines that a hold has taken off, marked so or not."""
    titles: dict[str, str]
    """Of sections, by their code."""
    inventories: dict[UUID, str]
    """By case: inventory it stands in."""
    terms: dict[UUID, str]
    """By version of the rule: term as column 7 has it."""

    def spared(self, line: DisposalActLine) -> Spared | None:
        """Return why a case was not, or will not be, destroyed; None if it goes."""
        if line.state is LineState.HELD or line.id in self.held:
            return Spared(outcome=Outcome.HELD, reason=line.reason or _HELD)
        if line.state is LineState.SKIPPED:
            return Spared(outcome=Outcome.SKIPPED, reason=_CHANGED)
        if line.state is LineState.EXCLUDED:
            return Spared(outcome=Outcome.EXCLUDED, reason=line.reason)
        return None

    def sections(self) -> tuple[ActSection, ...]:
        """Return the sections of the table in the order of their codes, each with its lines."""
        found: dict[str, list[ActLine]] = {}
        for section, line in sorted(self._lines(), key=lambda pair: pair[0]):
            found.setdefault(section, []).append(line)
        return tuple(ActSection(title=self._heading(code), lines=tuple(lines)) for code, lines in found.items())

    def _heading(self, code: str) -> str:
        title = self.titles.get(code, "")
        return f"{code}. {title}" if title and title != code else code

    def _lines(self) -> Iterator[tuple[str, ActLine]]:
        # What is spared for one reason is grouped apart from what goes, so that each line has one fate.
        fates: dict[Spared | None, list[DisposalActLine]] = {}
        for line in self.lines:
            fates.setdefault(self.spared(line), []).append(line)
        for spared, lines in fates.items():
            by_case = {str(line.case_id): line for line in lines}
            grouped = propose(due_case(line.case_id, {name: getattr(line, name) for name in _CELLS}) for line in lines)
            for group in grouped.lines if grouped else ():
                yield group.section, self._line(group, [by_case[case] for case in group.cases], spared)

    def _line(self, group: Grouped, lines: Sequence[DisposalActLine], spared: Spared | None) -> ActLine:
        named = sorted({self.inventories[line.case_id] for line in lines if line.case_id in self.inventories})
        years = years_phrase(group.nomenclature_years).removeprefix("за ")
        return ActLine(
            title=lines[0].title if len(lines) == 1 else group.title,
            dates=_span(group.first_year, group.last_year),
            years=Years(first=group.first_year, last=group.last_year),
            inventories="\n".join((f"Номенклатура, {years}", *named)),
            index=group.class_index,
            quantity=group.volumes,
            cases=len(lines),
            term="\n".join(part for part in (self.terms[lines[0].rule_id], group.basis) if part),
            note=_carried(lines) if spared is None else "",
            spared=spared,
        )


def _carried(lines: Sequence[DisposalActLine]) -> str:
    """Return how much of the registry people approved to go with these cases, briefly: the column is narrow."""
    people = [learner for line in lines for learner in line.carried]
    if not people:
        return ""
    rows, unarchived = sum(sum(each["counts"].values()) for each in people), sum(each["unarchived"] for each in people)
    parts = [f"{_CARRIED}: {_CARDS}\u00a0—\u00a0{len(people)}, {_ROWS}\u00a0—\u00a0{rows}"]
    return "; ".join([*parts, *([f"{_UNARCHIVED}\u00a0—\u00a0{unarchived}"] if unarchived else [])])


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"


async def read_table(work: Work, act: DisposalAct) -> ActTable:
    """Return the table of an act as it was submitted last."""
    key = [work.scope.institution_id, act.id]
    lines = await DisposalActLine.filter(act_id=act.id, round=act.round).order_by("section", "class_index", "id")
    titles = {row["section"]: row["title"] for row in await work.rows(_TITLES, key)}
    listed = {
        row["case_id"]: f"Опись № {row['number']} за {_span(row['first_year'], row['last_year'])}"
        for row in await work.rows(_INVENTORIES, key)
    }
    terms = {row["id"]: term_alone(row["term"]) for row in await work.rows(_RULES, key)}
    return ActTable(lines, frozenset(await held_lines(work, act.id)), titles, listed, terms)
