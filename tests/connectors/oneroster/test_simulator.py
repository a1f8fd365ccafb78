"""The simulated system by itself: what a plugin author may rely on."""

from collections.abc import Mapping

import httpx
import pytest

from core.devkit.transport import SimulatorTransport
from plugins.oneroster.simulator import ForeignReferences, NoScopeInAnswer, School, SimulatedSystem, WrappedErrors
from plugins.oneroster.simulator.application import HOST

OLD = f"https://{HOST}/ims/oneroster/v1p1"
ROSTERING = f"https://{HOST}/ims/oneroster/rostering/v1p2"
GRADEBOOK = f"https://{HOST}/ims/oneroster/gradebook/v1p2"
SCOPES = "https://purl.imsglobal.org/spec/or/v1p1/scope/roster-core.readonly x/gradebook.readonly"


class Asking:
    """A plain client with a token."""

    def __init__(self, system: SimulatedSystem) -> None:
        self.client = httpx.AsyncClient(transport=SimulatorTransport({HOST: system.application}))
        self.secret = system.clients["deloteka"].secret

    async def token(self) -> Mapping[str, object]:
        answer = await self.client.post(
            f"https://{HOST}/oauth2/token",
            data={"grant_type": "client_credentials", "scope": SCOPES},
            auth=("deloteka", self.secret),
        )
        body: Mapping[str, object] = answer.json()
        self.client.headers["authorization"] = f"Bearer {body['access_token']}"
        return body

    async def ids(self, url: str, **params: str) -> list[str]:
        answer = await self.client.get(url, params=params)
        assert answer.status_code == 200, answer.text
        (entries,) = answer.json().values()
        return [entry["sourcedId"] for entry in entries]


@pytest.fixture
def system() -> SimulatedSystem:
    return SimulatedSystem(School.small(learners=4, works=2))


@pytest.fixture
async def asking(system: SimulatedSystem) -> Asking:
    asking = Asking(system)
    await asking.token()
    return asking


@pytest.mark.parametrize(
    ("path", "ids"),
    [
        ("schools", ["ORG-1"]),
        ("terms", ["T-1", "T-2"]),
        ("gradingPeriods", []),
        ("students", ["S-001", "S-002", "S-003", "S-004"]),
        ("teachers", ["E-001", "E-002", "E-003"]),
        ("schools/ORG-1/teachers", ["E-001", "E-002", "E-003"]),
        ("schools/ORG-1/classes/L-А1/teachers", ["E-001"]),
        ("schools/ORG-1/terms", ["T-1", "T-2"]),
        ("classes/H-Б/students", ["S-001", "S-003"]),
        ("courses/C-2/classes", ["L-А2", "L-Б2"]),
        ("students/S-001/classes", ["H-Б"]),
        ("terms/T-9/classes", []),
        ("classes/L-Б1/lineItems", ["W-Б1-1", "W-Б1-2"]),
        ("classes/L-Б1/lineItems/W-Б1-1/results", ["R-W-Б1-1-001", "R-W-Б1-1-003"]),
        ("classes/L-Б1/students/S-001/results", ["R-W-Б1-1-001", "R-W-Б1-2-001"]),
    ],
)
async def test_lists_and_those_below_an_object(asking: Asking, path: str, ids: list[str]) -> None:
    assert await asking.ids(f"{OLD}/{path}") == ids


@pytest.mark.parametrize(
    ("expression", "ids"),
    [
        ("title='Физика'", ["C-3"]),
        ("title~'язык'", ["C-2"]),
        ("courseCode>'C1' AND courseCode<'C3'", ["C-2"]),
        ("courseCode='C1' OR courseCode='C3'", ["C-1", "C-3"]),
        ("courseCode!='C1' AND status='active'", ["C-2", "C-3"]),
        ("org.sourcedId='ORG-1'", ["C-1", "C-2", "C-3"]),
        ("dateLastModified>='2026-01-01T00:00:00.000Z'", []),
    ],
)
async def test_filters_of_one_and_two_conditions(asking: Asking, expression: str, ids: list[str]) -> None:
    assert await asking.ids(f"{OLD}/courses", filter=expression) == ids


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"filter": "title=Физика"}, "invalid_filter_field"),
        ({"filter": "a='1' AND b='2' AND c='3'"}, "invalid_filter_field"),
        ({"sort": "nothing"}, "invalid_sort_field"),
        ({"fields": "nothing"}, "invalid_selection_field"),
    ],
)
async def test_queries_that_cannot_be_are_refused(asking: Asking, params: Mapping[str, str], code: str) -> None:
    answer = await asking.client.get(f"{OLD}/courses", params=params)
    assert answer.status_code == 400
    assert answer.json()["imsx_CodeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"] == code


async def test_sorting_selecting_and_paging(asking: Asking, system: SimulatedSystem) -> None:
    assert await asking.ids(f"{OLD}/courses", sort="courseCode", orderBy="desc", limit="2") == ["C-3", "C-2"]
    answer = await asking.client.get(
        f"{OLD}/courses", params={"fields": "title,sourcedId", "limit": "1", "offset": "1"}
    )
    assert answer.json() == {"courses": [{"sourcedId": "C-2", "title": "Русский язык"}]}
    assert answer.headers["x-total-count"] == "3"
    assert 'offset=2>; rel="next"' in answer.headers["link"]


async def test_the_two_versions_differ_as_the_specification_says(asking: Asking) -> None:
    old = (await asking.client.get(f"{OLD}/users/S-001")).json()["user"]
    new = (await asking.client.get(f"{ROSTERING}/users/S-001")).json()["user"]
    assert (old["role"], old["enabledUser"], new["enabledUser"]) == ("student", "true", True)
    assert (new["roles"][0]["role"], new["primaryOrg"]["sourcedId"], "role" in new) == ("student", "ORG-1", False)
    assert old["orgs"][0]["href"].startswith(f"{OLD}/orgs/")
    assert len(await asking.ids(f"{GRADEBOOK}/results")) == 24
    assert (await asking.client.get(f"{ROSTERING}/results")).status_code == 404


async def test_scopes_switches_and_errors(asking: Asking, system: SimulatedSystem) -> None:
    assert "gradebook" in str((await asking.token())["scope"])
    system.clients["deloteka"].scopes.discard("gradebook.readonly")
    assert "gradebook" not in str((await asking.token())["scope"])
    assert (await asking.client.get(f"{OLD}/results")).status_code == 403
    system.faults.on(NoScopeInAnswer(), WrappedErrors(), ForeignReferences())
    assert "scope" not in await asking.token()
    assert "imsx_StatusInfo" in (await asking.client.get(f"{OLD}/courses/C-9")).json()
    entry = (await asking.client.get(f"{OLD}/courses/C-1")).json()["course"]
    assert entry["org"]["href"].startswith("https://elsewhere.example.invalid/")
    asking.client.headers["authorization"] = "Bearer invented"
    assert (await asking.client.get(f"{OLD}/courses")).status_code == 401
