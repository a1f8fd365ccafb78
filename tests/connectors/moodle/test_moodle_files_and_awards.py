"""Submitted files, badges and certificates."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest

from core.devkit.bench import START, Bench
from core.devkit.faults import FaultAnswer, Refusal
from core.devkit.running import Outcome
from core.sdk.connectors import AwardData, FileData, HttpClient, OpenAnswer, Parameters, State, StreamState
from core.sdk.errors import (
    ConnectorAuthFailed,
    ConnectorError,
    ConnectorMisconfigured,
    ConnectorRecordRefused,
    ConnectorTransient,
)
from plugins.moodle.connector import Moodle
from plugins.moodle.simulator.generate import EPOCH, hand_in
from plugins.moodle.simulator.platform import SimulatedMoodle
from plugins.moodle.simulator.site import Assignment, CertificateIssue, StoredFile
from plugins.moodle.simulator.switches import ForgetsFilter
from plugins.moodle.submissions import Cursor, checked, download
from tests.connectors.moodle.conftest import messages_of, records_of

SUBMISSIONS = "mod_assign_get_submissions"
CERTIFICATES = "mod_customcert_list_issues"
DAY = 86_400


async def test_a_submitted_file_belongs_to_its_learner_and_its_address_has_no_token(
    moodle: SimulatedMoodle, bench: Bench
) -> None:
    found = await records_of(bench, "submissions")
    assert found["2008:submission_files:/rabota-student8.txt"].data == FileData(
        file_name="rabota-student8.txt",
        learner="8",
        title="Контрольная работа 1",
        address=(
            "https://moodle.example/school/webservice/pluginfile.php/2138/assignsubmission_file/submission_files/2008/"
            "rabota-student8.txt"
        ),
        file_id="2008:submission_files:/rabota-student8.txt",
        size=len(moodle.site.courses[2].assignments[2000].submissions[2008].files[0].content),
        modified_at=datetime.fromtimestamp(EPOCH - DAY, UTC),
    )


async def test_names_that_an_address_cannot_hold_are_fetched_all_the_same(
    moodle: SimulatedMoodle, bench: Bench
) -> None:
    handed = moodle.site.courses[2].assignments[2000].submissions[2008]
    handed.files = [
        StoredFile(filename=name, content=name.encode(), mimetype="text/plain", timemodified=EPOCH)
        for name in ("сочинение № 1 (100%).txt", "a?b#c.txt")
    ]
    assert (await bench.run()).outcome is Outcome.COMPLETE
    sizes = {key: each.size for (_, key), each in bench.kept.files.items() if key.startswith("2008:")}
    assert sizes == {f"2008:submission_files:/{file.filename}": len(file.content) for file in handed.files}


async def test_work_of_a_group_belongs_to_the_group_and_drafts_to_nobody(moodle: SimulatedMoodle, bench: Bench) -> None:
    assignment = moodle.site.courses[2].assignments[2000]
    assignment.submissions = {}
    hand_in(assignment, 2100, 0, EPOCH).groupid = 1
    hand_in(assignment, 2101, 6, EPOCH).status = "draft"
    found = {key: each for key, each in (await records_of(bench, "submissions")).items() if key.startswith("2")}
    assert [(each.data.learner, each.data.group) for each in found.values() if isinstance(each.data, FileData)] == [
        (None, "group-1")
    ]


async def test_an_older_site_puts_the_name_at_the_end_of_the_path(moodle: SimulatedMoodle, bench: Bench) -> None:
    file = moodle.site.courses[2].assignments[2000].submissions[2008].files[0]
    file.filename, file.filepath = "", "/papka/rabota.txt"
    found = await records_of(bench, "submissions")
    assert "2008:submission_files:/papka/rabota.txt" in found


async def test_later_runs_ask_since_the_last_one_with_a_day_of_overlap(moodle: SimulatedMoodle, bench: Bench) -> None:
    await bench.run()
    bench.now += timedelta(days=7)
    moodle.site.courses[2].assignments[2500] = Assignment(id=2500, cmid=2500, contextid=2638, name="Реферат")
    hand_in(moodle.site.courses[2].assignments[2500], 2501, 6, EPOCH - 30 * DAY)
    moodle.calls.clear()
    report = await bench.run()
    asked = {str(given["assignmentids"]): given["since"] for name, given in moodle.calls if name == SUBMISSIONS}
    began = int(START.timestamp()) - DAY
    # An assignment that is new to us is read from its beginning, however old its submissions are.
    assert asked == {"['3000']": str(began), "['2000']": str(began), "['2500']": "0"}
    assert report.counts.new == 1


@pytest.mark.parametrize("text", [None, "", "complete", "{}", '{"since": "x", "assignments": []}', "[]"])
def test_a_cursor_that_cannot_be_read_is_a_beginning(text: str | None) -> None:
    assert Cursor.of(text) == Cursor()
    cursor = Cursor(since=7, assignments=frozenset({3, 1}))
    assert Cursor.of(str(cursor)) == cursor


async def test_an_assignment_that_is_closed_to_us_is_named_and_read_once_it_is_open(
    moodle: SimulatedMoodle, bench: Bench
) -> None:
    course = moodle.site.courses[2]
    course.assignments[2500] = Assignment(id=2500, cmid=2500, contextid=2638, name="Реферат", closed=True)
    hand_in(course.assignments[2500], 2501, 6, EPOCH - 30 * DAY)
    report = await bench.run()
    assert report.outcome is Outcome.PARTIAL
    assert list(bench.kept.open_letters()) == [("submissions", "assignment 2500")]
    assert len([key for key in bench.kept.files if key[0] == "submissions"]) == 2
    course.assignments[2500].closed = False
    await bench.run()
    assert ("submissions", "2501:submission_files:/rabota-student6.txt") in bench.kept.files


async def test_files_of_a_site_that_calls_itself_otherwise_come_from_where_it_is(
    moodle: SimulatedMoodle, bench: Bench
) -> None:
    moodle.site.calls_itself = "http://lms.school.local"
    assert (await bench.run()).outcome is Outcome.COMPLETE
    assert bench.transport.strayed == []
    assert "calls itself http://lms.school.local" in " ".join((await bench.check()).notes)


async def test_without_the_switch_for_files_check_says_so_and_no_file_is_taken(
    moodle: SimulatedMoodle, bench: Bench
) -> None:
    moodle.site.service.downloadfiles = False
    await bench.run()
    assert not bench.needs_sign_in
    assert [key for key in bench.kept.files if key[0] == "submissions"] == []
    assert all("Can download files" in why for why in bench.kept.open_letters().values())
    told = {each.stream: each for each in (await bench.check()).streams}
    assert told["submissions"].state is StreamState.MISSING_RIGHT
    assert "Can download files" in told["submissions"].missing


@asynccontextmanager
async def opened(media: str, *chunks: bytes) -> AsyncIterator[OpenAnswer]:
    async def pieces() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    yield OpenAnswer(status=200, headers={"content-type": media}, chunks=pieces())


BAD_TOKEN = b'{"error":"Invalid token","errorcode":"invalidtoken","stacktrace":null}'
JSON = "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("name", "media", "body", "kind"),
    [
        ("work.txt", JSON, BAD_TOKEN, ConnectorAuthFailed),
        ("work.json", JSON, BAD_TOKEN, ConnectorAuthFailed),
        ("work.txt", JSON, b'{"error":"x","errorcode":"filenotfound"}', ConnectorRecordRefused),
        ("work.txt", JSON, b'{"error":"x","errorcode":"accessexception"}', ConnectorMisconfigured),
        ("work.txt", "text/html; charset=utf-8", b"<html>", ConnectorTransient),
    ],
)
async def test_what_comes_instead_of_a_file_is_no_file(
    name: str, media: str, body: bytes, kind: type[ConnectorError]
) -> None:
    with pytest.raises(kind):
        async with checked(opened(media, body[:9], body[9:]), f"https://m.example/{name}"):
            pass


@pytest.mark.parametrize(
    ("name", "media", "body"),
    [
        ("work.json", JSON, b'{"name": "value"}'),
        ("work.json", JSON, b"[1, 2]"),
        ("work.json", JSON, b'{"a":"' + b"x" * 40_000 + b'"}'),
        ("page.html", "text/html", b"<html>"),
        ("work.txt", "text/plain", BAD_TOKEN),
    ],
)
async def test_a_file_is_a_file_whatever_it_holds(name: str, media: str, body: bytes) -> None:
    async with checked(opened(media, body[:9], body[9:]), f"https://m.example/{name}") as answer:
        assert b"".join([chunk async for chunk in answer.chunks]) == body


@pytest.mark.parametrize(
    ("address", "secret"),
    [
        ("https://moodle.example/school/webservice/pluginfile.php/1/a.txt", True),
        ("https://moodle.example/another/webservice/pluginfile.php/1/a.txt", False),
        ("https://moodle.example/schoolbook/a.txt", False),
        ("https://elsewhere.example/school/webservice/pluginfile.php/1/a.txt", False),
    ],
)
async def test_the_token_goes_along_to_files_of_the_site_only(
    bench: Bench,
    address: str,
    secret: bool,  # noqa: FBT001 - a column of the table
) -> None:
    connector = await bench.open()
    assert isinstance(connector, Moodle)
    service = connector._site.service
    asked: list[tuple[str, str]] = []

    class Noting:
        def stream(self, url: str, *, secret_params: Parameters, **_: object) -> Any:  # noqa: ANN401
            asked.extend(secret_params)
            return opened("text/plain", url.encode())

    async with download(cast("HttpClient", Noting()), service, address):
        pass
    assert [name for name, _ in asked] == ["token"] * secret


async def test_a_badge_is_an_award_by_its_hash(moodle: SimulatedMoodle, bench: Bench) -> None:
    badge = moodle.site.badges[0]
    badge.dateexpire = EPOCH + DAY
    found = await records_of(bench, "badges")
    assert found[badge.uniquehash].data == AwardData(
        learner=str(badge.userid),
        title="Олимпиада по математике & физике",
        award_kind="badge",
        issuer="Школа Пример: курсы",
        awarded_on=date(2026, 3, 2),
        expires_on=date(2026, 3, 3),
        ground="Призёр школьного этапа",
    )


async def test_badges_are_read_in_blocks_that_stay_the_same(moodle: SimulatedMoodle, bench: Bench) -> None:
    learner = moodle.site.users[10]
    learner.id = 250
    moodle.site.users[250] = learner
    course = moodle.site.courses[2]
    course.enrolments[250] = course.enrolments.pop(10)
    course.enrolments[250].userid = 250
    moodle.site.courses[3].unenrol(10)
    connector = await bench.open()
    assert [(each.key, each.title) for each in await connector.partitions("badges")] == [
        ("2", "200–299"),
        ("0", "0–99"),
    ]


async def test_a_certificate_is_an_award_and_its_pdf_a_file(moodle: SimulatedMoodle, bench: Bench) -> None:
    issue = moodle.site.certificates[0]
    assert (await records_of(bench, "certificates"))[str(issue.id)].data == AwardData(
        learner=str(issue.userid),
        title="Удостоверение о прохождении курса",
        award_kind="certificate",
        number=issue.code,
        awarded_on=date(2026, 2, 28),
    )
    await bench.run()
    kept = bench.kept.files["certificate_files", str(issue.id)]
    assert kept.size == len(issue.pdf)
    rendered = [given for name, given in moodle.calls if name == CERTIFICATES and "includepdf" in given]
    assert len(rendered) == len(moodle.site.certificates)
    assert {given["limit"] for given in rendered} == {"5"}


async def test_a_certificate_of_a_teacher_is_no_award_of_a_learner(moodle: SimulatedMoodle, bench: Bench) -> None:
    moodle.site.certificates.append(_certificate(900, 4, EPOCH))
    report = await bench.run()
    assert report.outcome is Outcome.COMPLETE
    assert ("certificates", "900") not in bench.kept.records


def _certificate(number: int, userid: int, moment: int) -> CertificateIssue:
    return CertificateIssue(
        id=number, customcertid=1, userid=userid, code=f"C{number}", timecreated=moment, template="Т", pdf=b"%PDF-"
    )


async def test_pages_of_certificates_overlap_because_the_list_is_newest_first(
    moodle: SimulatedMoodle, bench: Bench
) -> None:
    moodle.site.certificates = [_certificate(number, 5, EPOCH - number) for number in range(1, 251)]
    assert len(await records_of(bench, "certificates")) == 250
    offsets = [given["offset"] for name, given in moodle.calls if name == CERTIFICATES]
    assert offsets == ["0", "90", "180", "240"]


async def test_a_list_of_certificates_that_ignores_its_pages_is_not_believed(
    moodle: SimulatedMoodle, bench: Bench
) -> None:
    moodle.site.certificates = [_certificate(number, 5, EPOCH - number) for number in range(1, 251)]
    moodle.faults.on(ForgetsFilter(path=CERTIFICATES))
    with pytest.raises(ConnectorTransient):
        await messages_of(bench, "certificates")


async def test_later_runs_ask_for_newer_certificates_only(moodle: SimulatedMoodle, bench: Bench) -> None:
    messages = await messages_of(bench, "certificates", cursor=str(EPOCH))
    assert messages[-1] == State(str(int(START.timestamp())))
    asked = [given["timecreatedfrom"] for name, given in moodle.calls if name == CERTIFICATES]
    assert set(asked) == {str(EPOCH - DAY)}


async def test_without_the_plugin_of_certificates_the_rest_is_read(moodle: SimulatedMoodle, bench: Bench) -> None:
    moodle.site.service.functions.discard(CERTIFICATES)
    told = {each.stream: each.missing for each in (await bench.check()).streams if each.missing}
    assert told == {"certificates": CERTIFICATES, "certificate_files": CERTIFICATES}
    report = await bench.run()
    assert {each.stream for each in report.troubles} == {"certificates", "certificate_files"}
    assert report.outcome is Outcome.PARTIAL


class GoneFile(Refusal):
    """A file that was deleted while its list was read."""

    def answer(self, asked: object) -> FaultAnswer:
        del asked
        return FaultAnswer.of(404, {"error": "x", "errorcode": "filenotfound"})


async def test_a_file_that_is_gone_is_a_dead_letter(moodle: SimulatedMoodle, bench: Bench) -> None:
    moodle.faults.on(GoneFile(path="*/submission_files/2008/*"))
    report = await bench.run()
    assert report.outcome is Outcome.PARTIAL
    assert list(bench.kept.open_letters()) == [("submissions", "2008:submission_files:/rabota-student8.txt")]
