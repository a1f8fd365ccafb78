"""The simulated platform says what the published samples say, and misbehaves as the facts about it tell."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.devkit.faults import DeadToken, ErrorObject, Fault, HtmlPage, LimitReached, MissingScope, ServerError
from core.devkit.transport import SimulatorTransport
from plugins.dnevnik.simulator import Platform, Size, shapes, simulate
from plugins.dnevnik.simulator.journal import Journal

SAMPLES: dict[str, Any] = json.loads((Path(__file__).parent / "samples.json").read_text(encoding="utf-8"))
SUMMER = datetime(2026, 6, 15, 9)  # noqa: DTZ001 - the platform's times are local wall time
MARCH = datetime(2026, 3, 2, 9)  # noqa: DTZ001 - as above
SIZE = Size(classes=1, learners=5, subjects=2, lessons=12)


@asynccontextmanager
async def client_of(platform: Platform, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
    token = {"Access-Token": platform.sign_in.token()}
    transport = SimulatorTransport({"sim": simulate(platform)})
    async with httpx.AsyncClient(transport=transport, base_url="http://sim", headers=headers or token) as client:
        yield client


def first_journal(platform: Platform) -> Journal:
    group = platform.world.schools[0].classes[0]
    return platform.journal(group, platform.periods(group)[0])


def filled(platform: Platform, call: str) -> str:
    """The path of a sample with ids of the simulated schools."""
    journal = first_journal(platform)
    school, group = platform.world.schools[0], journal.group
    person = group.members[0].human
    mark = journal.marks[0]
    names = {
        "school": school.id, "group": group.id, "person": person.id, "user": person.user,
        "subject": school.subjects[0].id,
        "lesson": journal.lessons[0].id, "work": mark.work.id, "mark": mark.id, "type": "mark5",
        "period": journal.period.id, "from": journal.period.start, "to": journal.period.finish,
    }  # fmt: skip
    path = re.sub(r"\{(\w+)\}", lambda found: str(names[found[1]]), call)
    for name in ("startDate", "endDate", "from", "to"):
        day = journal.period.start if name in {"startDate", "from"} else journal.period.finish
        path = re.sub(rf"([?&]{name})=(?=&|$)", rf"\1={day}", path)
    return path.replace("subject=&", "")


def lacking(sample: object, said: object, where: str = "") -> list[str]:
    """What a sample has and the answer lacks; lists within an answer may be empty."""
    if isinstance(sample, dict):
        if not isinstance(said, dict):
            return [] if said is None else [where]
        missing = [f"{where}.{key}" for key in sample if key not in said]
        told = [key for key in sample if key in said]
        return missing + [line for key in told for line in lacking(sample[key], said[key], f"{where}.{key}")]
    if isinstance(sample, list) and sample:
        if not isinstance(said, list) or not (said or where):
            return [f"{where} is {said!r}"]
        return lacking(sample[0], said[0], f"{where}[]") if said else []
    same = sample is None or said is None or isinstance(said, type(sample))
    return [] if same else [f"{where}: {said!r} instead of {sample!r}"]


UNTOLD = {
    "GET /v2/edu-groups/{group}/wa-marks/{from}/{to}",
    "GET /v2/edu-groups/{group}/reporting-periods/{period}/avg-marks/{date}",
    "GET /v2/persons/{person}/group/{group}/recentmarks?fromDate=&subject=&limit=10",
    "GET /v2/persons/{person}/tasks?subject=&from=&to=&pageNumber=1&pageSize=20",
    "GET /v2/apps/current/files",
    "GET /v2/user/{user}/children",
    "GET /v2/users/me/children",
}
"""Averages, bundles and tasks that no importer needs."""
READ = sorted(call for call in SAMPLES if call.startswith("GET ") and call not in UNTOLD)


async def test_every_call_says_what_its_sample_says() -> None:
    platform = Platform(now=MARCH, size=SIZE)
    wrong: dict[str, object] = {}
    async with client_of(platform) as client:
        for call in READ:
            path = filled(platform, call.removeprefix("GET "))
            if "lastName=" in path:
                path = "/v2/persons/search?lastName=" + platform.world.schools[0].classes[0].members[0].human.family
            answer = await client.get(path)
            missing = lacking(SAMPLES[call], answer.json())
            if answer.status_code != 200 or missing:
                wrong[call] = answer.text[:200] if answer.status_code != 200 else missing
    assert wrong == {}
    assert len(READ) > 35


@pytest.mark.parametrize("call", ["/v2/edu-groups", "/v2/lessons/many", "/v2/works/many"])
async def test_calls_for_many_take_a_bare_list_of_ids(call: str) -> None:
    platform = Platform(now=SUMMER, size=SIZE)
    journal = first_journal(platform)
    ids = {"/v2/edu-groups": journal.group.id, "/v2/lessons/many": journal.lessons[0].id}
    wanted = ids.get(call, journal.marks[0].work.id)
    async with client_of(platform) as client:
        answer = await client.post(call, json=[wanted])
        sample = SAMPLES[f"POST {call}"]["response"]
        assert lacking(sample, answer.json()) == []
        assert (await client.post(call, json={"ids": [wanted]})).json()["type"] == "invalidRequest"


async def test_both_prefixes_answer_and_the_token_may_stand_in_the_query() -> None:
    platform = Platform(now=MARCH, size=SIZE)
    async with client_of(platform, accept="*/*") as client:
        token = platform.sign_in.token()
        answers = [await client.get(f"/{prefix}/users/me?access_token={token}") for prefix in ("v2", "v2.0")]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert (await client.get("/v2/users/me")).json()["type"] == "tokenRequired"
        assert (await client.get("/v2/users/me?access_token=x")).status_code == 401


async def test_marks_of_every_kind_are_there_and_are_the_same_in_every_call() -> None:
    platform = Platform(now=SUMMER, size=SIZE)
    journal = first_journal(platform)
    async with client_of(platform) as client:
        marks = (await client.get(filled(platform, "/v2/edu-groups/{group}/marks/{from}/{to}"))).json()
    assert marks == [shapes.mark(mark) for mark in journal.marks]
    assert {"4-", "Н/А", "зач"} <= {mark["value"] for mark in marks}
    lesson = {each.id: each.day for each in journal.lessons}
    late = [
        mark
        for mark in journal.marks
        if mark.work.lesson and mark.moment.date() - lesson[mark.work.lesson.id] == timedelta(7)
    ]
    assert late
    assert all(len(mark["id_str"]) == 19 and str(mark["id"]) == mark["id_str"] for mark in marks)
    assert any(int(float(mark["id"])) != mark["id"] for mark in marks)


async def test_people_are_as_peculiar_as_on_the_platform() -> None:
    platform = Platform(now=SUMMER, size=SIZE)
    group = platform.world.schools[0].classes[0]
    async with client_of(platform) as client:
        [answer] = (await client.post("/v2/edu-groups", json=[group.id])).json()
        people = [student["person"] for student in answer["students"]]
        listed = (await client.get(f"/v2/schools/{platform.world.schools[0].id}/edu-groups")).json()[0]
        told = (await client.get(f"/v2/persons/{people[0]['id']}/edu-groups/all")).json()
    assert [person["userId"] is None for person in people].count(True) == 1
    assert [set(person) & {"firstName", "lastName"} for person in people].count(set()) == 1
    assert [student["membershipstatus"] for student in answer["students"]].count("Archive") == 1
    again = next(each for each in told if each["id"] == group.id)
    assert (listed["parentIds"], again["parentIds"]) == (None, [])
    assert [each["id"] != group.id for each in told if each["status"] == "Archive"] == [True]


@pytest.mark.parametrize(("now", "some"), [(MARCH, True), (SUMMER, False)])
async def test_teachers_of_a_group_are_empty_in_summer(now: datetime, *, some: bool) -> None:
    platform = Platform(now=now, size=SIZE)
    async with client_of(platform) as client:
        assert bool((await client.get(filled(platform, "/v2/edu-groups/{group}/teachers"))).json()) is some


async def test_a_mark_of_the_year_has_no_period_once_the_year_is_over() -> None:
    periods = {}
    for now in (MARCH, SUMMER):
        platform = Platform(now=now, size=SIZE)
        async with client_of(platform) as client:
            finals = (await client.get(filled(platform, "/v2/edu-groups/{group}/final-marks"))).json()
        periods[now] = {final["reportingPeriod"] for final in finals}
    assert (None in periods[MARCH], None in periods[SUMMER]) == (False, True)


async def test_the_other_school_is_refused_unless_the_platform_mixes_them_up() -> None:
    platform = Platform(now=MARCH, size=SIZE)
    own, other = platform.world.schools
    path = filled(platform, "/v2/edu-groups/{group}/marks/{from}/{to}")
    foreign = {member.human.id for member in other.classes[0].members}
    async with client_of(platform) as client:
        assert (await client.get(f"/v2/edu-groups/{other.classes[0].id}")).json()["type"] == "notOwner"
        assert not foreign & {mark["person"] for mark in (await client.get(path)).json()}
        platform.forms.foreign_pupils = True
        assert foreign & {mark["person"] for mark in (await client.get(path)).json()}
        rosters = (await client.post("/v2/edu-groups", json=[own.classes[0].id])).json()
    assert [each["group"]["id"] for each in rosters] == [own.classes[0].id, other.classes[0].id]


FORMS: list[tuple[str, object, str, object]] = [
    ("error_names", "long", "GET /v2/edu-groups/1", "apiResourceUnavailable"),
    ("final_marks", "bundle", "GET /v2/edu-groups/{group}/final-marks", {"marks", "works", "subjects", "workTypes"}),
    ("schedules", "list", "GET /v2/persons/{person}/groups/{group}/schedules?startDate=&endDate=", list),
    ("timetables", "object", "GET /v2/edu-groups/{group}/timetables", {"Name", "Start", "FirstLessonNumber", "Items"}),
    ("relatives", "object", "GET /v2/users/{user}/relatives", {"type", "person", "relatives"}),
    ("search", "singular", "GET /v2/person/search?lastName=x", list),
    (
        "period_group",
        "singular",
        "GET /v2/edu-groups/{group}/reporting-period-group",
        {"id", "reportingPeriods", "holidays"},
    ),
    ("log_entries", "glued", "GET /v2/lesson-log-entries/person=1&subject=2&from=2025-09-01", list),
    ("bulk_marks", "short", "POST /v2/lessons/marks", list),
    ("decimal_comma", False, "GET /v2/edu-groups/{group}/avg-marks/{from}/{to}", "4.50"),
    ("names_of_regions", "regionId", "GET /v2/schools/{school}", "regionId"),
]


@pytest.mark.parametrize(("name", "value", "call", "expected"), FORMS, ids=[form[0] for form in FORMS])
async def test_every_form_that_sources_disagree_on_can_be_produced(
    name: str, value: object, call: str, expected: object
) -> None:
    platform = Platform(now=SUMMER, size=SIZE)
    setattr(platform.forms, name, value)
    method, _, path = call.partition(" ")
    async with client_of(platform) as client:
        answer = await client.request(method, filled(platform, path), json=[] if method == "POST" else None)
        said = answer.json()
    if isinstance(expected, str):
        assert f'"{expected}"' in answer.text
    elif isinstance(expected, set):
        assert set(said) == expected
    else:
        assert isinstance(said, list)


async def test_interval_ends_errors_with_200_and_tokens_that_end_are_switches() -> None:
    platform = Platform(now=MARCH, size=SIZE)
    journal = first_journal(platform)
    last = journal.lessons[-1].day
    path = f"/v2.0/edu-groups/{journal.group.id}/lessons/{last}/{last}"
    async with client_of(platform) as client:
        assert (await client.get(path)).json()
        platform.forms.interval_end = "exclusive"
        assert (await client.get(path)).json() == []
        platform.forms.errors_with_200 = True
        answer = await client.get("/v2/edu-groups/1")
        assert (answer.status_code, answer.json()["type"]) == (200, "resourceUnavailable")
        platform.now += timedelta(days=31)
        assert (await client.get("/v2/users/me")).json()["type"] == "invalidToken"


@pytest.mark.parametrize(
    ("fault", "status", "words"),
    [
        (DeadToken(), 401, "invalidToken"),
        (MissingScope(scope="Files"), 403, "outOfScope"),
        (LimitReached(retry_after=7), 429, "requestLimit"),
        (ServerError(), 500, "serverError"),
        (ServerError(status=502), 502, "error__description"),
        (ServerError(status=550), 550, "error__description"),
        (HtmlPage(status=503), 503, "error__description"),
        (ErrorObject(code="apiServerError"), 200, "apiServerError"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Fault) else str(value),
)
async def test_faults_are_said_in_the_words_of_the_platform(fault: Fault, status: int, words: str) -> None:
    platform = Platform(now=MARCH, size=SIZE)
    platform.faults.on(fault)
    async with client_of(platform) as client:
        answer = await client.get("/v2/users/me")
    assert answer.status_code == status
    assert words in answer.text


async def test_unpadded_days_are_taken_as_the_lenient_server_takes_them() -> None:
    platform = Platform(now=MARCH, size=SIZE)
    group = platform.world.schools[0].classes[0].id
    async with client_of(platform) as client:
        good = await client.get(f"/v2/edu-groups/{group}/lessons/2025-9-1/2025-09-30T00:00:00")
        bad = await client.get(f"/v2/edu-groups/{group}/lessons/2025-9-1/yesterday")
    assert (good.status_code, bad.json()["type"]) == (200, "parameterInvalid")
    assert good.json()


def test_the_same_seed_gives_the_same_schools_at_any_size() -> None:
    first, second = (Platform(seed=7, now=MARCH, size=Size.of_marks(10_000, learners=100)) for _ in range(2))
    assert first.world.groups.keys() == second.world.groups.keys()
    assert first_journal(first).marks == first_journal(second).marks
    other = Platform(seed=8, now=MARCH, size=Size.of_marks(10_000, learners=100))
    assert first_journal(first).marks != first_journal(other).marks
