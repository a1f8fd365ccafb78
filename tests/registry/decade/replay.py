"""The script once more, event by event, by somebody who knows the tables of terms and nothing of the product."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from tests.registry.decade.reckoning import Life, against, how_long, is_long, state
from tests.registry.decade.terms import FOR_EVER, LIQUIDATION, NOMENCLATURES, PERSONNEL, STAYS_OPEN, UNCLEAR, Term


@dataclass(frozen=True)
class Event:
    """One line of the script: on this day, in this institution, this happened to that."""

    day: date
    where: str
    what: str
    name: str = ""
    """Of the case, act or hold."""
    told: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def __str__(self) -> str:
        told = ", ".join(f"{name} {_plain(value)}" for name, value in self.told.items())
        return f"{self.day} {self.where}: {self.what} {self.name} {told}".rstrip()

    def concerns(self, life: Life) -> bool:
        """Whether the story of this case is not understood without it."""
        if self.where != life.where:
            return False
        named = [value for value in self.told.values() if isinstance(value, list | tuple)]
        indexes = () if self.what == "opened" else (self.told.get("index"), *self.told.get("terms", ()))
        return (
            self.name == life.name
            or any(life.name in each for each in named)
            or life.index in indexes
            or self.told.get("person") in life.people
            or bool(self.told.get("everything"))
            or (self.what.startswith("act ") and self.name in {life.act, life.destroyed_by})
        )


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {each}" for name, each in value.items())
    return value.isoformat() if isinstance(value, date) else str(value)


@dataclass(frozen=True)
class Hold:
    where: str
    cases: tuple[str, ...] = ()
    person: str = ""
    index: str = ""
    everything: bool = False

    def covers(self, life: Life) -> bool:
        return self.where == life.where and (
            self.everything or life.name in self.cases or self.index == life.index or self.person in life.people
        )


@dataclass(frozen=True)
class Version:
    """A nomenclature from a day on."""

    year: int
    effective: date
    terms: Mapping[str, Term]


@dataclass(frozen=True)
class Expected:
    """What the product should say of a case in the end."""

    state: str
    earliest: date | None
    act: str
    """On which it stands, or which destroyed it."""
    holds: frozenset[str]
    index: str
    volumes: int


class Replay:
    """The world as it should be after the events that were told."""

    def __init__(self) -> None:
        self.lives: dict[str, Life] = {}
        self.holds: dict[str, Hold] = {}
        self.every_hold: dict[str, Hold] = {}
        """Also those that were lifted."""
        self.acts: dict[str, str] = {}
        """States of the acts."""
        self.versions: dict[str, list[Version]] = {where: [] for where in NOMENCLATURES}
        self.decided: dict[tuple[str, str], Term] = {}
        self.gone: set[str] = set()
        """Documents that were destroyed."""
        self.personal_files: dict[str, set[str]] = {}
        """Documents that lie in a learner's personal file and in no case yet."""

    def apply(self, event: Event) -> None:
        getattr(self, "_" + event.what.replace(" ", "_"))(event)

    def of(self, where: str) -> list[Life]:
        return [life for life in self.lives.values() if life.where == where]

    def holds_over(self, life: Life) -> frozenset[str]:
        return frozenset(name for name, hold in self.holds.items() if hold.covers(life))

    def state(self, life: Life, today: date) -> str:
        return state(life, today)

    def due(self, where: str, today: date) -> list[str]:
        """Cases that an act may take today."""
        return [
            life.name
            for life in self.of(where)
            if state(life, today) == "expired" and not against(life, today) and not self.holds_over(life)
        ]

    def on(self, act: str) -> list[str]:
        return [life.name for life in self.lives.values() if life.act == act]

    def expected(self, today: date) -> dict[str, Expected]:
        found = {}
        for life in self.lives.values():
            answer = how_long(life) if life.closed else None
            act = life.destroyed_by or life.act
            holds = self.holds_over(life)
            earliest = answer.day if answer else None
            found[life.name] = Expected(state(life, today), earliest, act, holds, life.index, life.volumes)
        return found

    def for_inventory(self, category: str, where: str, last: int) -> list[str]:
        """Closed cases that belong into an inventory of the years up to `last` and stand in none."""
        found = []
        for life in self.of(where):
            if life.closed is None or life.closed.year > last or life.listed or life.act or life.destroyed_by:
                continue
            assert life.term is not None
            kept = how_long(life).kept
            if kept in {FOR_EVER, LIQUIDATION}:
                wanted = "permanent"
            elif is_long(life) and kept != UNCLEAR:
                wanted = "personnel" if life.index in PERSONNEL[where] else "long_term"
            else:
                continue
            if wanted == category:
                found.append(life.name)
        return found

    # --- nomenclatures and lists ---------------------------------------------------------------------------------

    def _nomenclature(self, event: Event) -> None:
        former = self.versions[event.where][-1].terms if self.versions[event.where] else NOMENCLATURES[event.where]
        terms = {**former, **event.told.get("terms", {})}
        self.versions[event.where].append(Version(event.told["year"], event.told["effective"], terms))

    def _term_decided(self, event: Event) -> None:
        decided = self.decided[event.where, event.told["index"]] = event.told["term"]
        for life in self.of(event.where):
            if life.index == event.told["index"] and life.closed is not None:
                life.term = decided

    def redated(self, where: str) -> tuple[list[str], list[str]]:
        """Closed cases whose class says something new: those kept as long or longer by it, and those free earlier.

        What stands in approved inventories and on acts keeps its term.
        """
        longer: list[str] = []
        earlier: list[str] = []
        version = self.versions[where][-1]
        for life in self.of(where):
            if life.closed is None or life.listed or life.act or life.destroyed_by:
                continue
            changed = version.terms[life.index]
            if life.term in {None, changed} or (where, life.index) in self.decided:
                continue
            after, before = how_long(replace(life, term=changed)), how_long(life)
            (longer if after.length >= before.length else earlier).append(life.name)
        return longer, earlier

    def _list_changed(self, event: Event) -> None:
        for name in (*event.told["longer"], *(event.told["earlier"] if event.told["earlier_accepted"] else ())):
            life = self.lives[name]
            life.term = self.versions[event.where][-1].terms[life.index]

    def _in_force(self, life: Life, day: date) -> Term:
        """A case of one year belongs to the nomenclature of that year, one that goes on to that of its last day."""
        year = day.year if life.index in STAYS_OPEN[life.where] else life.year
        versions = [each for each in self.versions[life.where] if each.year == year and each.effective <= day]
        return max(versions, key=lambda each: each.effective).terms[life.index]

    # --- cases ---------------------------------------------------------------------------------------------------

    def _opened(self, event: Event) -> None:
        person = event.told.get("personal_file", "")
        life = Life(event.name, event.where, event.told["index"], event.day.year, event.day)
        if person:
            life.people.add(person)
        self.lives[event.name] = life

    def _document_filed(self, event: Event) -> None:
        life = self.lives[event.name]
        life.documents.add(event.told["document"])
        if event.told.get("person"):
            life.people.add(event.told["person"])

    def _document_kept(self, event: Event) -> None:
        self.personal_files.setdefault(event.told["person"], set()).add(event.told["document"])

    def _volume_added(self, event: Event) -> None:
        self.lives[event.name].volumes += 1

    def _closed(self, event: Event) -> None:
        life = self.lives[event.name]
        life.closed = event.told["on"]
        in_force = self._in_force(life, event.told["on"])
        life.term = self.decided.get((life.where, life.index), in_force)
        if event.told.get("personal_file"):
            life.documents |= self.personal_files.pop(event.told["personal_file"], set())

    def _reopened(self, event: Event) -> None:
        life = self.lives[event.name]
        life.closed = life.term = None

    def _happened(self, event: Event) -> None:
        self.lives[event.name].happened.setdefault(event.told["words"], []).append(event.told["on"])

    def _taken_back(self, event: Event) -> None:
        """That which was recorded last."""
        known = self.lives[event.name].happened
        known[event.told["words"]].pop()
        if not known[event.told["words"]]:
            del known[event.told["words"]]

    def _said(self, event: Event) -> None:
        self.lives[event.name].said[event.told["words"]] = event.told["answer"]

    def _settled(self, event: Event) -> None:
        self.lives[event.name].settled[event.told["words"]] = event.told["on"]

    def _need_ended(self, event: Event) -> None:
        self.lives[event.name].need_ended = event.told["on"]

    def _prolonged(self, event: Event) -> None:
        life = self.lives[event.name]
        life.prolonged = max(event.told["until"], life.prolonged or date.min)

    def _appraised(self, event: Event) -> None:
        self.lives[event.name].appraised = (event.told["decision"], event.told["on"])

    # --- holds ---------------------------------------------------------------------------------------------------

    def _hold_placed(self, event: Event) -> None:
        told = dict(event.told)
        hold = self.every_hold[event.name] = self.holds[event.name] = Hold(
            event.where, tuple(told.pop("cases", ())), **told
        )
        for life in self.lives.values():
            if life.act and hold.covers(life):
                life.act = ""

    def _hold_lifted(self, event: Event) -> None:
        del self.holds[event.name]

    # --- inventories and acts ------------------------------------------------------------------------------------

    def _inventory_approved(self, event: Event) -> None:
        self._list_cases(event.told["cases"])

    def _list_cases(self, names: Iterable[str]) -> None:
        for name in names:
            self.lives[name].listed = True

    def _nothing_due(self, event: Event) -> None:
        assert not self.due(event.where, event.day)

    def _act_made(self, event: Event) -> None:
        self.acts[event.name] = "draft"
        for name in event.told["cases"]:
            self.lives[name].act = event.name

    def _act_line_excluded(self, event: Event) -> None:
        for name in event.told["cases"]:
            self.lives[name].act = ""

    def _act_submitted(self, event: Event) -> None:
        self.acts[event.name] = "in_review"

    def _act_returned(self, event: Event) -> None:
        self.acts[event.name] = "changes_requested"

    def _act_approved(self, event: Event) -> None:
        self.acts[event.name] = "waiting"

    def _act_aborted(self, event: Event) -> None:
        self.acts[event.name] = "draft"

    def _act_cancelled(self, event: Event) -> None:
        self.acts[event.name] = "cancelled"
        for name in self.on(event.name):
            self.lives[name].act = ""

    def _act_partly_executed(self, event: Event) -> None:
        self._destroy(event.name, set(self.on(event.name)) - set(event.told["cases"]), event.day)

    def _act_executed(self, event: Event) -> None:
        self.acts[event.name] = "executed"
        self._destroy(event.name, set(self.on(event.name)), event.day)

    def _destroy(self, act: str, names: set[str], day: date) -> None:
        for name in sorted(names):
            life = self.lives[name]
            assert not against(life, day)
            assert not self.holds_over(life)
            life.act, life.destroyed_by = "", act
            self.gone |= life.documents

    def _act_certified(self, event: Event) -> None:
        """The papers themselves are documents of cases from then on."""
        self.acts[event.name] = "certified"
        self.lives[event.told["fonds"]].documents.add(f"{event.name} disposal_act")
        proofs = {f"{event.name} personal_data_act", f"{event.name} event_log_export"}
        self.lives[event.told["proofs"]].documents.update(proofs)
