"""The connector of Moodle."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import ClassVar, Final
from urllib.parse import urlsplit

from pydantic import BaseModel

from core.sdk.connectors import (
    AllowedRequest,
    CheckResult,
    Connection,
    Connector,
    ConnectorManifest,
    ConnectorSpec,
    EntityKind,
    FileData,
    Hosts,
    LearnerData,
    Message,
    OpenAnswer,
    Partition,
    ReadRequest,
    StaffData,
    State,
    Stream,
)
from core.sdk.errors import ConnectorBug
from plugins.moodle import people
from plugins.moodle.awards import Certificates, badge_partitions, badges
from plugins.moodle.catalogue import Catalogue, Course
from plugins.moodle.checking import check
from plugins.moodle.configuration import MoodleConfiguration
from plugins.moodle.grades import GradeBooks, activity_completions, course_completions
from plugins.moodle.rosters import Rosters
from plugins.moodle.streams import PER_COURSE, SCOPES, streams_of
from plugins.moodle.submissions import download, submissions
from plugins.moodle.webservice import REST, WebService, host_of

VERSION: Final = "1.0.0"
COMPLETE: Final = "complete"
"""The cursor of a stream that is read as a whole every time; nobody reads it."""

MANIFEST: Final = ConnectorManifest(
    id="moodle",
    title="Moodle",
    version=VERSION,
    vendor="Deloteka",
    config_version=1,
    entities=frozenset(
        {
            EntityKind.SUBJECTS,
            EntityKind.GROUPS,
            EntityKind.LEARNERS,
            EntityKind.STAFF,
            EntityKind.ENROLMENTS,
            EntityKind.RESULTS,
            EntityKind.FINAL_RESULTS,
            EntityKind.AWARDS,
            EntityKind.FILES,
        }
    ),
    scopes=SCOPES,
    # Every function of the web service is asked by POST, so that the token stands in no address; all of them only read.
    requests=(AllowedRequest(method="POST", path=f"*{REST}"),),
)

_OfCourse = Callable[[Course], AsyncIterator[Message]]
_OfSite = Callable[[], AsyncIterator[Message]]


class Moodle(Connector):
    """Reads a Moodle site through its REST web service."""

    name: ClassVar[str] = "moodle"

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        configuration = connection.configuration
        if not isinstance(configuration, MoodleConfiguration):
            detail = "the configuration is none of Moodle"
            raise ConnectorBug(detail)
        service = WebService(connection.http, configuration)
        catalogue = Catalogue(service, configuration, connection.zone)
        self._site = people.Site(
            service=service,
            configuration=configuration,
            catalogue=catalogue,
            rosters=Rosters(service, catalogue, configuration),
            zone=connection.zone,
            clock=connection.clock,
        )
        self._books = GradeBooks(self._site)
        self._certificates = Certificates(self._site)

    @classmethod
    async def spec(cls) -> ConnectorSpec:
        """Return manifest and configuration."""
        return ConnectorSpec(manifest=MANIFEST, configuration=MoodleConfiguration)

    @classmethod
    def hosts(cls, configuration: BaseModel) -> Hosts:
        """Return the host of the site; its files lie there too."""
        assert isinstance(configuration, MoodleConfiguration)  # noqa: S101 - the host made it of our own model
        plain = urlsplit(configuration.site_url).scheme == "http"
        return Hosts(api=(host_of(configuration.site_url),), plain=plain)

    async def check(self) -> CheckResult:
        """Say whose token it is, and what each stream lacks."""
        return await check(self._site, await self.discover())

    async def discover(self) -> Sequence[Stream]:
        """Return what the operator wants."""
        return streams_of(self._site.configuration)

    async def partitions(self, stream: str) -> Sequence[Partition]:
        """Return courses, or blocks of users for badges."""
        if stream == "badges":
            return await badge_partitions(self._site)
        if stream not in PER_COURSE:
            return (Partition(),)
        courses = await self._site.catalogue.courses()
        # A course that is closed to us has been reported with the learners; if all are, each stream says so itself.
        open_ones = [each for each in courses if not self._site.rosters.is_closed(each)]
        ends = stream not in {"groups", "enrolments"}
        return [each.partition(ends=ends) for each in open_ones or courses]

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Yield one partition; streams that are read as a whole state so at their end."""
        if request.stream == "submissions":
            reading = submissions(self._site, await self._course(request), request)
        elif request.stream in {"certificates", "certificate_files"}:
            own = self._certificates
            reading = own.awards(request) if request.stream == "certificates" else own.files(request)
        elif request.stream in PER_COURSE:
            reading = self._whole(self._of_courses()[request.stream](await self._course(request)))
        elif request.stream == "badges":
            reading = self._whole(badges(self._site, request.partition))
        else:
            reading = self._whole(self._of_site()[request.stream]())
        async for message in reading:
            yield message

    async def _course(self, request: ReadRequest) -> Course:
        return await self._site.catalogue.course(request.partition.key)

    @staticmethod
    async def _whole(reading: AsyncIterator[Message]) -> AsyncIterator[Message]:
        async for message in reading:
            yield message
        yield State(COMPLETE)

    def _of_courses(self) -> dict[str, _OfCourse]:
        site = self._site
        return {
            "groups": lambda course: people.groups(site, course),
            "enrolments": lambda course: people.enrolments(site, course),
            "grades": self._books.grades,
            "final_grades": self._books.finals,
            "course_completions": lambda course: course_completions(site, course),
            "activity_completions": lambda course: activity_completions(site, course),
        }

    def _of_site(self) -> dict[str, _OfSite]:
        site = self._site
        return {
            "courses": lambda: people.subjects(site),
            "learners": lambda: people.persons(site, LearnerData),
            "teachers": lambda: people.persons(site, StaffData),
            "cohorts": lambda: people.cohorts(site),
            "cohort_members": lambda: people.cohort_members(site),
        }

    def download(self, file: FileData) -> AbstractAsyncContextManager[OpenAnswer]:
        """Open a submitted file, or let the site render a certificate."""
        if self._certificates.owns(file):
            return self._certificates.download(file)
        return download(self.connection.http, self._site.service, file.address)
