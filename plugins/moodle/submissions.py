"""Files that learners hand in."""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from posixpath import basename
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit
from zoneinfo import ZoneInfo

from core.sdk.connectors import (
    FileData,
    HttpClient,
    Message,
    OpenAnswer,
    Problem,
    ProblemClass,
    ReadRequest,
    State,
    make_record,
)
from core.sdk.errors import ConnectorMisconfigured, ConnectorTransient
from plugins.moodle.catalogue import Course
from plugins.moodle.errors import FunctionRefused, error_of
from plugins.moodle.needs import needed_by
from plugins.moodle.people import Site
from plugins.moodle.texts import identifier, line, moment, whole
from plugins.moodle.webservice import WebService, objects_of, warnings_of

ASSIGNMENTS: Final = "mod_assign_get_assignments"
SUBMISSIONS: Final = "mod_assign_get_submissions"
OVERLAP: Final = timedelta(days=1)
_NO_ACCESS: Final = frozenset({"1", "2"})
_FILES: Final = "/pluginfile.php"
_FILE_SERVICE: Final = "/webservice/pluginfile.php"
_LONGEST_ERROR: Final = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where reading of a course stands: until when, and of which assignments."""

    since: int = 0
    assignments: frozenset[int] = frozenset()

    @classmethod
    def of(cls, text: str | None) -> "Cursor":
        """Return what was stated last; whatever cannot be read is a beginning."""
        try:
            said = json.loads(text or "")
            return cls(since=int(said["since"]), assignments=frozenset(map(int, said["assignments"])))
        except (ValueError, KeyError, TypeError):
            return cls()

    def __str__(self) -> str:
        return json.dumps({"since": self.since, "assignments": sorted(self.assignments)})


async def submissions(site: Site, course: Course, request: ReadRequest) -> AsyncIterator[Message]:
    """Files of submissions since the last run; an assignment that is new to us is read from its beginning."""
    cursor = Cursor.of(request.cursor)
    found = await _assignments(site, course)
    oldest = start_of(request, site.zone)
    known = {number for number in found if number in cursor.assignments}
    since = cursor.since - int(OVERLAP.total_seconds())
    refused: set[int] = set()
    for part, begin in ((known, max(since, oldest)), (set(found) - known, oldest)):
        if part:
            value = await site.service.call(SUBMISSIONS, assignmentids=sorted(part), since=begin)
            refused |= _refused(value, len(found))
            for assignment in objects_of(value, SUBMISSIONS, "assignments"):
                title = found.get(assignment.get("assignmentid", 0), "")
                for submission in assignment.get("submissions") or ():
                    for message in _files(submission, title):
                        yield message
    for number in sorted(refused):
        detail = f"{SUBMISSIONS}: the service account may not read this assignment; needed: {needed_by(SUBMISSIONS)}"
        yield Problem(ProblemClass.RECORD, detail, external_id=f"assignment {number}", raw={"assignmentid": number})
    # Once the account may read them, those are read from their beginning.
    read = frozenset(found) - refused
    yield State(str(Cursor(since=int(request.started_at.timestamp()), assignments=read)))


def _refused(value: object, everything: int) -> set[int]:
    """The assignments that the account may not read; raises if those are all there are: then its role lacks a right."""
    refused = {number for each in no_access(value) if (number := whole(each.get("itemid"))) is not None}
    if len(refused) == everything:
        refuse_no_access(value, SUBMISSIONS)
    return refused


def start_of(request: ReadRequest, zone: ZoneInfo) -> int:
    """Return the moment before which the operator wants nothing, seconds since 1970."""
    if request.since is None:
        return 0
    return int(datetime.combine(request.since, datetime.min.time(), zone).timestamp())


async def _assignments(site: Site, course: Course) -> dict[int, str]:
    value = await site.service.call(ASSIGNMENTS, courseids=[course.id], includenotenrolledcourses=True)
    refuse_no_access(value, ASSIGNMENTS)
    listed = objects_of(value, ASSIGNMENTS, "courses")
    each_of = (each for one in listed for each in one.get("assignments") or () if isinstance(each, Mapping))
    return {each["id"]: line(each.get("name")) for each in each_of if isinstance(each.get("id"), int)}


def no_access(value: object) -> list[Mapping[str, Any]]:
    """Return the warnings that say that the account may not look: the data beside them are not complete."""
    return [each for each in warnings_of(value) if str(each.get("warningcode")) in _NO_ACCESS]


def refuse_no_access(value: object, function: str) -> None:
    """Raise if a warning says that the account may not look."""
    refused = no_access(value)
    if refused:
        where = ", ".join(f"{each.get('item')} {each.get('itemid')}" for each in refused[:5])
        detail = f"{function}: the service account may not read {where}; needed: {needed_by(function)}"
        raise ConnectorMisconfigured(detail, function=function)


def _files(submission: Mapping[str, Any], title: str) -> Iterator[Message]:
    if submission.get("status") != "submitted":
        return
    for plugin in submission.get("plugins") or ():
        for area in plugin.get("fileareas") or ():
            for file in area.get("files") or ():
                yield _file(submission, str(area.get("area", "")), file, title)


def _file(submission: Mapping[str, Any], area: str, file: Mapping[str, Any], title: str) -> Message:
    number = identifier(submission.get("id"))
    path, name = str(file.get("filepath") or "/"), file.get("filename")
    if not name:
        # Older sites put the name at the end of the path, and nowhere else.
        path, name = path.rpartition("/")[0] + "/", basename(path)
    key = number and f"{number}:{area}:{path}{name}"
    group, learner = submission.get("groupid"), submission.get("userid")
    fields = {
        "file_name": name,
        "learner": identifier(learner) if learner else None,
        "group": f"group-{group}" if group and not learner else None,
        "title": title,
        "address": stable_address(file.get("fileurl")),
        "file_id": key or "",
        "size": file.get("filesize"),
        "modified_at": moment(file.get("timemodified")) or moment(submission.get("timemodified")),
    }
    own = {
        name: submission[name] for name in ("id", "userid", "groupid", "attemptnumber", "status") if name in submission
    }
    raw = {**own, "area": area, "file": dict(file)}
    return make_record(key, FileData, fields, raw=raw, source_updated_at=moment(submission.get("timemodified")))


def stable_address(address: object) -> str:
    """Return the address of a file as it is kept: readable, without a query, through the web service."""
    if not isinstance(address, str):
        return ""
    parts = urlsplit(address)
    path = unquote(parts.path)
    if _FILE_SERVICE not in path:
        path = path.replace(_FILES, _FILE_SERVICE, 1)
    return f"{parts.scheme}://{parts.netloc}{path}"


@asynccontextmanager
async def download(http: HttpClient, service: WebService, address: str) -> AsyncIterator[OpenAnswer]:
    """Open a file; the token goes along only if it lies at the site itself, whatever the site calls itself."""
    siteurl = (await service.about()).siteurl
    if address.startswith(f"{siteurl}/"):
        address = service.base + address.removeprefix(siteurl)
    scheme, _, rest = address.partition("://")
    host, slash, path = rest.partition("/")
    secrets = service.file_secrets() if address.startswith(f"{service.base}/") else ()
    opening = http.stream(f"{scheme}://{host}{slash}{quote(path)}", secret_params=secrets)
    async with checked(opening, address) as answer:
        yield answer


@asynccontextmanager
async def checked(opening: AbstractAsyncContextManager[OpenAnswer], address: str) -> AsyncIterator[OpenAnswer]:
    """Refuse what is no file: Moodle says in JSON and with status 200 that a token is bad, a wall shows a page."""
    async with opening as answer:
        media = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        name = address.lower()
        if media == "text/html" and not name.endswith((".html", ".htm")):
            detail = "a page came instead of a file"
            raise ConnectorTransient(detail)
        if media != "application/json":
            yield answer
            return
        start, chunks = await _beginning(answer.chunks)
        _refuse_error(start)
        yield OpenAnswer(status=answer.status, headers=answer.headers, chunks=_joined(start, chunks))


async def _beginning(chunks: AsyncIterator[bytes]) -> tuple[bytes, AsyncIterator[bytes]]:
    start = bytearray()
    async for chunk in chunks:
        start += chunk
        if len(start) > _LONGEST_ERROR:
            break
    return bytes(start), chunks


async def _joined(start: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield start
    async for chunk in rest:
        yield chunk


def _refuse_error(start: bytes) -> None:
    """A file may be JSON itself: only an object that names an error of Moodle is one."""
    try:
        value = json.loads(start) if len(start) <= _LONGEST_ERROR else None
    except ValueError:
        return
    error = error_of(value, "pluginfile.php")
    if isinstance(error, FunctionRefused):
        detail = "the service may not hand out files: switch on «Can download files» in the service"
        raise ConnectorMisconfigured(detail)
    if error is not None and isinstance(value, dict) and value.get("errorcode"):
        raise error
