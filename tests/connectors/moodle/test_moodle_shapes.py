"""The simulator answers in the shapes of a real site."""

import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from plugins.moodle.simulator import EPOCH, FUNCTIONS, TOKEN, MoodleSimulator, generate, simulator
from plugins.moodle.webservice import fields_of
from tests.connectors.moodle.shapes import differences, shape_of

URL = "https://moodle.example/school"
REST = f"{URL}/webservice/rest/server.php"
ASKED: Mapping[str, Mapping[str, object]] = {
    "ac": {"courseid": 2, "userid": 5},
    "asg": {"courseids": [2]},
    "asgg": {"assignmentids": [2000]},
    "asgg_since": {"assignmentids": [2000], "since": 9_999_999_999},
    "asgs": {"assignmentids": [2000]},
    "badges": {"userid": 5},
    "cats": {},
    "cbf": {"field": "id", "value": 2},
    "cc": {"courseid": 2, "userid": 6},
    "cc2": {"courseid": 2, "userid": 5},
    "cg": {"courseid": 2},
    "coh": {},
    "cohm": {"cohortids": [1]},
    "contents": {"courseid": 2},
    "enrolled": {"courseid": 2},
    "enrolled_f": {"courseid": 2, "options": [{"name": "userfields", "value": "email,idnumber"}]},
    "err_nocourse": {"courseid": 999},
    "err_param": {"criteria": [{"key": "bogus", "value": "1"}]},
    "files": {"contextid": 5, "component": "user", "filearea": "private", "itemid": 0, "filepath": "/", "filename": ""},
    "files_asg": {
        "contextid": 2138,
        "component": "assignsubmission_file",
        "filearea": "submission_files",
        "itemid": 2008,
        "filepath": "/",
        "filename": "",
    },
    "gi": {"courseid": 2, "userid": 5},
    "gi_all": {"courseid": 2},
    "gm": {"groupids": [1]},
    "groups": {"courseid": 2},
    "og": {"userid": 5},
    "profile": {"userlist": [{"userid": 5, "courseid": 2}]},
    "upd": {"courseid": 2, "since": 0},
    "users": {"criteria": [{"key": "email", "value": "%"}]},
    "users_idn": {"field": "idnumber", "values": ["S-001", "S-002"]},
}
FILLED = (".idnumber is only ours", ".customfields is only ours")
"""Optional fields that the artificial people of the samples do not have."""
UNTOLD = (".completiondata is only ours",)
"""Of an account that is itself a participant."""


@pytest.fixture
def site() -> MoodleSimulator:
    return simulator(generate(URL, set(FUNCTIONS)), lambda: datetime.fromtimestamp(EPOCH, UTC))


@pytest.fixture
async def client(site: MoodleSimulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(site.app)) as client:
        yield client


async def ask(client: httpx.AsyncClient, function: str, arguments: Mapping[str, object]) -> Any:  # noqa: ANN401
    ours = {"wstoken": TOKEN, "wsfunction": function, "moodlewsrestformat": "json"}
    found = await client.post(REST, data={**ours, **dict(fields_of(arguments))})
    assert found.status_code == 200
    return found.json()


async def test_every_answer_has_the_keys_and_types_of_its_sample(
    client: httpx.AsyncClient, samples: Mapping[str, Any]
) -> None:
    found = []
    for key, arguments in ASKED.items():
        function = samples[key]["wsfunction"]
        function = "core_enrol_get_enrolled_users" if function.startswith("(") else function
        ours = shape_of(await ask(client, function, arguments))
        theirs = shape_of(samples[key]["body"])
        found += [f"{key}{each}" for each in differences(ours, theirs) if not each.endswith(FILLED)]
        found += [f"{key}{each} (sample)" for each in differences(theirs, ours) if not each.endswith(UNTOLD)]
    assert found == []


async def test_somebody_without_grades_has_no_weights(client: httpx.AsyncClient, samples: Mapping[str, Any]) -> None:
    rows = (await ask(client, "gradereport_user_get_grade_items", {"courseid": 2}))["usergrades"]
    bare = next(row for row in rows if all(item["graderaw"] is None for item in row["gradeitems"]))
    theirs = shape_of(samples["gi_none"]["body"]["usergrades"][0])
    assert [*differences(shape_of(bare), theirs), *differences(theirs, shape_of(bare))] == []


async def test_an_empty_optional_field_is_left_out(client: httpx.AsyncClient) -> None:
    rows = await ask(client, "core_enrol_get_enrolled_users", {"courseid": 2})
    teacher, without_mail = rows[0], next(row for row in rows if row["username"] == "student11")
    assert "groups" not in teacher
    assert "email" not in without_mail


@pytest.mark.parametrize("function", ["core_cohort_get_cohorts", "core_course_get_courses"])
async def test_without_a_format_the_answer_is_xml_errors_included(client: httpx.AsyncClient, function: str) -> None:
    for token, start in ((TOKEN, "<RESPONSE>"), ("unknown", "<EXCEPTION class=")):
        found = await client.post(REST, data={"wstoken": token, "wsfunction": function})
        assert found.headers["content-type"].startswith("application/xml")
        assert start in found.text


async def test_a_file_with_a_bad_token_is_an_error_in_json_with_status_200(client: httpx.AsyncClient) -> None:
    path = f"{URL}/webservice/pluginfile.php/2138/assignsubmission_file/submission_files/2008/rabota-student8.txt"
    good, bad = await client.get(path, params={"token": TOKEN}), await client.get(path, params={"token": "x"})
    assert (good.status_code, good.headers["content-type"].split(";")[0]) == (200, "text/plain")
    assert (bad.status_code, bad.json()["errorcode"]) == (200, "invalidtoken")


async def test_certificates_come_newest_first_and_in_pages(client: httpx.AsyncClient, site: MoodleSimulator) -> None:
    pages = [await ask(client, "mod_customcert_list_issues", {"limit": 2, "offset": each}) for each in (0, 2, 4)]
    ids = [each["issue"]["id"] for page in pages for each in page]
    assert ids == sorted((each.id for each in site.site.certificates), reverse=True)
    since = max(each.timecreated for each in site.site.certificates)
    newest = await ask(client, "mod_customcert_list_issues", {"timecreatedfrom": since, "includepdf": 1})
    assert [each["pdf"]["haspdf"] for each in newest] == [True]


async def test_the_same_seed_makes_the_same_site() -> None:
    first, second, other = (generate(URL, set(FUNCTIONS), seed=seed) for seed in (5, 5, 6))
    assert first == second
    assert first != other


def test_it_runs_on_this_machine_by_itself() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "plugins.moodle.simulator", "--port", str(port), "--learners", "3"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:  # noqa: S603 - our own module
        try:
            assert running.stdout is not None
            site, token = (running.stdout.readline().split()[1] for _ in range(2))
            ours = {"wstoken": token, "wsfunction": "core_webservice_get_site_info", "moodlewsrestformat": "json"}
            assert _asked_until_it_answers(f"{site}/webservice/rest/server.php", ours)["siteurl"] == site
        finally:
            running.terminate()


def _asked_until_it_answers(address: str, fields: Mapping[str, str]) -> Any:  # noqa: ANN401
    deadline = time.monotonic() + 30
    while True:
        try:
            return httpx.post(address, data=dict(fields), timeout=5).json()
        except httpx.ConnectError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
