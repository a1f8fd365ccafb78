"""The connector: four verbs, sign-in, and files."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

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
    Message,
    NeededScope,
    OpenAnswer,
    Partition,
    ReadRequest,
    SignInForm,
    State,
    Stream,
)
from core.sdk.errors import ConnectorBug, ConnectorTransient
from plugins.dnevnik import streams
from plugins.dnevnik.api import Api
from plugins.dnevnik.checking import Check
from plugins.dnevnik.finals import FinalResults
from plugins.dnevnik.homework import HomeworkFiles
from plugins.dnevnik.lessons import Lessons
from plugins.dnevnik.people import Enrolments, Guardians, Learners, Teachers
from plugins.dnevnik.reading import Reader, Run
from plugins.dnevnik.results import Attendance, Results, Teaching
from plugins.dnevnik.settings import COMMON, CONTACTS, EDUCATION, FILES, RELATIVES, DnevnikSettings
from plugins.dnevnik.structure import Groups, StudyPeriods, Subjects

NAME = "dnevnik"
_READING_POSTS = ("edu-groups", "lessons/many", "lessons/many/marks", "works/many", "users/many")
NO_FILES = {"text/html": (".html", ".htm"), "application/json": (".json",)}
"""What the platform says in place of a file, and the names of files that are really of that type."""

MANIFEST = ConnectorManifest(
    id=NAME,
    title="Dnevnik.ru",
    version="1.0",
    vendor="Deloteka",
    config_version=1,
    entities=frozenset(
        {
            EntityKind.STUDY_PERIODS,
            EntityKind.SUBJECTS,
            EntityKind.GROUPS,
            EntityKind.LEARNERS,
            EntityKind.STAFF,
            EntityKind.GUARDIANS,
            EntityKind.ENROLMENTS,
            EntityKind.RESULTS,
            EntityKind.FINAL_RESULTS,
            EntityKind.ATTENDANCE,
            EntityKind.FILES,
        }
    ),
    scopes=(
        NeededScope(scope=COMMON, reason="Says whose account it is, so that a connection cannot change its school."),
        NeededScope(scope=EDUCATION, reason="Classes, learners, lessons, marks and attendance stand behind it."),
        NeededScope(scope=CONTACTS, reason="E-mail addresses of the staff; asked for only if they are wanted."),
        NeededScope(scope=RELATIVES, reason="Legal representatives of learners; asked for only if they are wanted."),
        NeededScope(scope=FILES, reason="Files of homework; asked for only if they are wanted."),
    ),
    requests=(
        AllowedRequest(method="POST", path="*/authorizations"),
        *(AllowedRequest(method="POST", path=f"*/{name}") for name in _READING_POSTS),
    ),
    rate=2.0,
)


class DnevnikConnector(Connector):
    """Reads the schools of one account at one installation of the platform."""

    name = NAME

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        settings = connection.configuration
        if not isinstance(settings, DnevnikSettings):
            detail = "the connection was made with another configuration"
            raise ConnectorBug(detail)
        self.settings = settings
        self.api = Api(connection, settings)
        self.run = Run(connection=connection, settings=settings, api=self.api)
        lessons = Lessons(self.run)
        self.homework = HomeworkFiles(self.run)
        self._readers: Mapping[str, Reader] = {
            streams.GROUPS: Groups(self.run),
            streams.STUDY_PERIODS: StudyPeriods(self.run),
            streams.SUBJECTS: Subjects(self.run, lessons),
            streams.TEACHERS: Teachers(self.run),
            streams.LEARNERS: Learners(self.run),
            streams.GUARDIANS: Guardians(self.run),
            streams.ENROLMENTS: Enrolments(self.run),
            streams.RESULTS: Results(self.run, lessons),
            streams.TEACHING: Teaching(self.run, lessons),
            streams.FINAL_RESULTS: FinalResults(self.run, lessons),
            streams.ATTENDANCE: Attendance(self.run, lessons),
            streams.HOMEWORK_FILES: self.homework,
        }

    @classmethod
    async def spec(cls) -> ConnectorSpec:
        """Return manifest and configuration model."""
        return ConnectorSpec(manifest=MANIFEST, configuration=DnevnikSettings)

    @classmethod
    def hosts(cls, configuration: BaseModel) -> Hosts:
        """Return the host of the API; the sign-in page is opened by the operator's browser."""
        settings = DnevnikSettings.model_validate(configuration)
        return Hosts(api=(settings.host,), plain=settings.base_url.startswith("http://"))

    async def check(self) -> CheckResult:
        """Say whose account it is, which schools it has, and which scopes are missing."""
        return await Check(self.run, await self.discover(), self.homework).result()

    async def discover(self) -> Sequence[Stream]:
        """Return the streams that the configuration wants."""
        return streams.streams_of(self.settings)

    async def partitions(self, stream: str) -> Sequence[Partition]:
        """Return the parts of a stream."""
        return await self._reader(stream).partitions()

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Yield a part, and say in the end that it was read."""
        async for message in self._reader(request.stream).read(request):
            yield message
        yield State(cursor=request.started_at.isoformat())

    @asynccontextmanager
    async def download(self, file: FileData) -> AsyncIterator[OpenAnswer]:
        """Open a file at its whole address, without a token; a page or an error object is no file."""
        address = self.homework.addresses.get(file.file_id, file.address)
        async with self.connection.http.stream(address) as answer:
            kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind in NO_FILES and not file.file_name.lower().endswith(NO_FILES[kind]):
                detail = f"instead of the file came {kind} (status {answer.status})"
                raise ConnectorTransient(detail)
            yield answer

    async def sign_in_form(self, *, state: str, redirect_uri: str) -> SignInForm:
        """Return the address of the platform's sign-in page."""
        return self.api.sign_in_form(state=state, redirect_uri=redirect_uri)

    async def complete_sign_in(self, *, code: str, redirect_uri: str) -> None:
        """Exchange the code for tokens and save them."""
        del redirect_uri
        await self.api.complete_sign_in(code)

    def _reader(self, stream: str) -> Reader:
        reader = self._readers.get(stream)
        if reader is None:
            detail = f"there is no stream {stream!r}"
            raise ConnectorBug(detail)
        return reader
