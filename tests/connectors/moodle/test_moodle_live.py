"""A real site and the simulated one answer in the same shapes; run by `pytest -m live_moodle`, deselected otherwise.

The address of the site and a token of its service are in the environment. Nothing is written there.
"""

import os
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from core.devkit.bench import Bench
from core.devkit.middleware import Receive, Scope, Send
from plugins.moodle.connector import Moodle
from plugins.moodle.simulator import EPOCH, FUNCTIONS, TOKEN, generate, simulator
from plugins.moodle.webservice import fields_of
from tests.connectors.moodle.shapes import differences, shape_of

pytestmark = pytest.mark.live_moodle

SIMULATED = "https://simulated.example/moodle"
MAY_BE_MISSING = (".idnumber", ".email", ".customfields", ".groups", ".feedback", ".cmid", ".weightraw", ".fileareas")
"""Optional fields: what a site has nothing for is left out of its answers."""


def asked(course: int, learner: int) -> Mapping[str, Mapping[str, object]]:
    """What both are asked."""
    options = [{"name": "limitnumber", "value": 5}, {"name": "sortby", "value": "id"}]
    return {
        "core_webservice_get_site_info": {},
        "core_course_get_categories": {},
        "core_course_get_courses": {"options": {"ids": [course]}},
        "core_course_get_courses_by_field": {"field": "id", "value": course},
        "core_enrol_get_enrolled_users": {"courseid": course, "options": options},
        "core_user_get_users_by_field": {"field": "id", "values": [learner]},
        "core_group_get_course_groups": {"courseid": course},
        "core_cohort_get_cohorts": {},
        "gradereport_user_get_grade_items": {"courseid": course, "userid": learner},
        "core_completion_get_activities_completion_status": {"courseid": course, "userid": learner},
        "mod_assign_get_assignments": {"courseids": [course], "includenotenrolledcourses": 1},
        "core_badges_get_user_badges": {"userid": learner},
        "mod_customcert_list_issues": {"limit": 1},
    }


@pytest.fixture(scope="module")
def site() -> str:
    return _named("DELOTEKA_LIVE_MOODLE_URL").rstrip("/")


@pytest.fixture(scope="module")
def token() -> str:
    return _named("DELOTEKA_LIVE_MOODLE_TOKEN")


def _named(variable: str) -> str:
    value = os.environ.get(variable, "")
    if not value:
        pytest.fail(f"{variable} is not set: live tests need the address of a Moodle and a token of its service")
    return value


@pytest.fixture
async def live() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=60) as client:
        yield client


@pytest.fixture
async def simulated() -> AsyncIterator[httpx.AsyncClient]:
    moodle = simulator(generate(SIMULATED, set(FUNCTIONS)), lambda: datetime.fromtimestamp(EPOCH, UTC))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(moodle.app)) as client:
        yield client


async def ask(client: httpx.AsyncClient, where: tuple[str, str], function: str, arguments: Mapping[str, object]) -> Any:  # noqa: ANN401 - what another system says
    ours = {"wstoken": where[1], "wsfunction": function, "moodlewsrestformat": "json"}
    found = await client.post(f"{where[0]}/webservice/rest/server.php", data={**ours, **dict(fields_of(arguments))})
    assert found.status_code == 200, f"{function}: {found.status_code}"
    return found.json()


async def test_a_real_site_answers_in_the_shapes_of_the_simulated_one(
    live: httpx.AsyncClient, simulated: httpx.AsyncClient, site: str, token: str
) -> None:
    offered = await ask(live, (site, token), "core_webservice_get_site_info", {})
    functions = {each["name"] for each in offered["functions"]}
    course, learner = await _somebody(live, (site, token))
    there, here = asked(course, learner), asked(2, 5)
    found = []
    for function in there.keys() & functions:
        theirs = shape_of(await ask(live, (site, token), function, there[function]))
        ours = shape_of(await ask(simulated, (SIMULATED, TOKEN), function, here[function]))
        found += [
            f"{function}{each}"
            for each in differences(ours, theirs)
            if not each.removesuffix(" is only ours").endswith(MAY_BE_MISSING)
        ]
    assert found == []


async def _somebody(client: httpx.AsyncClient, where: tuple[str, str]) -> tuple[int, int]:
    """A course, and a learner in it."""
    for course in await ask(client, where, "core_course_get_courses", {}):
        if course["format"] != "site":
            people = await ask(client, where, "core_enrol_get_enrolled_users", {"courseid": course["id"]})
            for each in people:
                if any(role["shortname"] == "student" for role in each.get("roles", ())):
                    return course["id"], each["id"]
    pytest.fail("the site has no course with a learner")


async def test_a_real_site_is_read_and_read_again_without_a_difference(
    live: httpx.AsyncClient, site: str, token: str
) -> None:
    async def forward(scope: Scope, receive: Receive, send: Send) -> None:
        """Pass what the bench asks on to the site."""
        url = httpx.URL(site).copy_with(raw_path=scope["raw_path"] + b"?" + scope["query_string"])
        kept = [(name, value) for name, value in scope["headers"] if name in {b"content-type", b"accept"}]
        body = (await receive())["body"]
        found = await live.request(scope["method"], url, headers=kept, content=body)
        media = found.headers.get("content-type", "").encode("latin-1")
        await send({"type": "http.response.start", "status": found.status_code, "headers": [(b"content-type", media)]})
        await send({"type": "http.response.body", "body": found.content})

    # Under an invented name, because the site may stand where connections do not lead: on this machine.
    parts = urlsplit(site)
    named = parts._replace(netloc="live.example").geturl()
    bench = Bench(Moodle, {"site_url": named, "token": token}, hosts={"live.example": forward})
    bench.now = datetime.fromtimestamp(EPOCH, UTC)
    result = await bench.check()
    assert "#" in result.identity.unique_id
    first = await bench.run()
    assert [each for each in first.troubles if each.problem == "bug"] == []
    second = await bench.run()
    assert second.counts.written == 0
