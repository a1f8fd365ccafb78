"""What Moodle's errors mean: whatever the class is called, and whatever the language of the message."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import SecretStr

from core.devkit.bench import Bench
from core.devkit.running import Outcome
from core.sdk.connectors import Answer, Judge, Parameters, StreamState
from core.sdk.errors import (
    ConnectorAuthFailed,
    ConnectorBug,
    ConnectorError,
    ConnectorMisconfigured,
    ConnectorRecordRefused,
    ConnectorTransient,
)
from plugins.moodle.configuration import MoodleConfiguration
from plugins.moodle.errors import (
    CapabilityMissing,
    CourseClosed,
    FunctionRefused,
    NoCriteria,
    NotTracked,
    PhpFault,
    Unconfirmed,
    error_of,
)
from plugins.moodle.simulator import TOKEN
from plugins.moodle.simulator.platform import SimulatedMoodle
from plugins.moodle.simulator.switches import FailsWith, OldClassNames, OldPermissionCode, ServicesOff
from plugins.moodle.webservice import WebService

BODIES = [
    ({"exception": "core\\exception\\moodle_exception", "errorcode": "invalidtoken"}, ConnectorAuthFailed),
    ({"exception": "moodle_exception", "errorcode": "invalidtoken"}, ConnectorAuthFailed),
    ({"exception": "moodle_exception", "errorcode": "wsaccessusersuspended"}, ConnectorAuthFailed),
    ({"exception": "moodle_exception", "errorcode": "wsaccessusernologin"}, ConnectorAuthFailed),
    ({"exception": "moodle_exception", "errorcode": "usernotconfirmed"}, Unconfirmed),
    ({"exception": "moodle_exception", "errorcode": "userdeleted"}, ConnectorRecordRefused),
    ({"exception": "moodle_exception", "errorcode": "usernotenroled"}, NotTracked),
    ({"exception": "moodle_exception", "errorcode": "cannotviewreport"}, CapabilityMissing),
    ({"exception": "moodle_exception", "errorcode": "notingroup"}, CapabilityMissing),
    ({"exception": "moodle_exception", "errorcode": "badgesdisabled"}, ConnectorMisconfigured),
    ({"error": "Неверный вход", "errorcode": "invalidlogin", "stacktrace": None}, ConnectorAuthFailed),
    ({"exception": "webservice_access_exception", "errorcode": "accessexception"}, FunctionRefused),
    ({"exception": "core\\exception\\required_capability_exception", "errorcode": "nopermissions"}, CapabilityMissing),
    ({"exception": "required_capability_exception", "errorcode": "nopermission"}, CapabilityMissing),
    ({"exception": "moodle_exception", "errorcode": "errorcoursecontextnotvalid"}, CourseClosed),
    ({"exception": "invalid_parameter_exception", "errorcode": "invalidparameter"}, ConnectorBug),
    ({"exception": "dml_missing_record_exception", "errorcode": "invalidrecord"}, ConnectorRecordRefused),
    ({"exception": "dml_missing_record_exception", "errorcode": "invaliduser"}, ConnectorRecordRefused),
    ({"exception": "moodle_exception", "errorcode": "nocriteriaset"}, NoCriteria),
    ({"exception": "moodle_exception", "errorcode": "sitemaintenance"}, ConnectorTransient),
    ({"exception": "dml_read_exception", "errorcode": "dmlreadexception"}, ConnectorTransient),
    ({"exception": "Error", "message": "Call to a member function"}, PhpFault),
    ({"exception": "TypeError", "errorcode": None}, PhpFault),
    ({"exception": "moodle_exception", "errorcode": "added_in_the_next_version"}, ConnectorBug),
]


@pytest.mark.parametrize(("body", "kind"), BODIES)
def test_an_error_is_known_by_its_code(body: Mapping[str, Any], kind: type[ConnectorError]) -> None:
    error = error_of({"message": "Произошла ошибка", **body}, "some_function")
    assert type(error) is kind


@pytest.mark.parametrize("data", [[], {}, {"users": [], "warnings": []}, {"error": "a field of data"}, None, 7])
def test_data_are_no_error(data: object) -> None:
    assert error_of(data, "some_function") is None


def test_every_error_among_the_samples_is_recognised(samples: Mapping[str, Any]) -> None:
    kinds = {key: type(error_of(each["body"], "f")) for key, each in samples.items() if "exception" in each["body"]}
    assert kinds == {
        "err_badtype": ConnectorBug,
        "err_fn": FunctionRefused,
        "err_missing": ConnectorBug,
        "err_nocourse": ConnectorRecordRefused,
        "err_nofn": ConnectorRecordRefused,
        "err_tok": ConnectorAuthFailed,
        "err_userfield": ConnectorRecordRefused,
    }
    sound = [key for key, each in samples.items() if not key.startswith("err_")]
    assert [key for key in sound if error_of(samples[key]["body"], "f")] == []


def test_a_missing_capability_is_named_as_the_site_names_it_and_as_administrators_find_it() -> None:
    body = {
        "exception": "core\\exception\\required_capability_exception",
        "errorcode": "nopermissions",
        "message": "Извините, но у Вас нет прав (Просмотр глобальных групп).",
    }
    message = str(error_of(body, "core_cohort_get_cohorts"))
    assert "«Просмотр глобальных групп»" in message
    assert "moodle/cohort:view" in message


def test_the_text_of_an_error_is_not_repeated() -> None:
    body = {"exception": "x", "errorcode": "wsaccessusersuspended", "message": "suspended username: ivanova"}
    assert "ivanova" not in str(error_of(body, "some_function"))


class CannedClient:
    """Answers everything alike."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.forms: list[Parameters] = []

    async def request(  # noqa: PLR0913 - the contract's
        self,
        method: str,
        url: str,
        *,
        judge: Judge,
        params: Parameters = (),
        headers: Mapping[str, str] | None = None,
        secret_headers: Mapping[str, str] | None = None,
        json: object = None,
        form: Parameters | None = None,
    ) -> Answer:
        self.forms.append(form or ())
        judge(self.answer)
        return self.answer

    def stream(self, url: str, **_: object) -> Any:  # noqa: ANN401 - nothing is streamed here
        raise AssertionError(url)


def answer(status: int, body: object, media: str = "application/json") -> Answer:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(status=status, headers={"content-type": media}, body=raw)


PAGE = b"<!DOCTYPE html><html><body>Works</body></html>"
ANSWERS = [
    (answer(503, PAGE, "text/html"), ConnectorTransient),
    (answer(200, PAGE, "text/html"), ConnectorTransient),
    (answer(500, b""), ConnectorTransient),
    (answer(429, b""), ConnectorTransient),
    (answer(403, b"", "text/html"), ConnectorMisconfigured),
    (answer(401, PAGE, "text/html"), ConnectorMisconfigured),
    (answer(404, PAGE, "text/html"), ConnectorMisconfigured),
    (answer(200, b'<?xml version="1.0" encoding="UTF-8" ?><RESPONSE/>', "application/xml"), ConnectorBug),
    (answer(200, {"exception": "webservice_access_exception", "errorcode": "accessexception"}), ConnectorAuthFailed),
    (answer(200, {"users": [{"id": 1}], "warnings": [{"warningcode": "invalidfieldparameter"}]}), ConnectorBug),
]


@pytest.mark.parametrize(("said", "kind"), ANSWERS)
async def test_an_answer_is_judged_by_its_status_its_body_and_its_warnings(
    said: Answer, kind: type[ConnectorError]
) -> None:
    with pytest.raises(kind):
        await service(CannedClient(said)).call("core_user_get_users")


def service(client: CannedClient) -> WebService:
    return WebService(client, MoodleConfiguration(site_url="https://moodle.example/x", token=SecretStr(TOKEN)))


async def test_arguments_are_nested_as_php_nests_them() -> None:
    client = CannedClient(answer(200, []))
    await service(client).call("f", options=[{"name": "limitfrom", "value": 0}], ids=[2, 3], flag=True, o={"ids": [5]})
    assert [each for each in client.forms[0] if not each[0].startswith(("ws", "moodlews"))] == [
        ("options[0][name]", "limitfrom"),
        ("options[0][value]", "0"),
        ("ids[0]", "2"),
        ("ids[1]", "3"),
        ("flag", "1"),
        ("o[ids][0]", "5"),
    ]


async def test_one_function_that_is_not_in_the_service_is_no_matter_of_credentials(
    moodle: SimulatedMoodle, bench: Bench
) -> None:
    moodle.site.service.functions.discard("core_cohort_get_cohorts")
    report = await bench.run()
    assert not bench.needs_sign_in
    assert {each.stream: each.problem for each in report.troubles} == {"cohorts": "config", "cohort_members": "config"}
    assert "core_cohort_get_cohorts" in report.troubles[0].message


async def test_a_token_that_expires_is_one_cause_with_two_codes(moodle: SimulatedMoodle, bench: Bench) -> None:
    moodle.site.service.tokens[TOKEN].validuntil = moodle.now - 1
    first, second = await bench.run(), await bench.run()
    assert (first.outcome, second.outcome) == (Outcome.FAILED, Outcome.FAILED)
    assert [each.problem for each in (*first.troubles, *second.troubles)] == ["auth", "auth"]
    assert bench.needs_sign_in


async def test_a_suspended_service_account_asks_for_a_sign_in(moodle: SimulatedMoodle, bench: Bench) -> None:
    moodle.site.users[3].suspended = True
    report = await bench.run()
    assert bench.needs_sign_in
    assert [("wsaccessusersuspended" in each.message, "deloteka" in each.message) for each in report.troubles] == [
        (True, False)
    ]


async def test_a_learner_who_is_not_confirmed_is_not_taken_for_the_service_account(
    moodle: SimulatedMoodle, bench: Bench
) -> None:
    moodle.site.users[6].confirmed = False
    report = await bench.run()
    assert not bench.needs_sign_in
    assert {each.problem for each in report.troubles} == {"transient"}
    assert ("badges", moodle.site.badges[0].uniquehash) in bench.kept.records


async def test_web_services_that_are_off_are_told_apart_from_credentials(moodle: SimulatedMoodle, bench: Bench) -> None:
    moodle.faults.on(ServicesOff())
    with pytest.raises(ConnectorMisconfigured, match="web services or their REST protocol are off"):
        await bench.check()


async def test_older_sites_say_the_same_with_other_names(moodle: SimulatedMoodle, bench: Bench) -> None:
    moodle.faults.on(OldClassNames(), OldPermissionCode())
    moodle.site.service.capabilities.discard("moodle/cohort:view")
    told = {each.stream: each for each in (await bench.check()).streams}
    assert told["cohorts"].state is StreamState.MISSING_RIGHT
    assert "moodle/cohort:view" in told["cohorts"].missing
    assert told["learners"].state is StreamState.OK


async def test_an_unknown_error_is_to_be_reported_and_stops_its_stream_only(
    moodle: SimulatedMoodle, bench: Bench
) -> None:
    moodle.faults.on(FailsWith(path="core_badges_get_user_badges", errorcode="badgesarenotwhattheywere"))
    report = await bench.run()
    assert [(each.stream, each.problem) for each in report.troubles] == [("badges", "bug")]
    assert "badgesarenotwhattheywere" in report.troubles[0].message
