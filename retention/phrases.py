"""Phrases that stand around a core: footnote references, appraisal marks, events; and the term they make together."""

import re
from dataclasses import dataclass, field
from typing import Final

from retention.cores import ARTICLE_AHEAD, MARK, Core, find_fixed, take_core
from retention.scanning import Scan
from retention.terms import AppraisalMark, Counting, Term, TermKind, Trigger
from retention.triggers import EVENT, recognise

_LABEL: Final = r"(?:[0-9]{1,2}|\*{1,3})"
_LABELS: Final = rf"{_LABEL}(?:\s*[,;]\s*{_LABEL})*"
REFERENCE: Final = re.compile(
    rf"\(\s*(?P<round>{_LABELS})\s*\)|<\s*(?P<angle>{_LABELS})\s*>|\[\s*(?P<square>{_LABELS})\s*\]"
    rf"|\{{\s*(?P<curly>{_LABELS})\s*\}}|(?<![\w(])(?P<half>[0-9]{{1,2}})\)|(?P<stars>\*{{1,3}})"
    rf"|(?<=[а-я])(?P<glued>[0-9])(?:\)|(?![\w/.,-]|\s*/))|(?<=[а-я]\.)(?P<dotted>[0-9])(?:\)|(?![\w/.,-]))"
)
"""A footnote reference, over plain text."""

_MARK: Final = re.compile(rf"\(\s*(эпк|цэк|эк)\s*\)|({MARK})")
_EVENT_START: Final = re.compile(
    r"(?:срок(?: хранения)? )?(?:исчисляется |считая |начиная |считать )?"
    r"(?:после|(?P<moment>с момента|со дня|с даты)|(?P<upon>по)(?=\s+[а-я]+(?:нии|тии)(?![а-я])))\s+(?=[а-я])"
)
_UNTIL: Final = re.compile(r"до\s+(?=[а-я])")
_AND: Final = r"(?:(?<![а-я])(?:и|или|либо|а также) )?"
_AFTER: Final = r"(?:после|с момента|со дня|с даты) "
_MORE_EVENTS: Final = re.compile(rf"\s*[,;]?\s*{_AND}(?={_AFTER})")
_EVENT_END: Final = re.compile(
    rf"{REFERENCE.pattern}|[;:\[<{{]|\s*,?\s*{_AND}(?<![а-я]){_AFTER}"
    r"|,?\s*(?<![а-я])(?:если иное|при (?:условии|возникновении)|но не (?:менее|ранее|меньше))(?![а-я])"
    rf"|,?\s*\(?(?<![а-я]){MARK}"
    rf"|,?\s*(?<![а-я]){ARTICLE_AHEAD}"
    rf"|\s-\s*(?=(?:до|хран|сохр|срок|не)(?![а-я]))"
)
_BAD_IN_EVENT: Final = re.compile(
    r"(?<![а-я])(?:при|в случа[ея]|если|кроме|исключая|за исключением|но|не (?:более|менее|меньше|позднее|ранее)"
    r"|хранить|хран[ия]тся|сохран[а-я]*тся|постоян[а-я]*о|бессрочно|вечно|уничтожа[а-я]+|уничтожить|однако|только|лишь|иначе"
    r"|пока|для|до|а|минования надобности|лет|д\.\s?м\.\s?н|дмн|дзн|эпк|цэк|эк)(?![а-я])|\s-\s|[*?!…=<>{}\[\]]"
)
# «По истечении 5 лет» names no event: the end of what?
_END_OF_NOTHING: Final = re.compile("(?:истечени|окончани|прекращени|завершени)[яи](?: срока)?")
_DANGLING: Final = re.compile(
    r"(?:^|.*\s)(?:в|во|с|со|по|на|от|из|у|к|ко|о|об|и|или|либо|а|без|за|согласно|через|его)$"
)
_MARK_AFTER: Final = re.compile(rf"\s*\(?{MARK}")
_GOVERNING: Final = re.compile(
    r"(?<![а-я])(?:согласован|утвержден|одобрен|рассмотрен|решен|заседан|протокол|экспертиз|разрешен|заключен|создан|роспуск"
    r"|представлен|передач|проведен|работ|состав|комисси)[а-я]*$"
)
_UPON: Final = re.compile(r"(?<=[нт])ии$", re.IGNORECASE)
_GAP: Final = re.compile(r"[\s,]*")
_NEVER_ENDING: Final = {TermKind.PERMANENT, TermKind.UNTIL_LIQUIDATION}
ENDED_BY_EVENT: Final = {TermKind.UNTIL_REPLACED, TermKind.UNTIL_CLAIMED, TermKind.UNTIL_EVENT}
"""Kinds whose trigger is what ends them."""
OWN_EVENTS: Final = {
    TermKind.UNTIL_REPLACED: Trigger("replaced", "замены новыми"),
    TermKind.UNTIL_CLAIMED: Trigger("claimed", "востребования"),
}
"""The event that a fixed phrase names."""


@dataclass(slots=True)
class Draft:
    """A term that is being read."""

    core: Core | None = None
    marks: list[AppraisalMark] = field(default_factory=list)
    triggers: list[Trigger] = field(default_factory=list)
    countings: list[Counting] = field(default_factory=list)

    def take_mark(self, scan: Scan) -> bool:
        """Take an appraisal mark that stands here."""
        found = scan.take(_MARK)
        if found is not None:
            self.marks.append(AppraisalMark((found[1] or found[2]).upper()))
        return found is not None

    def take_core(self, scan: Scan) -> bool:
        """Take a core that stands here, «До» with an event of its own included."""
        core = take_core(scan)
        if core is not None:
            self.core = core
            if core.kind in OWN_EVENTS:
                self.triggers.append(OWN_EVENTS[core.kind])
            return True
        trigger = take_until(scan)
        if trigger is not None:
            self.core = Core(TermKind.UNTIL_EVENT)
            self.triggers.append(trigger)
        return trigger is not None

    def take_triggers(self, scan: Scan) -> bool:
        """Take events that stand here; every one of several."""
        taken = take_events(scan)
        self.triggers += [trigger for trigger, _ in taken]
        self.countings += [counting for _, counting in taken]
        return bool(taken)

    def build(self) -> Term | None:
        """Return the term; None if there is no core or its parts exclude each other."""
        if self.core is None or len(set(self.marks)) > 1 or len(set(self.countings)) > 1:
            return None
        if self.countings and self.core.kind in _NEVER_ENDING | ENDED_BY_EVENT | {TermKind.UNTIL_NOT_NEEDED}:
            return None
        return self.shown(self.core.kind)

    def shown(self, kind: TermKind) -> Term:
        """Return what there is, as a term of `kind`, whether it fits together or not."""
        core = self.core or Core(kind)
        years = core.years
        if kind is TermKind.COMPOUND and core.kind is TermKind.UNTIL_NOT_NEEDED:
            years = None
        return Term(
            kind=kind,
            years=years,
            dual=core.dual,
            mark=self.marks[0] if self.marks else None,
            triggers=tuple(self.triggers),
            counting=self.countings[0] if self.countings else Counting.YEAR_AFTER,
        )


def labels(found: re.Match[str]) -> tuple[str, ...]:
    """Return the labels of a `REFERENCE`: «(1, 2)» → 1 and 2."""
    return tuple(re.findall(_LABEL, found[0]))


def take_term(scan: Scan) -> Term | None:
    """Take a whole term that stands here, marks and events included; None, and no step, if none does."""
    start = scan.at
    draft = Draft()
    if draft.take_core(scan):
        while not scan.done:
            before = scan.at
            scan.take(_GAP)
            if not (draft.take_mark(scan) or draft.take_triggers(scan)):
                scan.at = before
                break
        term = draft.build()
        if term is not None:
            return term
    scan.at = start
    return None


def take_events(scan: Scan) -> list[tuple[Trigger, Counting]]:
    """Take «после …», «с момента …» and what follows of the same sort; nothing, and no step, if none stands here."""
    taken: list[tuple[Trigger, Counting]] = []
    before = scan.at
    while True:
        found = scan.take(_EVENT_START)
        if found is None:
            break
        counting = Counting.MOMENT if found["moment"] else Counting.YEAR_AFTER
        trigger = take_event(scan, counting, upon=bool(found["upon"]))
        if trigger is None:
            break
        taken.append((trigger, counting))
        before = scan.at
        if scan.take(_MORE_EVENTS) is None:
            break
    scan.at = before
    return taken


def take_until(scan: Scan) -> Trigger | None:
    """Take «До» with an event of its own; None, and no step, if it does not stand here."""
    before = scan.at
    trigger = None if scan.take(_UNTIL) is None else take_event(scan, Counting.YEAR_AFTER)
    if trigger is None:
        scan.at = before
    return trigger


def take_event(scan: Scan, counting: Counting, *, upon: bool = False) -> Trigger | None:
    """Take the words of an event up to where it ends; None if they are none, or more than an event."""
    end = _event_end(scan)
    words = scan.text.part(scan.at, end)
    if upon:
        first, *rest = words.split(" ", 1)
        words = " ".join([_UPON.sub(lambda found: "ИЯ" if found[0].isupper() else "ия", first), *rest])
    event = scan.text.plain[scan.at : end].strip(" ,;:-")
    if upon:
        event = re.sub(r"^(\S*[нт])ии\b", r"\1ия", event)
    code = recognise(event, counting)
    if code == EVENT and (not event or _is_doubtful(event) or _is_about_the_mark(event, scan, end)):
        return None
    scan.at = end
    return Trigger(code, words)


def _event_end(scan: Scan) -> int:
    end = scan.clause_end()
    text = scan.text.plain
    for found in (_EVENT_END.search(text, scan.at, end), find_fixed(text, scan.at, end)):
        end = end if found is None else min(end, found.start())
    opening = text.find("(", scan.at, end)
    # A bracket that is not closed within the event belongs to something around it.
    if opening >= 0 and text.count("(", scan.at, end) != text.count(")", scan.at, end):
        end = opening
    return end


def _is_doubtful(event: str) -> bool:
    return bool(_BAD_IN_EVENT.search(event) or _DANGLING.match(event) or _END_OF_NOTHING.fullmatch(event))


def _is_about_the_mark(event: str, scan: Scan, end: int) -> bool:
    # «после согласования ЭПК»: the mark of the term, or the board of the event?
    return bool(_MARK_AFTER.match(scan.text.plain, end, scan.end) and _GOVERNING.search(event))
