"""What every reader of a stream stands on."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from core.sdk.connectors import Connection, Message, Partition, Problem, ProblemClass, ReadRequest
from core.sdk.errors import ConnectorBug, ConnectorError
from plugins.dnevnik.api import Api
from plugins.dnevnik.school import SEPTEMBER, Group, Period, Roster, School, schools_of, study_year_of
from plugins.dnevnik.settings import DnevnikSettings

PAST = "past"


@dataclass(slots=True, kw_only=True)
class Run:
    """One run of the connector: what it works with and what it has read so far."""

    connection: Connection
    settings: DnevnikSettings
    api: Api
    _schools: list[School] = field(default_factory=list)

    @property
    def today(self) -> date:
        """Of the institution."""
        return self.connection.today

    async def schools(self) -> Sequence[School]:
        """Return the schools to read."""
        if not self._schools:
            self._schools = await schools_of(self.api, self.settings)
        return self._schools

    async def school(self, identifier: str) -> School:
        """Return one of the schools; raise `ConnectorBug` for a partition that is none of this configuration."""
        for school in await self.schools():
            if school.id == identifier:
                return school
        detail = f"school {identifier} is none of those that the connection reads"
        raise ConnectorBug(detail)

    async def group(self, identifier: str) -> tuple[School, Group]:
        """Return a group and its school."""
        for school in await self.schools():
            group = await school.find(identifier)
            if group is not None:
                return school, group
        detail = f"group {identifier} is no longer among those of the school"
        raise ConnectorBug(detail)

    async def frame(self, partition: Partition) -> tuple[School, Group, Period]:
        """Return what the key of a class and reporting period stands for."""
        group_id, _, period_id = partition.key.partition(":")
        school, group = await self.group(group_id)
        for period in await school.periods(group):
            if period.id == period_id:
                return school, group, period
        detail = f"the class has no reporting period {period_id} any more"
        raise ConnectorBug(detail)


class Reader(ABC):
    """Reads one stream."""

    def __init__(self, run: Run) -> None:
        self.run = run

    @abstractmethod
    async def partitions(self) -> Sequence[Partition]:
        """Return the parts, the most recent first."""

    @abstractmethod
    def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Yield the records of a part; the state is said by the connector."""


class ReaderBySchool(Reader):
    """Reads a stream in one part a school; with past years, in one more that ends with the last of them."""

    has_past = False

    async def partitions(self) -> Sequence[Partition]:
        """Return the parts."""
        schools = await self.run.schools()
        now = [Partition(key=school.id) for school in schools]
        if not self.has_past or not self.run.settings.past_years:
            return now
        end = date(study_year_of(self.run.today), SEPTEMBER - 1, 31)
        return [*now, *(Partition(key=f"{school.id}:{PAST}", ends_on=end) for school in schools)]

    async def asked(self, request: ReadRequest) -> tuple[School, bool]:
        """Return the school of a part, and whether past years are meant."""
        identifier, _, past = request.partition.key.partition(":")
        return await self.run.school(identifier), past == PAST


class ReaderByPeriod(Reader):
    """Reads a stream in one part for each class and reporting period that has begun."""

    async def partitions(self) -> Sequence[Partition]:
        """Return the parts; a period that has not begun has nothing to read."""
        found = [
            Partition(
                key=f"{group.id}:{period.id}",
                title=f"{group.name}, {period.name}",
                starts_on=period.starts_on,
                ends_on=period.ends_on,
            )
            for school in await self.run.schools()
            for group in await school.with_journals()
            for period in await school.periods(group)
            if period.starts_on <= self.run.today
        ]
        found.sort(key=lambda partition: partition.starts_on or self.run.today, reverse=True)
        return found


def strangers(partition: str, count: int, roster: Roster) -> Iterator[Problem]:
    """Say that somebody's records were left out; if their class could not be read, the part is incomplete."""
    if not count:
        return
    if roster.unread:
        message = (
            f"records of {count} persons were left out, because the pupils of {len(roster.unread)} groups are unknown"
        )
        yield Problem(ProblemClass.TRANSIENT, message)
        return
    message = f"records of {count} persons who are in no class that was read; they are left out"
    yield Problem(ProblemClass.RECORD, message, external_id=f"strangers:{partition}")


def left_out(message: str, error: ConnectorError) -> Problem:
    """Return the problem of something that was refused in the middle: the part counts as incomplete."""
    return Problem(ProblemClass.TRANSIENT, f"{message}: {error.detail}")
