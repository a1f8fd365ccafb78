"""The reader of files that teachers gave to classes with their homework."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from core.sdk.connectors import FileData, Message, Partition, ReadRequest, make_record
from plugins.dnevnik.fields import Loose, as_identifier
from plugins.dnevnik.lessons import OVERLAP
from plugins.dnevnik.reading import Reader, Run
from plugins.dnevnik.school import SEPTEMBER, study_year_of
from plugins.dnevnik.settings import EDUCATION, FILES

_JANUARY_AFTER = 13


class HomeworkFiles(Reader):
    """Files of homework, a school and month at a time."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self.addresses: dict[str, str] = {}
        """Whole addresses of files whose address has a query, which is kept nowhere else."""

    async def partitions(self) -> Sequence[Partition]:
        """Return the months of this study year that have begun."""
        return [
            Partition(key=f"{school.id}:{start:%Y-%m}", title=f"{start:%m.%Y}", starts_on=start, ends_on=end)
            for start, end in reversed(list(_months(self.run.today)))
            for school in await self.run.schools()
        ]

    async def read(self, request: ReadRequest) -> AsyncIterator[Message]:
        """Yield each file for each work that it was given with."""
        school, _, month = request.partition.key.partition(":")
        start = date.fromisoformat(f"{month}-01")
        end = _end_of(start)
        bundle = await self.bundle(school, start - OVERLAP, end + OVERLAP)
        files = {key: file for file in bundle.items("files") for key in (file.id("id"), as_identifier(file.get("id")))}
        lessons = {lesson.id("id"): lesson.day("date") for lesson in bundle.items("lessons")}
        for work in bundle.items("works"):
            day = lessons.get(work.id("lesson")) or work.day("sentdate")
            if day is None or start <= day <= end:
                for file_id in work.ids("files"):
                    if file_id in files:
                        yield self._record(work, files[file_id])

    async def bundle(self, school: str, first: date, last: date) -> Loose:
        """Return the homework of an interval."""
        params = (("startDate", first.isoformat()), ("endDate", last.isoformat()))
        answer = await self.run.api.get(f"/users/me/school/{school}/homeworks", params, scope=f"{EDUCATION}, {FILES}")
        return Loose(answer if isinstance(answer, dict) else {})

    def _record(self, work: Loose, file: Loose) -> Message:
        identifier = file.id("id") or ""
        whole = file.text("downloadurl")
        address = urlunsplit(urlsplit(whole)._replace(query="", fragment=""))
        if address != whole:
            self.addresses[identifier] = whole
        key = f"{work.id('id')}:{identifier}" if work.id("id") else None
        fields = {
            "file_name": file.text("name"),
            "group": work.id("edugroup"),
            "title": work.text("text")[:500],
            "address": address,
            "file_id": identifier,
            "size": file.number("size"),
            "modified_at": _moment(file.text("uploadeddate"), self.run.connection.zone),
        }
        return make_record(key, FileData, fields, raw={**file.raw, "downloadUrl": address})


def _months(today: date) -> Iterator[tuple[date, date]]:
    year = study_year_of(today)
    for number in range(SEPTEMBER, SEPTEMBER + 12):
        start = date(year + number // _JANUARY_AFTER, (number - 1) % 12 + 1, 1)
        if start <= today:
            yield start, _end_of(start)


def _end_of(start: date) -> date:
    return (start.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    """Local wall time as a moment."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)
