"""What is asked once a run and needed in many places: classes, reporting periods, pupils, the staff, types of works.

Memory grows with the number of learners and classes, never with the number of marks.
"""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from core.sdk.connectors import Problem, ProblemClass
from core.sdk.errors import ConnectorError, ConnectorMisconfigured, ConnectorRecordRefused
from plugins.dnevnik.answers import REFUSALS, ParameterInvalid, Patience
from plugins.dnevnik.api import Api
from plugins.dnevnik.fields import Loose, Raw, as_identifier, loose_objects
from plugins.dnevnik.settings import DnevnikSettings

SEPTEMBER = 9
ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class Group:
    """A class or a subgroup."""

    id: str
    number: object
    """The id as a number, as this installation writes it where there is no twin."""
    school: str
    name: str
    kind: str
    parent: str | None
    year: int | None
    """In which the study year began."""
    level: int | None
    archived: bool
    raw: Raw


@dataclass(frozen=True, slots=True)
class Period:
    """A reporting period of a class."""

    id: str
    name: str
    kind: str
    number: int | None
    starts_on: date
    ends_on: date
    until: date
    """The day before the next period begins: each day of the year belongs to one period."""
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class Membership:
    """A learner in a group."""

    group: str
    person: str
    archived: bool


@dataclass(slots=True)
class Roster:
    """Everybody who is, or was this year, in a class that was read."""

    people: dict[str, Raw] = field(default_factory=dict)
    memberships: list[Membership] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """Groups whose pupils the platform did not give."""

    def active(self) -> set[str]:
        """Return who has not left every group."""
        return {each.person for each in self.memberships if not each.archived}


class School:
    """One school as this run has read it so far; each answer is asked for once."""

    def __init__(self, identifier: str, api: Api, settings: DnevnikSettings) -> None:
        self.id = identifier
        self._api = api
        self._settings = settings
        self._groups: list[Group] | None = None
        self._past: list[Group] | None = None
        self._by_id: dict[str, Group] = {}
        self._apart: frozenset[str] | None = None
        self._periods: dict[str, tuple[Loose, ...]] = {}
        self._without_periods: dict[str, ConnectorError] = {}
        self._patience = Patience()
        self._rosters: dict[bool, Roster] = {}
        self._subjects: list[Loose] | None = None
        self._staff: list[Loose] | None = None
        self._staff_ids: frozenset[str] | None = None
        self._work_types: dict[str, str] | None = None

    async def groups(self) -> Sequence[Group]:
        """Return classes and subgroups of this study year that have an id."""
        return [group for group in await self.listed_groups() if group.id]

    async def listed_groups(self) -> Sequence[Group]:
        """Return classes and subgroups as the platform lists them; raise `ConnectorMisconfigured` if it refuses."""
        if self._groups is None:
            path = f"/schools/{self.id}/edu-groups"
            try:
                answer = await self._api.get(path)
            except (ConnectorRecordRefused, ParameterInvalid) as error:
                detail = f"school {self.id} cannot be read with this account; correct «Schools»: {error.detail}"
                raise ConnectorMisconfigured(detail) from error
            self._groups = list(_groups_of(loose_objects(answer, path), self.id))
        return self._groups

    def known_past(self) -> Sequence[Group]:
        """Return classes of past years, if this run has asked for them."""
        return self._past or ()

    async def past_groups(self) -> Sequence[Group]:
        """Return classes of past years, asking for them if need be."""
        if self._past is None:
            async for _ in self.read_past_groups():
                pass
        return self.known_past()

    async def find(self, identifier: str) -> Group | None:
        """Return a group by its id."""
        if identifier not in self._by_id:
            self._by_id = {group.id: group for group in (*await self.groups(), *self.known_past())}
        return self._by_id.get(identifier)

    async def classes(self) -> list[Group]:
        """Return the classes without subgroups, those of past years too if they are known."""
        return [group for group in (*await self.groups(), *self.known_past()) if group.parent is None]

    async def with_journals(self) -> list[Group]:
        """Return the groups whose journals are read."""
        if self._settings.spellings.subgroups_apart:
            return [*await self.groups(), *self.known_past()]
        return await self.classes()

    async def apart(self) -> frozenset[str]:
        """Return the groups whose journals are read by themselves, by id and by number."""
        if self._apart is None:
            groups = await self.with_journals()
            self._apart = frozenset(key for group in groups for key in (group.id, str(group.number)))
        return self._apart

    async def read_past_groups(self) -> AsyncIterator[int]:
        """Ask every learner for the classes of past years; yields how many were asked."""
        known = {group.id for group in await self.groups()}
        found: dict[str, Group] = {}
        people = (await self.roster()).people
        for number, person in enumerate(people, start=1):
            path = f"/persons/{person}/edu-groups/all"
            for group in _groups_of(loose_objects(await self._api.get(path), path), self.id):
                if group.id not in known:
                    found[group.id] = group
            yield number
        self._past, self._apart = list(found.values()), None

    async def periods(self, group: Group) -> tuple[Period, ...]:
        """Return the reporting periods of a class that have an id and days, in their order; none if it is refused."""
        try:
            return tuple(_periods_of(await self.listed_periods(group)))
        except REFUSALS:
            if not self.is_without_periods(group):
                raise
            return ()

    def is_without_periods(self, group: Group) -> bool:
        """Tell whether the platform refused this class, and not every class."""
        return (group.parent or group.id) in self._without_periods

    async def listed_periods(self, group: Group) -> tuple[Loose, ...]:
        """Return the reporting periods of a class as the platform lists them; a subgroup has those of its class."""
        asked = group.parent or group.id
        if asked in self._without_periods:
            raise self._without_periods[asked]
        if asked not in self._periods:
            path = f"/edu-groups/{asked}/{self._settings.spellings.periods}"
            try:
                answer = await self._api.get(path)
            except REFUSALS as error:
                self._patience.bear(error)
                self._without_periods[asked] = error
                raise
            self._patience.restore()
            if isinstance(answer, dict):
                answer = answer.get("reportingPeriods")
            self._periods[asked] = tuple(loose_objects(answer, path))
        return self._periods[asked]

    async def roster(self, *, past: bool = False) -> Roster:
        """Return the pupils of the classes of this year, or of past years."""
        if past not in self._rosters:
            roster = Roster()
            async for _ in self.read_roster(roster, past=past):
                pass
        return self._rosters[past]

    async def read_roster(self, roster: Roster, *, past: bool = False) -> AsyncIterator[int]:
        """Fill a roster; yields how many groups it holds."""
        groups = [group.id for group in (await self.past_groups() if past else await self.groups())]
        size = self._settings.spellings.many if self._settings.spellings.rosters == "bulk" else 1
        for start in range(0, len(groups), size):
            await self._read_some(roster, groups[start : start + size])
            yield min(start + size, len(groups))
        self._rosters[past] = roster

    async def subjects(self) -> Sequence[Loose]:
        """Return the subjects of the current study year."""
        if self._subjects is None:
            path = f"/schools/{self.id}/subjects"
            self._subjects = list(loose_objects(await self._api.get(path), path))
        return self._subjects

    async def staff(self) -> Sequence[Loose]:
        """Return the members of the staff."""
        if self._staff is None:
            path = f"/schools/{self.id}/teachers"
            self._staff = list(loose_objects(await self._api.get(path), path))
        return self._staff

    async def staff_ids(self) -> frozenset[str]:
        """Return the ids of the staff."""
        if self._staff_ids is None:
            self._staff_ids = frozenset(each for person in await self.staff() if (each := person.id("id")))
        return self._staff_ids

    async def names_of_work_types(self) -> Mapping[str, str]:
        """Return the names of types of works by their numbers, which have no text twins; ambiguous ones are missing."""
        if self._work_types is None:
            path = f"/work-types/{self.id}"
            self._work_types = names_by_number(loose_objects(await self._api.get(path), path))
        return self._work_types

    async def _read_some(self, roster: Roster, groups: Sequence[str]) -> None:
        if self._settings.spellings.rosters == "bulk":
            try:
                answered = await self._api.many("/edu-groups", groups)
            except REFUSALS:
                # One group in the list is refused: each is asked alone, so that it holds nobody else back.
                pass
            else:
                self._enter(roster, groups, (Loose(each) for each in answered))
                return
        for group in groups:
            await self._read_one(roster, group)

    async def _read_one(self, roster: Roster, group: str) -> None:
        path = f"/edu-groups/{group}/persons"
        try:
            now = list(loose_objects(await self._api.get(path, (("includeArchive", "false"),)), path))
            ever = list(loose_objects(await self._api.get(path, (("includeArchive", "true"),)), path))
        except REFUSALS as error:
            self._patience.bear(error)
            roster.unread.append(group)
            return
        self._patience.restore()
        here = {person.id("id") for person in now}
        for person in now:
            _enter_one(roster, group, person, archived=False)
        for person in ever:
            if person.id("id") not in here:
                _enter_one(roster, group, person, archived=True)

    def _enter(self, roster: Roster, asked: Sequence[str], answered: Iterable[Loose]) -> None:
        """Take the pupils of the groups that were asked for, and nobody else's."""
        missing = dict.fromkeys(asked)
        for each in answered:
            group = each.inner("group").id("id")
            if group in missing:
                del missing[group]
                for student in each.items("students"):
                    archived = student.text("membershipstatus").lower() == ARCHIVE
                    _enter_one(roster, group, student.inner("person"), archived=archived)
        roster.unread.extend(missing)


def names_by_number(work_types: Iterable[Loose]) -> dict[str, str]:
    """Return names by numeric ids, without those that share one: rounding makes neighbours alike."""
    found: dict[str, str] = {}
    doubled = set()
    for each in work_types:
        number = as_identifier(each.get("id")) or ""
        if number in found:
            doubled.add(number)
        found[number] = each.text("title") or each.text("name") or each.text("kind")
    return {number: name for number, name in found.items() if number not in doubled}


def unread_groups(roster: Roster) -> Iterator[Problem]:
    """Say which groups gave no pupils: then nobody counts as gone."""
    if roster.unread:
        message = f"the platform gave no pupils of {len(roster.unread)} groups: {', '.join(roster.unread[:20])}"
        yield Problem(ProblemClass.TRANSIENT, message)


async def schools_of(api: Api, settings: DnevnikSettings) -> list[School]:
    """Return the schools to read; raise `ConnectorMisconfigured` if the account has several and none is named."""
    wanted = list(settings.schools)
    if not wanted:
        path = "/schools/person-schools"
        wanted = [each for school in loose_objects(await api.get(path), path) if (each := school.id("id"))]
        if len(wanted) != 1:
            detail = f"the account belongs to {len(wanted)} schools ({', '.join(wanted)}); name those to read"
            raise ConnectorMisconfigured(detail)
    return [School(identifier, api, settings) for identifier in dict.fromkeys(wanted)]


def study_year_of(day: date) -> int:
    """Return the year in which the study year of a day began."""
    return day.year if day.month >= SEPTEMBER else day.year - 1


def study_year_name(year: int | None) -> str:
    """Return «2025/2026»."""
    return f"{year}/{year + 1}" if year else ""


def _enter_one(roster: Roster, group: str, person: Loose, *, archived: bool) -> None:
    identifier = person.id("id") or ""
    roster.people.setdefault(identifier, person.raw)
    roster.memberships.append(Membership(group, identifier, archived))


def _groups_of(objects: Iterable[Loose], school: str) -> Iterator[Group]:
    for each in objects:
        parents = each.ids("parentids")
        yield Group(
            id=each.id("id") or "",
            number=each.get("id"),
            school=school,
            name=each.text("name") or each.text("fullname"),
            kind=each.text("type"),
            parent=parents[0] if parents else None,
            year=each.number("studyyear"),
            level=each.number("parallel"),
            archived=each.text("status").lower() == ARCHIVE,
            raw=each.raw,
        )


def _periods_of(objects: Iterable[Loose]) -> Iterator[Period]:
    dated = [
        (start, finish, each)
        for each in objects
        if (start := each.day("start")) and (finish := each.day("finish")) and each.id("id")
    ]
    dated.sort(key=lambda period: (period[0], period[1]))
    for place, (start, finish, each) in enumerate(dated):
        is_last = place == len(dated) - 1
        yield Period(
            id=each.id("id") or "",
            name=each.text("name"),
            kind=each.text("type"),
            number=each.number("number"),
            starts_on=start,
            ends_on=finish,
            until=finish if is_last else dated[place + 1][0] - timedelta(days=1),
            is_first=place == 0,
            is_last=is_last,
        )
