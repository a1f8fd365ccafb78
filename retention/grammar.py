"""The grammar of retention terms: a cell with its footnotes → `Reading`, and a rule → its normal form.

Nothing is guessed and nothing is dropped: each word is part of what was understood, or it stands in
`Reading.not_understood` and the reading needs a person.
"""

from typing import Final

from retention.articles import read_basis
from retention.cells import Cell, is_blank, partial_kind, read_cell
from retention.clauses import ClauseReader, Findings
from retention.cores import Core
from retention.footnotes import Note, split_notes
from retention.phrases import Draft
from retention.scanning import Text, spoken
from retention.terms import (
    Article,
    Condition,
    Counting,
    Doubt,
    Floor,
    Reading,
    ReadingStatus,
    Rule,
    Term,
    TermKind,
)
from retention.writing import Written, format_rule, format_term

__all__ = ["LONGEST_TEXT", "Written", "format_rule", "format_term", "read"]

LONGEST_TEXT: Final = 1_000
"""Characters of a column beyond which it is no cell of a nomenclature; reading takes the square of the length."""


def read(term: str, footnote: str = "", *, article: str = "") -> Reading:
    """Read a term cell together with its footnotes and, where the basis has a column of its own, its articles.

    Args:
        term: The raw cell; it may hold articles and footnote texts too.
        footnote: The raw texts of the footnotes and the remarks of the note column.
        article: The raw column of articles.

    Returns:
        `UNDERSTOOD` with a rule, or `NEEDS_REVIEW` with the words in doubt; never an error.
    """
    raw = (term, footnote, article)
    if any(len(column) > LONGEST_TEXT for column in raw):
        unread = spoken(" ".join(raw))
        return _reading(raw, rule=None, partial=None, not_understood=unread, doubts=(Doubt.TOO_LONG,))
    text = Text(term)
    blank = is_blank(text)
    cell = Cell(draft=Draft(core=Core(TermKind.NOT_APPLICABLE))) if blank else read_cell(text)
    notes = Text(footnote)
    _read_notes(cell, notes)
    articles, doubtful = read_basis(Text(article))
    for words in doubtful:
        cell.found.doubt(Doubt.CONTRADICTION, words)
    basis = (*cell.articles, *cell.found.articles, *articles)
    rule = _rule(cell, notes.shown if blank else text.shown, basis)
    found = cell.found
    understood = rule is not None and not found.doubts
    return _reading(
        raw,
        rule=rule if understood else None,
        partial=None if understood else _partial(cell, basis),
        not_understood=tuple(found.not_understood),
        doubts=tuple(dict.fromkeys(found.doubts)),
    )


def _reading(
    raw: tuple[str, str, str],
    *,
    rule: Rule | None,
    partial: Rule | None,
    not_understood: tuple[str, ...],
    doubts: tuple[Doubt, ...],
) -> Reading:
    return Reading(
        status=ReadingStatus.NEEDS_REVIEW if rule is None else ReadingStatus.UNDERSTOOD,
        rule=rule,
        partial=partial,
        not_understood=not_understood,
        doubts=doubts,
        raw_term=raw[0],
        raw_footnote=raw[1],
        raw_article=raw[2],
    )


def _read_notes(cell: Cell, footnote: Text) -> None:
    base = None if cell.compound else cell.draft.build()
    references = tuple(dict.fromkeys(cell.references))
    notes = split_notes(footnote, tuple(label for label in references if label not in cell.answered))
    labelled = [note.label for note in notes if note.label is not None]
    given: set[str] = set(cell.answered)
    for note in notes:
        if note.label is not None and (note.label not in references or labelled.count(note.label) > 1):
            cell.found.doubt(Doubt.TEXT_WITHOUT_REFERENCE, f"({note.label}) {note.text}")
        elif _read_note(note, base, cell.found) and note.label is not None:
            given.add(note.label)
    for label in references:
        if label not in given and not (is_blank(footnote) and _explains_itself(cell)):
            cell.found.doubt(Doubt.REFERENCE_WITHOUT_TEXT, f"({label})")


def _explains_itself(cell: Cell) -> bool:
    """Say whether the references are those of Перечень 236 to its own «50/75 лет <2> ЭПК <3>».

    There they explain the pair and the mark, and add no condition. Only with the mark, which ends in appraisal anyway.
    """
    core, marks = cell.draft.core, cell.draft.marks
    return cell.printed and bool(marks) and core is not None and core.kind is TermKind.DUAL


def _read_note(note: Note, base: Term | None, found: Findings) -> bool:
    """Read one note; say whether it tells anything about the term, or is in doubt already."""
    before, remarks = found.conditional, len(found.remarks)
    ClauseReader(Text(note.text), base, found, numbered=note.label is not None).read()
    return found.conditional > before or (note.numbered and len(found.remarks) > remarks)


def _rule(cell: Cell, words: str, articles: tuple[Article, ...]) -> Rule | None:
    """Return the rule if everything fits together; otherwise None, with a doubt (of `words` if of no others)."""
    found, draft = cell.found, cell.draft
    if draft.core is None:
        _doubt_once(found, Doubt.NO_TERM, words)
        return None
    if cell.compound:
        return None
    if draft.core.kind is TermKind.NOT_APPLICABLE and found.conditional:
        _doubt_once(found, Doubt.NO_TERM, words)
        return None
    _spread_events(draft, found)
    base = draft.build()
    if base is None:
        _doubt_once(found, Doubt.CONTRADICTION, words)
        return None
    replaced = _settle_bare_terms(base, found)
    return Rule(
        term=base if replaced is None else replaced,
        conditions=tuple(found.conditions),
        articles=articles,
        remarks=tuple(found.remarks),
        replaced=None if replaced is None else base,
    )


def _spread_events(draft: Draft, found: Findings) -> None:
    """Give the events of the footnotes to the term; where a person ends the term they only say from when on."""
    draft.triggers += found.triggers
    draft.countings += found.countings
    if draft.core is not None and draft.core.kind is TermKind.UNTIL_NOT_NEEDED and draft.triggers:
        prefix = {Counting.YEAR_AFTER: "после", Counting.MOMENT: "с момента"}
        floors: list[Condition] = [
            Floor(words=f"{prefix[counting]} {trigger.words}", until=trigger)
            for trigger, counting in zip(draft.triggers, draft.countings, strict=True)
        ]
        found.conditions[:0] = floors
        draft.triggers, draft.countings = [], []


def _settle_bare_terms(base: Term, found: Findings) -> Term | None:
    """Decide what terms without a condition mean; return the one that replaces `base`."""
    replacement = None
    for term, words in found.bare:
        if _restates(term, base):
            found.remarks.append(words)
        elif base.kind is TermKind.PERMANENT and term.kind is TermKind.UNTIL_LIQUIDATION and replacement is None:
            replacement = term
        else:
            found.doubt(Doubt.CONTRADICTION, words)
    return replacement


def _restates(term: Term, base: Term) -> bool:
    figures = (term.kind, term.years, term.dual) == (base.kind, base.years, base.dual)
    return figures and term.triggers in {(), base.triggers} and term.mark in {None, base.mark}


def _doubt_once(found: Findings, doubt: Doubt, words: str) -> None:
    if found.not_understood:
        found.doubts.append(doubt)
    else:
        found.doubt(doubt, words)


def _partial(cell: Cell, articles: tuple[Article, ...]) -> Rule | None:
    kind = partial_kind(cell)
    if kind is None:
        return None
    return Rule(
        term=cell.draft.shown(kind),
        conditions=tuple(cell.found.conditions),
        articles=articles,
        remarks=tuple(cell.found.remarks),
    )
