"""When a case may be destroyed, reckoned straight from the tables and from what happened to it."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.registry.decade.terms import EVENT, FOR_EVER, LIQUIDATION, NEED, UNCLEAR, Happening, Term


@dataclass
class Life:
    """Everything that was ever recorded of one case."""

    name: str
    where: str
    index: str
    year: int
    opened: date
    closed: date | None = None
    term: Term | None = None
    """That which it was dated with."""
    happened: dict[str, list[date]] = field(default_factory=dict)
    """The days recorded of each event, by its words; the latest counts."""
    said: dict[str, str] = field(default_factory=dict)
    """Yes or no, by the words of the condition."""
    settled: dict[str, date] = field(default_factory=dict)
    need_ended: date | None = None
    prolonged: date | None = None
    """Last day until which the commission keeps it longer."""
    appraised: tuple[str, date] | None = None
    """`destroy` or `keep`, and the day."""
    volumes: int = 1
    listed: bool = False
    """Whether it stands in an approved inventory, which binds it to its term."""
    act: str = ""
    """The act it stands on now."""
    destroyed_by: str = ""
    people: set[str] = field(default_factory=set)
    """Whose documents are in it."""
    documents: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Answer:
    """How long a case is kept."""

    kept: str
    """`unclear`, `for ever`, `until liquidation`, `waits` or `until`."""
    day: date | None = None
    """First day on which an act may take it; of `until` only."""

    @property
    def length(self) -> tuple[int, date]:
        order = ("until", "waits", LIQUIDATION, FOR_EVER, UNCLEAR)
        return order.index(self.kept), self.day or date.min


WAITS = Answer("waits")


def january_after(day: date, years: int = 0) -> date:
    """The first 1 January on which a term is over that began on 1 January after `day`."""
    return date(day.year + 1 + years, 1, 1)


def how_long(life: Life) -> Answer:
    """Reckon a closed case; of everything that keeps it the longest counts."""
    assert life.closed is not None
    assert life.term is not None
    term = life.term
    if term.never and term.instead and life.said.get(term.never) == "yes":
        term = term.instead
    found = [_alone(term, life, life.closed)]
    if term.otherwise and life.said.get(term.unless) != "no":
        found.append(_alone(term.otherwise, life, life.closed))
    if life.appraised and life.appraised[0] == "keep":
        found.append(Answer(FOR_EVER))
    if life.prolonged:
        found.append(Answer("until", life.prolonged + timedelta(days=1)))
    return max(found, key=lambda each: each.length)


def is_long(life: Life) -> bool:
    """Whether it is kept over ten years: by its row, or by a condition that came true."""
    term = life.term
    assert term is not None
    parts = [term]
    if how_long(life).kept == "until":
        if term.instead and life.said.get(term.never) == "yes":
            parts.append(term.instead)
        if term.otherwise and life.said.get(term.unless) != "no":
            parts.append(term.otherwise)
    return any(part.years > 10 for part in parts)


def _alone(term: Term, life: Life, closed: date) -> Answer:
    awaited: tuple[Happening, ...] = term.after + ((term.until,) if term.until else ())
    if any(each.words not in life.happened for each in awaited):
        return WAITS
    last = max([closed, *(day for each in awaited for day in life.happened[each.words])])
    if term.open_end in {FOR_EVER, LIQUIDATION, UNCLEAR}:
        return Answer(term.open_end)
    if term.open_end == NEED and (life.need_ended is None or life.need_ended < closed):
        return WAITS
    if term.open_end == NEED:
        days = [january_after(closed, 1), life.need_ended or closed, *([january_after(last)] if term.until else [])]
    elif term.to_the_day:
        # Nothing of this script happens on 29 February.
        days = [date(last.year + term.years, last.month, last.day) + timedelta(days=1)]
    else:
        days = [january_after(last, 0 if term.open_end == EVENT else term.years)]
    return Answer("until", max(days))


def is_appraised(term: Term, life: Life) -> bool:
    """Whether any term that may hold carries «ЭПК»."""
    parts = [term, *([term.otherwise] if term.otherwise and life.said.get(term.unless) != "no" else [])]
    return any(each.appraised for each in parts)


def against(life: Life, today: date) -> list[str]:
    """Everything but a hold that stands against an act today."""
    assert life.term is not None
    answer, term = how_long(life), life.term
    if answer.kept != "until" or answer.day is None:
        return [answer.kept]
    reasons = [f"not before {answer.day}"] if today < answer.day else []
    reasons += [f"not settled: {gate}" for gate in term.gates if gate not in life.settled]
    reasons += [f"not said: {way}" for way in term.exits if life.said.get(way) != "no"]
    if is_appraised(term, life):
        decision, day = life.appraised or ("", date.min)
        if decision != "destroy" or day < answer.day:
            reasons.append("not appraised")
    return reasons


def state(life: Life, today: date) -> str:
    """The state that the product should tell."""
    if life.destroyed_by:
        return "destroyed"
    if life.closed is None:
        return "open"
    if life.act:
        return "on_act"
    answer = how_long(life)
    if answer.kept == "until" and answer.day is not None:
        return "retained" if today < answer.day else "expired"
    return {"waits": "awaiting_event", UNCLEAR: "needs_review"}.get(answer.kept, "permanent")
