"""Badges and certificates."""

import base64
import binascii
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final

from core.sdk.connectors import (
    AwardData,
    FileData,
    Message,
    OpenAnswer,
    Partition,
    Problem,
    ProblemClass,
    Progress,
    ReadRequest,
    State,
    make_record,
)
from core.sdk.errors import ConnectorBug, ConnectorRecordRefused, ConnectorTransient
from plugins.moodle.people import Site, incomplete
from plugins.moodle.rosters import BUILT_IN
from plugins.moodle.submissions import start_of
from plugins.moodle.texts import day, identifier, line, moment, plain
from plugins.moodle.webservice import objects_of

BADGES: Final = "core_badges_get_user_badges"
CERTIFICATES: Final = "mod_customcert_list_issues"
USERS_OF_A_PART: Final = 100
"""Badges are asked for one user after the other; so many users are read, and repeated, together."""
PAGE: Final = 100
PDF_PAGE: Final = 5
"""The site renders every PDF on the fly."""
MOST_PDF_PAGES: Final = 20
SHARED: Final = 10
"""Certificates that two pages have in common: the list is newest first, so it shifts while it is read."""
MOST_PAGES: Final = 2_000
OVERLAP: Final = timedelta(days=1)
_FILE: Final = "certificate"


async def badge_partitions(site: Site) -> list[Partition]:
    """Return the blocks of users, by their ids: a block stays the same whoever comes or goes."""
    async for _ in site.rosters.read_all():
        pass
    users = await site.rosters.everybody(site.configuration.learner_roles)
    blocks = sorted({user // USERS_OF_A_PART for user in users}, reverse=True)
    return [Partition(key=str(block), title=_users(block)) for block in blocks]


def _users(block: int) -> str:
    return f"{block * USERS_OF_A_PART}–{(block + 1) * USERS_OF_A_PART - 1}"


async def badges(site: Site, partition: Partition) -> AsyncIterator[Message]:
    """Badges of the learners of one block."""
    async for message in site.rosters.read_all():
        yield message
    everybody = await site.rosters.everybody(site.configuration.learner_roles)
    users = [user for user in everybody if str(user // USERS_OF_A_PART) == partition.key]
    for done, user in enumerate(users):
        yield Progress(done, len(users))
        try:
            value = await site.service.call(BADGES, userid=user)
        except ConnectorRecordRefused as error:
            yield Problem(ProblemClass.TRANSIENT, f"user {user} is not there any more: {error}")
            continue
        for raw in objects_of(value, BADGES, "badges"):
            yield _badge(site, user, raw)
    # The other blocks are read all the same.
    for rest in incomplete(site, ProblemClass.TRANSIENT):
        yield rest


def _badge(site: Site, user: int, raw: Mapping[str, Any]) -> Message:
    fields = {
        "learner": str(user),
        "title": line(raw.get("name")),
        "award_kind": "badge",
        "issuer": line(raw.get("issuername")),
        "awarded_on": day(raw.get("dateissued"), site.zone),
        "expires_on": day(raw.get("dateexpire"), site.zone),
        "ground": plain(raw.get("description"), 1)[:500],
    }
    shown = {name: value for name, value in raw.items() if not name.startswith(("image", "badgeurl"))}
    return make_record(identifier(raw.get("uniquehash")), AwardData, fields, raw=shown)


class Certificates:
    """Certificates of the plugin «Custom certificate», as awards and as files."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._listed: dict[int, list[dict[str, Any]]] = {}

    async def awards(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Certificates issued since the last run."""
        async for raw in self._since(request):
            if isinstance(raw, Progress):
                yield raw
            else:
                yield self._award(raw)
        yield State(str(int(request.started_at.timestamp())))

    async def files(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Their PDF files; each is rendered only when it is fetched."""
        async for raw in self._since(request):
            if isinstance(raw, Progress):
                yield raw
            else:
                yield self._file(raw)
        yield State(str(int(request.started_at.timestamp())))

    async def _since(self, request: ReadRequest) -> AsyncIterator[dict[str, Any] | Progress]:
        stated = request.cursor if request.cursor and request.cursor.isdigit() else "0"
        since = max(int(stated) - int(OVERLAP.total_seconds()), start_of(request, self._site.zone), 0)
        known = self._listed.get(since)
        if known is None:
            known = []
            async for page in self._pages(since):
                known += page
                yield Progress(len(known))
            self._listed[since] = known
        strangers = await self._known_without_being_learners()
        seen: set[object] = set()
        for raw in known:
            number, user = _issue(raw).get("id"), raw.get("user") or {}
            if user.get("username") in BUILT_IN or user.get("id") in strangers:
                continue
            if number is None or number not in seen:
                seen.add(number)
                yield raw

    async def _known_without_being_learners(self) -> set[int]:
        """Teachers get certificates too; those are no awards of learners."""
        learners = await self._site.rosters.everybody(self._site.configuration.learner_roles)
        return set(self._site.rosters.people) - set(learners)

    async def _pages(self, since: int) -> AsyncIterator[list[dict[str, Any]]]:
        """Yield pages that share some certificates, so that a list which shifts meanwhile is noticed."""
        offset = 0
        before: list[object] = []
        for _ in range(MOST_PAGES):
            value = await self._site.service.call(CERTIFICATES, timecreatedfrom=since, limit=PAGE, offset=offset)
            page = objects_of(value, CERTIFICATES)
            ids = [_issue(each).get("id") for each in page]
            if before and (ids == before or not set(ids) & set(before)):
                detail = f"{CERTIFICATES}: the list of certificates changed while it was read, or pages are ignored"
                raise ConnectorTransient(detail)
            yield page
            if len(page) <= SHARED:
                return
            offset, before = offset + len(page) - SHARED, ids

    def _award(self, raw: Mapping[str, Any]) -> Message:
        issue, template = _issue(raw), raw.get("template") or {}
        fields = {
            "learner": identifier((raw.get("user") or {}).get("id")),
            "title": line(template.get("name")),
            "award_kind": "certificate",
            "number": line(issue.get("code")),
            "awarded_on": day(issue.get("timecreated"), self._site.zone),
        }
        key = identifier(issue.get("id"))
        return make_record(key, AwardData, fields, raw=_shown(raw), source_updated_at=moment(issue.get("timecreated")))

    def _file(self, raw: Mapping[str, Any]) -> Message:
        issue, template = _issue(raw), raw.get("template") or {}
        number, user, code = (
            identifier(each) for each in (issue.get("id"), (raw.get("user") or {}).get("id"), issue.get("code"))
        )
        title = line(template.get("name"))
        fields = {
            "file_name": f"{title} {code or number}.pdf".strip().replace("/", "-"),
            "learner": user,
            "title": title,
            "issued_on": day(issue.get("timecreated"), self._site.zone),
            "address": f"{self._site.service.base}/mod/customcert/verify_certificate.php",
            "file_id": f"{_FILE}:{issue.get('customcertid')}:{user}:{number}",
            "modified_at": moment(issue.get("timecreated")),
        }
        return make_record(
            number, FileData, fields, raw=_shown(raw), source_updated_at=moment(issue.get("timecreated"))
        )

    @staticmethod
    def owns(file: FileData) -> bool:
        """Whether the bytes of this file come from the plugin of certificates."""
        return file.file_id.startswith(f"{_FILE}:")

    @asynccontextmanager
    async def download(self, file: FileData) -> AsyncIterator[OpenAnswer]:
        """Let the site render one certificate."""
        _, certificate, user, number = file.file_id.split(":")
        content = await self._rendered(certificate, user, number)
        yield OpenAnswer(status=200, headers={"content-type": "application/pdf"}, chunks=_once(content))

    async def _rendered(self, certificate: str, user: str, number: str) -> bytes:
        asked = {"customcertid": certificate, "userid": user, "includepdf": True, "limit": PDF_PAGE}
        for offset in range(0, PDF_PAGE * MOST_PDF_PAGES, PDF_PAGE):
            page = objects_of(await self._site.service.call(CERTIFICATES, **asked, offset=offset), CERTIFICATES)
            for raw in page:
                if identifier(_issue(raw).get("id")) == number:
                    return _bytes_of(raw.get("pdf") or {})
            if not page:
                break
        detail = "the site has no such certificate any more"
        raise ConnectorRecordRefused(detail)


def _issue(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    issue = raw.get("issue")
    return issue if isinstance(issue, Mapping) else {}


def _shown(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if name != "pdf"}


def _bytes_of(pdf: Mapping[str, Any]) -> bytes:
    content = pdf.get("content")
    if not pdf.get("haspdf") or not isinstance(content, str):
        detail = "the site made no PDF of this certificate"
        raise ConnectorRecordRefused(detail)
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError) as error:
        detail = f"{CERTIFICATES}: the PDF is not encoded as announced"
        raise ConnectorBug(detail) from error


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
