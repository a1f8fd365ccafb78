"""What the clauses of a footnote say: events, gates, floors, other terms, exits; nothing of them is lost."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from enum import IntEnum
from typing import Final

from retention.articles import take_basis
from retention.cores import SPAN as SPAN_PATTERN
from retention.cores import find_fixed, span_years, take_core
from retention.phrases import take_event, take_events, take_term
from retention.remarks import known_remark, smells_of_a_term
from retention.scanning import Scan, Text, closing_bracket, spoken
from retention.terms import (
    Article,
    Condition,
    Counting,
    Doubt,
    Fallback,
    Floor,
    Gate,
    NonSource,
    OtherTerm,
    OtherTermBy,
    Term,
    TermKind,
    Transfer,
    Trigger,
    Upgrade,
)

_GAP: Final = re.compile(r"[\s;,.:]+")
_GATE: Final = re.compile(
    r"(?:только )?при условии (?=[а-я])|(?:при|в случае) возникновени[ия] (?=[а-я])"
    r"|при (?:завершении|проведении) (?:проверки|ревизии)"
    r"|(?:до|вплоть до) (?:принятия решения|(?:завершения|окончания) (?:проверки|ревизии))"
    r"|(?:если|когда) ино[ей] (?:срок )?не (?:предусмотрен|установлен|определен|оговорен)[оы]?"
)
_AT_LEAST: Final = re.compile(rf"(?:но )?не (?:менее|меньше) (?:чем )?(?:на )?(?:{SPAN_PATTERN})")
_NOT_BEFORE: Final = re.compile(r"(?:но )?не ранее (?:чем )?(?:после )?(?=[а-я])")
_COMMA: Final = re.compile(r"[\s,]*")
_DASH: Final = re.compile(r"\s*-\s*|\s*:\s*")
_PRESENCE: Final = re.compile(r"при (?P<way>наличии|отсутствии) (?P<of>[^;:.,-]+)")
_OF_THE_SAME: Final = re.compile(r"(?:а )?при (?:их |его |ее )?(?P<way>наличии|отсутствии)")
_CONTRARY: Final = re.compile(
    rf"(?P<base>{_PRESENCE.pattern})\s*[;,.] (?:а )?"
    r"(?P<other>при (?:их |его |ее )?(?:наличии|отсутствии)(?: [^;:.,-]+?)?)\s+-\s+"
)
_TRANSFER: Final = re.compile(
    r"(?:подлеж[аи]т )?(?:переда(?:ются|ется|ча|че)|сда(?:ются|ется|ча|че))(?![а-я])"
    r".*(?:архив|хранени|орган|организаци)"
    r"|.*(?<![а-я])архив[а-я]* .*(?:переда|сда)(?:ются|ется|ча)(?![а-я])"
    r"|.*(?<![а-я])хранение (?:переда|сда)(?:ются|ется)(?![а-я])"
    r"|подлеж[аи]т (?:возврату|выдаче) [а-я]+"
    r"|(?:выда(?:ются|ется)|возвраща(?:ются|ется)|подлинник[и]? выдан[ыо]?) (?:[а-я]+ )?"
    r"(?:обучающ|учащ|слушател|выпускник|родител|работник|владельц|собственник|автор|заявител|законн|лиц)"
)
# It applies by itself, so that nothing else may stand in it.
_NON_SOURCE: Final = re.compile(
    r"(?:(?:в|во|для|у) )?(?:организаци[а-я]+|учреждени[а-я]+|предприяти[а-я]+|юридическ[а-я]+ лиц[а-я]*)?,?"
    r"(?: ?- ?| )?"
    r"(?:котор[а-я]+ )?не ?-? ?(?:явля[а-я]+ |выступа[а-я]+ )?источник[а-я]* комплектования"
    r"(?:,? ?\(?(?:государственн|муниципальн|ведомственн)[а-я]+\)?)*(?: и)?(?: муниципальн[а-я]+)?(?: архив[а-я]*)?"
)
_CONDITIONAL: Final = re.compile(r"(?:при|если|в случа(?:е|ях)|когда)(?![а-я])|.*(?<![а-я])с человеческими жертвами")
_FALLBACK: Final = re.compile(r"(?:не ?востребованн|не ?полученн)[а-я]+")
_PLACE: Final = re.compile(
    r"(?:по месту|по местам|присланн|поступивш|получен|направленн"
    r"|(?:утвержд|разработ|издан|составлен|принят)[а-я]+ (?:в |во )?(?:друг|ин|вышестоящ)"
    r"|в (?:друг|ин|вышестоящ)|(?:в|во|для|у) (?:[а-я]+ )?(?:организаци|учреждени|орган[аеоу]|архив)"
    r"|(?:в|во|для|у) (?:[а-я]+ )?(?:подразделени|филиал|разработчик)"
    r"|друг(?:ие|их) организаци|сторонних организаци)"
)
_NO_SUBJECT: Final = re.compile(
    r"(?:примечани[ея]|прим|сноск[аи]|после|с момента|до|не менее|не ранее|но|и|или|а)(?![а-я])"
)
# An order may say anything in a note: «приказ о продлении срока хранения».
_NO_BASIS: Final = re.compile(r"(?<![а-я])(?:срок|хран|продл|уничтож|постоян)")
_FLOORED: Final = {
    TermKind.UNTIL_NOT_NEEDED,
    TermKind.UNTIL_REPLACED,
    TermKind.UNTIL_CLAIMED,
    TermKind.UNTIL_EVENT,
    TermKind.MIN_YEARS,
}
_PERMANENCE: Final = {TermKind.PERMANENT: 10_000, TermKind.UNTIL_LIQUIDATION: 9_000}


@dataclass(slots=True)
class Findings:
    """What the footnotes of one cell came to, in the order in which it was read."""

    triggers: list[Trigger] = field(default_factory=list)
    countings: list[Counting] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    articles: list[Article] = field(default_factory=list)
    bare: list[tuple[Term, str]] = field(default_factory=list)
    """Terms without a condition, with their words."""
    not_understood: list[str] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)

    def doubt(self, doubt: Doubt, words: str) -> None:
        """Keep words that need a person."""
        self.doubts.append(doubt)
        self.not_understood += spoken(words)

    def add(self, other: "Findings") -> None:
        """Add everything that was found elsewhere."""
        for kind in fields(self):
            getattr(self, kind.name).extend(getattr(other, kind.name))

    @property
    def conditional(self) -> int:
        """How many things that bear on the term have been found."""
        return len(self.triggers) + len(self.conditions) + len(self.bare) + len(self.doubts)


class Place(IntEnum):
    """How what comes next is set off from what was understood before."""

    RUNNING_ON = 0
    AFTER_COMMA = 1
    NEW_CLAUSE = 2
    NEW_SENTENCE = 3


_SIGNS: Final = {",": Place.AFTER_COMMA, ";": Place.NEW_CLAUSE, ".": Place.NEW_SENTENCE}


class ClauseReader:
    """Reads the clauses of one note.

    Args:
        text: The note.
        base: The term to which it belongs.
        numbered: Whether it is a numbered footnote or stands inside the cell: then what is no known clause is in doubt.
        into: Where the findings go.
    """

    def __init__(self, text: Text, base: Term | None, into: Findings, *, numbered: bool) -> None:
        self.scan = Scan(text, *_within_brackets(text))
        self.base = base
        self.into = into
        self.numbered = numbered
        self.place = Place.NEW_SENTENCE
        self.found_before = into.conditional
        self.conditions_before = len(into.conditions)

    def read(self) -> None:
        """Read the note to its end."""
        steps = (
            (Place.RUNNING_ON, self._floor), (Place.RUNNING_ON, self._not_before), (Place.AFTER_COMMA, self._remark),
            (Place.NEW_CLAUSE, self._after_term), (Place.NEW_CLAUSE, self._event), (Place.RUNNING_ON, self._gate),
            (Place.NEW_CLAUSE, self._contrary), (Place.AFTER_COMMA, self._subject), (Place.NEW_CLAUSE, self._transfer),
            (Place.NEW_CLAUSE, self._bare), (Place.NEW_CLAUSE, self._basis),
        )  # fmt: skip
        self._gap()
        while not self.scan.done:
            if any(step() for place, step in steps if self.place >= place):
                self.place = Place.RUNNING_ON
            else:
                self._rest()
            self._gap()

    def _gap(self) -> None:
        gap = self.scan.take(_GAP)
        for sign, place in _SIGNS.items():
            if gap is not None and sign in gap[0]:
                self.place = max(self.place, place)

    def _remark(self) -> bool:
        found = known_remark(self.scan.text.plain, self.scan.at, self.scan.end)
        if found is None or _subject_has_term(self.scan, found.end()):
            return False
        self.into.remarks.append(self.scan.shown(found))
        self.scan.at = found.end()
        return True

    def _floor(self) -> bool:
        found = self.scan.look(_AT_LEAST)
        years = None if found is None else span_years(found)
        if found is None or years is None or self.base is None or self.base.kind not in _FLOORED:
            return False
        self.scan.at = found.end()
        self.into.conditions.append(Floor(words=self.scan.shown(found), years=years))
        return True

    def _not_before(self) -> bool:
        start = self.scan.at
        if self.scan.take(_NOT_BEFORE) is None:
            return False
        until = take_event(self.scan, Counting.YEAR_AFTER)
        if until is None:
            self.scan.at = start
            return False
        words = self.scan.text.part(start, self.scan.at)
        self.into.conditions.append(Floor(words=words, until=until))
        return True

    def _after_term(self) -> bool:
        """«После выбытия - 5 лет»: another term, not an event of this one."""
        start = self.scan.at
        if not take_events(self.scan):
            return False
        self.scan.take(_DASH)
        if take_core(self.scan) is None:
            self.scan.at = start
            return False
        end = self.scan.clause_end()
        self.into.doubt(Doubt.CONTRADICTION, self.scan.text.part(start, end))
        self.scan.at = end
        return True

    def _event(self) -> bool:
        taken = take_events(self.scan)
        self.into.triggers += [trigger for trigger, _ in taken]
        self.into.countings += [counting for _, counting in taken]
        return bool(taken)

    def _subject(self) -> bool:
        """«Переписка - 5 лет», «При отсутствии годовых - постоянно»."""
        start = self.scan.at
        if self.scan.look(_NO_SUBJECT) is not None:
            return False
        for dash in _DASH.finditer(self.scan.text.plain, start, self.scan.clause_end()):
            subject = _completed(self.scan.text.part(start, dash.start()), self._words_before())
            if not subject or find_fixed(self.scan.text.plain, start, dash.start()) is not None:
                continue
            after = Scan(self.scan.text, dash.end(), self.scan.end)
            term = take_term(after)
            if term is not None and _is_separated(dash):
                self.into.conditions.append(conditional_term(subject, term, self.base))
                self.scan.at = after.at
                return True
        return False

    def _words_before(self) -> list[str]:
        """Return the words of the conditions that this note has named so far, the last first."""
        return [condition.words for condition in reversed(self.into.conditions[self.conditions_before :])]

    def _contrary(self) -> bool:
        """«При отсутствии лицевых счетов; при наличии - 5 лет»: the first half only says when the base holds."""
        found = self.scan.look(_CONTRARY)
        if found is None or find_fixed(self.scan.text.plain, found.start(), found.end()) is not None:
            return False
        base, other = (self.scan.text.part(*found.span(half)) for half in ("base", "other"))
        subject = _completed(other, (base,)) or other
        after = Scan(self.scan.text, found.end(), self.scan.end)
        term = take_term(after)
        if term is None or not _are_contrary(base, subject):
            return False
        self.into.conditions.append(conditional_term(subject, term, self.base, otherwise=base))
        self.scan.at = after.at
        return True

    def _gate(self) -> bool:
        if self.scan.look(_GATE) is None:
            return False
        end = self.scan.clause_end()
        if find_fixed(self.scan.text.plain, self.scan.at, end) is not None:
            return False
        self.into.conditions.append(Gate(words=self.scan.text.part(self.scan.at, end)))
        self.scan.at = end
        return True

    def _transfer(self) -> bool:
        end = self.scan.clause_end()
        clause = Scan(self.scan.text, self.scan.at, end)
        if clause.look(_TRANSFER) is None or find_fixed(self.scan.text.plain, self.scan.at, end) is not None:
            return False
        self.into.conditions.append(Transfer(words=self.scan.text.part(self.scan.at, end)))
        self.scan.at = end
        return True

    def _bare(self) -> bool:
        start = self.scan.at
        term = take_term(self.scan)
        if term is not None:
            self.into.bare.append((term, self.scan.text.part(start, self.scan.at)))
        return term is not None

    def _basis(self) -> bool:
        after = Scan(self.scan.text, self.scan.at, self.scan.end)
        articles = take_basis(after)
        if _NO_BASIS.search(self.scan.text.plain, self.scan.at, after.at):
            return False
        self.into.articles += articles
        self.scan.at = after.at
        return bool(articles)

    def _rest(self) -> None:
        """Take a clause that is of no known kind: a remark if it can be nothing else, otherwise in doubt."""
        end = self.scan.clause_end()
        words = self.scan.text.part(self.scan.at, end)
        doubtful = smells_of_a_term(self.scan.text.plain[self.scan.at : end])
        if words.strip('()"') and (doubtful or not self._may_be_remark()):
            self.into.doubt(Doubt.UNKNOWN_WORDS, words)
        elif words.strip('()"'):
            self.into.remarks.append(words)
        self.scan.at = end
        self.place = Place.RUNNING_ON

    def _may_be_remark(self) -> bool:
        if not self.numbered:
            return self.place >= Place.NEW_CLAUSE
        return self.place is Place.NEW_SENTENCE and self.into.conditional > self.found_before


def conditional_term(subject: str, term: Term, base: Term | None, otherwise: str | None = None) -> Condition:
    """Return the condition under which, by the words of `subject`, `term` holds instead of `base`.

    `otherwise` is what the note says of when `base` holds.
    """
    words = Text(subject).plain.strip(' "')
    if _NON_SOURCE.fullmatch(words):
        return NonSource(words=subject, term=term)
    if _FALLBACK.match(words):
        return Fallback(words=subject, term=term)
    if _CONDITIONAL.match(words) and outlasts(term, base):
        return Upgrade(words=subject, term=term, otherwise=otherwise)
    by = OtherTermBy.PLACE if _PLACE.match(words) else OtherTermBy.SUB_KIND
    return OtherTerm(by=by, words=subject, term=term, otherwise=otherwise)


def _completed(words: str, before: Iterable[str]) -> str | None:
    """Return a condition of presence with what it speaks of; None if neither it nor the words before name that.

    A person who is asked «при наличии?» could not know of what.
    """
    text = Text(words)
    bare = _OF_THE_SAME.fullmatch(text.plain)
    if bare is None:
        return words
    for earlier in map(Text, before):
        named = _PRESENCE.fullmatch(earlier.plain)
        if named is not None:
            return f"при {text.part(*bare.span('way'))} {earlier.part(*named.span('of'))}"
    return None


def _are_contrary(one: str, other: str) -> bool:
    """Say whether one names the presence of what the other names the absence of."""
    first, second = (_PRESENCE.fullmatch(Text(words).plain) for words in (one, other))
    return first is not None and second is not None and first["way"] != second["way"] and first["of"] == second["of"]


def outlasts(term: Term, base: Term | None) -> bool:
    """Say whether `term` certainly lasts longer than `base`; of equal spans the one that waits for an event does."""
    if base is None:
        return False
    longer, shorter = _length(term), _length(base)
    if longer is None or shorter is None:
        return False
    return longer > shorter or (longer == shorter and bool(term.triggers) and not base.triggers)


def _length(term: Term) -> int | None:
    if term.kind in _PERMANENCE:
        return _PERMANENCE[term.kind]
    if term.dual is not None:
        return min(term.dual)
    return term.years if term.kind is TermKind.YEARS else None


def _is_separated(dash: re.Match[str]) -> bool:
    return dash[0] != "-"


def _subject_has_term(scan: Scan, at: int) -> bool:
    """Say whether what looks like a remark is the subject of a term: «В личных делах, - 5 лет»."""
    after = Scan(scan.text, at, scan.end)
    after.take(_COMMA)
    return after.take(_DASH) is not None and take_core(after) is not None


def _within_brackets(text: Text) -> tuple[int, int]:
    whole = len(text.plain)
    if text.plain.startswith("(") and closing_bracket(text.plain, 0) == whole - 1:
        return 1, whole - 1
    return 0, whole
