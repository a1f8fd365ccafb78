"""What happens in ten office years, made from a seed: one list of events, in the order of their days."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from tests.registry.decade.reckoning import Life, how_long, is_appraised
from tests.registry.decade.replay import Event, Replay
from tests.registry.decade.terms import (
    FONDS,
    NOMENCLATURES,
    PERSONAL_FILE,
    PROOFS,
    STAYS_OPEN,
    Happening,
    Term,
    staff,
    while_it_exists,
    years,
)

FIRST, LAST = 2026, 2035
END: Final = date(LAST + 1, 3, 31)
SEED: Final = 20_260_109

NEXT_YEARS_TERMS: Final[Mapping[int, Mapping[str, Mapping[str, Term]]]] = {
    2029: {"dpo": {"01-05": years(10), "02-09": years(3), "02-11": years(5, epk=True), "02-13": years(2)}},
    2033: {"school": {"02-10": years(25, epk=True), "03-02": years(3)}},
}
"""Terms that the nomenclature of a year says anew. Those of 2033 hold for what ends under it: nothing is re-dated."""
KEPT_OPEN: Final = {("school", "02-10", 2031): 2033, ("school", "03-02", 2032): 2033}
"""Cases that are opened under these classes in the one year and not closed before the other."""
AMENDED: Final = {"02-07": years(10), "02-19": years(6), "02-22": years(3), "03-01": years(5, epk=True)}
"""What the school's nomenclature says from 1 July 2031 on."""
DECIDED: Final[Mapping[int, tuple[str, str, Term]]] = {
    2028: ("dpo", "06-04", staff),
    2030: ("ip", "24", while_it_exists),
}
"""In which year two people decide how the terms are read that nobody can read."""
ACTS: Final[Mapping[tuple[str, int], str]] = {
    ("school", 2031): "excluded",
    ("school", 2032): "held while it waits",
    ("school", 2033): "returned",
    ("school", 2034): "aborted",
    ("dpo", 2031): "cancelled",
    ("dpo", 2032): "returned",
    ("dpo", 2034): "held while it waits",
    ("dpo", 2035): "wholly held while it waits",
    ("ip", 2031): "aborted",
    ("ip", 2034): "excluded",
    ("ip", 2035): "partly executed",
    ("school", 2035): "partly executed",
}
"""Acts that do not go straight from the draft to the end."""


CERTIFIED: Final = {("school", 2031), ("dpo", 2032), ("ip", 2032), *((where, LAST + 1) for where in NOMENCLATURES)}
"""Acts whose papers are issued and signed; others stay executed."""


class Writer:
    """Writes the script; looks at its own replay to know what could happen next."""

    def __init__(self, seed: int = SEED) -> None:
        self.random = Random(seed)  # noqa: S311 - a script, not a secret
        self.events: list[Event] = []
        self.world = Replay()
        self.plan = {where: self._plan(where) for where in NOMENCLATURES}

    def tell(self, day: date, where: str, what: str, name: str = "", **told: Any) -> None:  # noqa: ANN401 - facts
        event = Event(day, where, what, name, told)
        self.events.append(event)
        self.world.apply(event)

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def write(self) -> list[Event]:
        for where in NOMENCLATURES:
            self.tell(date(FIRST, 1, 9), where, "nomenclature", year=FIRST, effective=date(FIRST, 1, 1))
        for year in range(FIRST, LAST + 1):
            self._each(self._winter, year)
            self._each(self._spring, year)
            self._each(self._summer, year)
            self._each(self._december, year)
        self._each(self._winter, LAST + 1)
        self.events.sort(key=lambda event: event.day)
        return self.events

    def _each(self, season: Callable[[str, int], None], year: int) -> None:
        for where in NOMENCLATURES:
            season(where, year)

    def _plan(self, where: str) -> dict[int, list[str]]:
        """In which year a case is opened under which class: one under every class, and more where terms are short."""
        plan: dict[int, list[str]] = {year: [] for year in range(FIRST, LAST + 1)}
        for index, term in NOMENCLATURES[where].items():
            short = not term.open_end and term.years <= 6
            plan[self.random.randint(FIRST, FIRST + (3 if short else 6))].append(index)
            if short and index not in STAYS_OPEN[where] and self.chance(0.6):
                plan[self.random.randint(FIRST, LAST)].append(index)
            if index == PERSONAL_FILE[where]:
                plan[FIRST] += [index, index]
        for place, index, year in KEPT_OPEN:
            plan[year] += [index] if place == where else []
        return plan

    # --- the year ------------------------------------------------------------------------------------------------

    def _winter(self, where: str, year: int) -> None:
        """January to March: what came late, new cases, inventories, and the act of the year."""
        for life in self._open(where):
            if life.year < year and life.index not in STAYS_OPEN[where]:
                self._close(life, date(year, 1, 11), date(year, 1, self.random.randint(9, 11)))
        if year <= LAST:
            for number, index in enumerate(self.plan[where][year], 1):
                self._open_case(where, year, index, number)
        if (where, year) in CERTIFIED:
            self._open_case(where, year, FONDS[where], 98)
            self._open_case(where, year, PROOFS[where], 99)
        if year == FIRST:
            return
        self._holds_of_january(where, year)
        if (where, year) == ("dpo", 2029):
            self._change_list(date(year, 1, 25), where, earlier_accepted=True)
        self._decisions(where, date(year, 2, 3))
        self._inventories(where, year - 1)
        self._act(where, year)

    def _inventories(self, where: str, year: int) -> None:
        """One a category for the year that is over, and further ones for what earlier years have left."""
        for category in ("permanent", "personnel", "long_term"):
            found = [self.world.lives[name] for name in self.world.for_inventory(category, where, year)]
            closed = {life.name: life.closed.year for life in found if life.closed}
            for of_year in sorted({*closed.values(), year}):
                cases = [name for name, each in closed.items() if each == of_year]
                day = date(year + 1, 2, 5)
                self.tell(day, where, "inventory approved", category=category, of_year=of_year, cases=cases)

    def _spring(self, where: str, year: int) -> None:
        """April and May: papers come in, and what terms wait for happens."""
        for life in self._open(where):
            if self.chance(0.08):
                self.tell(date(year, 4, 10), where, "volume added", life.name)
            if self.chance(0.3):
                document = f"document {len(self.events)}"
                self.tell(date(year, 4, 12), where, "document filed", life.name, document=document)
        for life in self.world.of(where):
            self._happen(life, date(year, 5, 20))

    def _summer(self, where: str, year: int) -> None:
        if (where, year) == ("school", 2031):
            first_day = date(year, 7, 1)
            self.tell(date(year, 6, 20), where, "nomenclature", year=year, effective=first_day, terms=AMENDED)
            self._change_list(date(year, 7, 5), where, earlier_accepted=False)
        if year in DECIDED and DECIDED[year][0] == where:
            self.tell(date(year, 8, 1), where, "term decided", index=DECIDED[year][1], term=DECIDED[year][2])
        self._holds_of_autumn(where, year)

    def _december(self, where: str, year: int) -> None:
        for life in self._open(where):
            goes_on = 0.6 if life.index in STAYS_OPEN[where] else 0.1
            if self.chance(goes_on) or year < KEPT_OPEN.get((where, life.index, life.year), 0):
                continue
            if self.chance(0.04):
                self.tell(date(year, 12, 28), where, "closed", life.name, on=date(year, 12, 28), **self._whose(life))
                self.tell(date(year, 12, 28), where, "reopened", life.name)
            self._close(life, date(year, 12, 29), date(year, 12, self.random.randint(28, 29)))
        if year <= LAST:
            told: dict[str, Any] = {"year": year + 1, "effective": date(year + 1, 1, 1)}
            if where in NEXT_YEARS_TERMS.get(year + 1, {}):
                told["terms"] = NEXT_YEARS_TERMS[year + 1][where]
            self.tell(date(year, 12, 30), where, "nomenclature", **told)

    def _change_list(self, day: date, where: str, *, earlier_accepted: bool) -> None:
        longer, earlier = self.world.redated(where)
        told: dict[str, Any] = {"longer": longer, "earlier": earlier}
        self.tell(day, where, "list changed", earlier_accepted=earlier_accepted, **told)

    # --- cases ---------------------------------------------------------------------------------------------------

    def _open(self, where: str) -> list[Life]:
        return [life for life in self.world.of(where) if life.closed is None]

    def _open_case(self, where: str, year: int, index: str, number: int) -> None:
        name = f"{where} {index}/{year}-{number}"
        day = date(year, 1, 15)
        if index != PERSONAL_FILE[where]:
            self.tell(day, where, "opened", name, index=index)
            return
        person = f"learner {name}"
        self.tell(day, where, "opened", name, index=index, personal_file=person)
        document = f"document {len(self.events)}"
        self.tell(date(year, 1, 16), where, "document kept", name, person=person, document=document)
        others = [life for life in self._open(where) if life.index != index and self.chance(0.1)]
        for life in others[:1]:
            document = f"document {len(self.events)}"
            told = {"person": person, "document": document}
            self.tell(date(year, 1, 17), where, "document filed", life.name, **told)

    def _close(self, life: Life, day: date, on: date) -> None:
        self.tell(day, life.where, "closed", life.name, on=on, **self._whose(life))
        assert life.term is not None
        if life.term.unless and self.chance(0.7):
            said = "no" if self.chance(0.8) else "yes"
            self.tell(day, life.where, "said", life.name, words=life.term.unless, answer=said)

    @staticmethod
    def _whose(life: Life) -> dict[str, str]:
        return {"personal_file": min(life.people)} if life.index == PERSONAL_FILE[life.where] else {}

    def _happen(self, life: Life, day: date) -> None:
        """Perhaps what the term of a case waits for has happened; perhaps once more."""
        if life.act or life.destroyed_by or life.closed is None or life.term is None:
            return
        term = life.term
        parts = [term, *([term.otherwise] if term.otherwise and life.said.get(term.unless) != "no" else [])]
        awaited: list[Happening] = [each for part in parts for each in part.after]
        awaited += [part.until for part in parts if part.until]
        recorded = [day for days in life.happened.values() for day in days]
        if len(awaited) == len(recorded) == 1 and not life.listed and self.chance(0.06):
            self.tell(day, life.where, "taken back", life.name, words=awaited[0].words)
            return
        for each in awaited:
            again = each.words in life.happened
            later = again and not life.listed and self.world.state(life, day) == "retained" and not term.open_end
            if self.chance(0.1 if later else 0) or (not again and not life.said.get(term.never) and self.chance(0.65)):
                earliest = max(life.opened, day - timedelta(days=300)) if again else life.opened
                on = earliest + timedelta(days=self.random.randint(0, (day - earliest).days))
                self.tell(day, life.where, "happened", life.name, code=each.code, words=each.words, on=on)
            elif term.never and not again and term.never not in life.said and self.chance(0.3):
                self.tell(day, life.where, "said", life.name, words=term.never, answer="yes")

    def _decisions(self, where: str, day: date) -> None:
        """The commission meets: what is over is appraised, what is not needed any more is let go."""
        for life in self.world.of(where):
            if life.act or life.destroyed_by or life.closed is None or life.term is None:
                continue
            waits = life.term.open_end == "while needed" and self.world.state(life, day) == "awaiting_event"
            if waits and life.need_ended is None and self._only_need_is_missing(life) and self.chance(0.5):
                self.tell(day, where, "need ended", life.name, on=day - timedelta(days=self.random.randint(0, 3)))
            if self.world.state(life, day) == "expired":
                self._settle(life, life.term, day)
            soon = how_long(life).day
            if soon is not None and soon < day + timedelta(days=400) and self.chance(0.03):
                until = max(soon, day) + timedelta(days=self.random.randint(100, 700))
                self.tell(day, where, "prolonged", life.name, until=until)

    def _settle(self, life: Life, term: Term, day: date) -> None:
        for words in term.gates:
            if words not in life.settled and self.chance(0.7):
                self.tell(day, life.where, "settled", life.name, words=words, on=day - timedelta(days=2))
        for words in term.exits:
            if words not in life.said and self.chance(0.7):
                self.tell(day, life.where, "said", life.name, words=words, answer="no")
        if is_appraised(term, life) and life.appraised is None and self.chance(0.9):
            decision = "destroy" if self.chance(0.75) else "keep"
            self.tell(day, life.where, "appraised", life.name, decision=decision, on=day - timedelta(days=1))

    @staticmethod
    def _only_need_is_missing(life: Life) -> bool:
        term = life.term
        return term is not None and (term.until is None or term.until.words in life.happened)

    # --- holds ---------------------------------------------------------------------------------------------------

    def _holds_of_january(self, where: str, year: int) -> None:
        day = date(year, 1, 22)
        match where, year:
            case "school", 2028:
                self._hold(day, where, "claim of a parent", cases=self._some(where, "retained", 2))
                self._hold(day, where, "audit of examinations", index="02-16")
            case "school", 2030:
                self._hold(day, where, "second claim", cases=self.world_cases("claim of a parent")[:1])
            case "school", 2031:
                self._lift(day, where, "claim of a parent", "audit of examinations")
            case "school", 2034:
                self._lift(day, where, "second claim")
            case "dpo", 2030:
                self._hold(day, where, "inspection of everything", everything=True)
            case "ip", 2029:
                self._hold(day, where, "request of a learner", person=self._somebody(where))
            case "ip", 2033:
                self._lift(day, where, "request of a learner")
            case "ip", 2034:
                self._hold(day, where, "lasting court case", index="13")
        self._lift(day, where, *(name for name in self.world.holds if name == f"{where} hold while waiting"))

    def _holds_of_autumn(self, where: str, year: int) -> None:
        day = date(year, 10, 3)
        match where, year:
            case "school", 2029:
                self._hold(day, where, "criminal matter", person=self._somebody(where))
            case "school", 2032:
                self._lift(day, where, "criminal matter")
            case "dpo", 2030:
                self._lift(day, where, "inspection of everything")
            case "school", 2035:
                self._hold(day, where, "last claim", cases=self._some(where, "retained", 3))

    def world_cases(self, hold: str) -> list[str]:
        return list(self.world.holds[hold].cases)

    def _hold(self, day: date, where: str, name: str, **targets: Any) -> None:  # noqa: ANN401 - facts
        self.tell(day, where, "hold placed", name, **targets)

    def _lift(self, day: date, where: str, *names: str) -> None:
        for name in names:
            self.tell(day, where, "hold lifted", name)

    def _some(self, where: str, state: str, count: int) -> list[str]:
        """Closed cases that are due soonest."""
        day = self.events[-1].day
        found = [life for life in self.world.of(where) if self.world.state(life, day) == state]
        return [life.name for life in sorted(found, key=lambda life: (life.term.years if life.term else 0, life.name))][
            :count
        ]

    def _somebody(self, where: str) -> str:
        """A learner whose documents lie in as many cases as possible, in closed ones first."""
        people = sorted({person for life in self.world.of(where) for person in life.people})
        return max(people, key=lambda person: sum(person in life.people for life in self.world.of(where)))

    # --- acts ----------------------------------------------------------------------------------------------------

    def _act(self, where: str, year: int) -> None:
        """From the selection in February to the execution in March."""
        day, name, way = date(year, 2, 15), f"{where} act {year}", ACTS.get((where, year), "")
        due = self.world.due(where, day)
        if not due:
            self.tell(day, where, "nothing due")
            return
        self.tell(day, where, "act made", name, cases=due)
        if way == "excluded" and len(due) > 1:
            self.tell(day, where, "act line excluded", name, cases=[self.random.choice(due)])
        self.tell(date(year, 2, 16), where, "act submitted", name)
        if way == "returned" and len(due) > 1:
            rejected = self.random.sample(due, 2) if len(due) > 2 else due[:1]
            self.tell(date(year, 2, 18), where, "act returned", name, rejected=rejected)
            self.tell(date(year, 2, 19), where, "act line excluded", name, cases=rejected[:1])
            self.tell(date(year, 2, 19), where, "act submitted", name, answered=rejected[1:])
        self.tell(date(year, 3, 1), where, "act approved", name)
        if way == "cancelled":
            self.tell(date(year, 3, 4), where, "act cancelled", name)
            return
        if way == "aborted":
            self.tell(date(year, 3, 4), where, "act aborted", name)
            self.tell(date(year, 3, 5), where, "act submitted", name)
            self.tell(date(year, 3, 6), where, "act approved", name)
        if way == "held while it waits" and len(due) > 1:
            self._hold(date(year, 3, 7), where, f"{where} hold while waiting", cases=[self.random.choice(due)])
        if way == "wholly held while it waits":
            self._hold(date(year, 3, 7), where, f"{where} hold while waiting", everything=True)
        self._execute(where, year, name, way)

    def _execute(self, where: str, year: int, name: str, way: str) -> None:
        filed = [case for case in self.world.on(name) if self.world.lives[case].documents]
        if way == "partly executed" and filed:
            self.tell(date(year, 3, 18), where, "act partly executed", name, cases=[self.random.choice(filed)])
        self.tell(date(year, 3, 20), where, "act executed", name)
        if (where, year) in CERTIFIED:
            fonds, proofs = f"{where} {FONDS[where]}/{year}-98", f"{where} {PROOFS[where]}/{year}-99"
            self.tell(date(year, 3, 25), where, "act certified", name, fonds=fonds, proofs=proofs)
