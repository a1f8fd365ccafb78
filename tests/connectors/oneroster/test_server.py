"""Servers: signing in, pages, changes, errors."""

import json
from base64 import b64decode
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from core.devkit.faults import DeadToken, RepeatedPage, RoundedIds, ShortPage
from core.devkit.middleware import Application, Receive, Scope, Send
from core.sdk import (
    ConnectorAuthFailed,
    ConnectorBug,
    ConnectorError,
    ConnectorMisconfigured,
    ConnectorRecordRefused,
    ConnectorTransient,
)
from core.sdk.connectors import Answer, Problem, Record, State, StreamState
from plugins.oneroster.answers import Reading, TokenDied
from plugins.oneroster.configuration import RestSource
from plugins.oneroster.simulator import DeletedHidden, NoPagingHeaders, OldRoles, SimulatedSystem
from plugins.oneroster.simulator.application import HOST, Client
from tests.connectors.oneroster.reading import cursor_of, messages, records, server

LISTS = "GET /ims/oneroster/v1p1/"


# --- configuration ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("address", "sis.example.org"),
        ("address", "ftp://sis.example.org"),
        ("address", "https://user:secret@sis.example.org"),
        ("address", "https://sis.example.org?key=1"),
        ("token_url", "https://sis.example.org/delete"),
        ("version", "1.0"),
        ("page_size", 1),
        ("surprise", 1),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(field: str, value: object) -> None:
    good: dict[str, Any] = {
        "address": "https://sis.example.org/",
        "token_url": "https://id.example.org/oauth/token",
        "client_id": "c",
        "client_secret": "s",
    }
    assert RestSource(**good).rostering == "https://sis.example.org/ims/oneroster/v1p1"
    assert RestSource(**good, version="1.2").gradebook == "https://sis.example.org/ims/oneroster/gradebook/v1p2"
    assert RestSource(**good, rostering_url="https://x.example.org/or").rostering == "https://x.example.org/or"
    with pytest.raises(ValidationError, match=field):
        RestSource(**{**good, field: value})


# --- signing in -------------------------------------------------------------------------------------------------------


def heard_by(system: SimulatedSystem, heard: list[str]) -> Application:
    """The system, with an ear at what it is shown as credentials."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        heard.extend(value.decode() for name, value in scope["headers"] if name == b"authorization")
        await system.application(scope, receive, send)

    return application


async def test_id_and_secret_are_form_encoded_and_only_reading_is_asked_for(system: SimulatedSystem) -> None:
    system.clients["a b:c"] = Client("сек/рет+&=")
    bench = server(system, source={"client_id": "a b:c", "client_secret": "сек/рет+&="}, demographics=True)
    heard: list[str] = []
    bench.transport.hosts[HOST] = heard_by(system, heard)
    await bench.check()
    sent = next(line for line in bench.transport._asked if line.startswith("POST"))
    credentials = b64decode(heard[0].removeprefix("Basic ")).decode()
    assert credentials == "a+b%3Ac:%D1%81%D0%B5%D0%BA%2F%D1%80%D0%B5%D1%82%2B%26%3D"
    assert "grant_type=client_credentials" in sent
    assert sent.count("v1p1%2Fscope%2F") == 3
    assert "createput" not in sent


async def test_a_token_is_used_until_shortly_before_its_end(system: SimulatedSystem) -> None:
    bench = server(system)
    await records(bench, "subjects")
    await records(bench, "subjects")
    assert system.faults.requests("POST *") == 1
    bench.now += timedelta(seconds=3_580)
    await records(bench, "subjects")
    assert system.faults.requests("POST *") == 2


async def test_a_token_without_an_end_is_used_until_it_is_refused(system: SimulatedSystem) -> None:
    system.lifetime = None
    bench = server(system)
    await records(bench, "subjects")
    bench.now += timedelta(days=300)
    with system.faults.during(DeadToken(token="bearer-1-of-deloteka")):
        assert len(await records(bench, "subjects")) == 3
    assert system.faults.requests("POST *") == 2


async def test_a_server_that_takes_no_token_at_all_is_asked_twice_and_no_more(system: SimulatedSystem) -> None:
    bench = server(system)
    system.faults.on(DeadToken())
    with pytest.raises(ConnectorAuthFailed):
        await records(bench, "subjects")
    assert (system.faults.requests("POST *"), system.faults.requests("GET *")) == (2, 2)


async def test_a_wrong_secret_is_told_as_such(system: SimulatedSystem) -> None:
    with pytest.raises(ConnectorAuthFailed, match="invalid_client"):
        await server(system, source={"client_secret": "wrong-secret"}).check()


async def test_scopes_that_were_not_granted_are_noted(system: SimulatedSystem) -> None:
    system.clients["deloteka"].scopes.discard("gradebook.readonly")
    result = await server(system).check()
    states = {each.stream: (each.state, each.missing) for each in result.streams}
    assert states["results"] == (StreamState.MISSING_RIGHT, "gradebook.readonly")
    assert states["learners"] == (StreamState.OK, "")
    assert "gradebook.readonly" in result.notes[0]
    system.clients["deloteka"].scopes.clear()
    with pytest.raises(ConnectorMisconfigured, match="scope"):
        await server(system).check()


# --- errors -----------------------------------------------------------------------------------------------------------


def imsx(code: str, *, major: str = "failure", wrapped: bool = False) -> bytes:
    field = {"imsx_codeMinorFieldName": "x", "imsx_codeMinorFieldValue": code}
    body = {
        "imsx_codeMajor": major,
        "imsx_severity": "error",
        "imsx_description": "Тестов Альфа is not known",
        "imsx_CodeMinor": {"imsx_codeMinorField": [field]},
    }
    return json.dumps({"imsx_StatusInfo": body} if wrapped else body).encode()


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, imsx("unauthorisedrequest"), TokenDied),
        (401, b"", TokenDied),
        (403, b"", ConnectorMisconfigured),
        (403, imsx("unauthorisedrequest"), ConnectorMisconfigured),
        (400, imsx("unauthorisedrequest", wrapped=True), ConnectorMisconfigured),
        (404, imsx("unknownobject"), ConnectorRecordRefused),
        (404, b"<html>", ConnectorRecordRefused),
        (400, imsx("invalid_filter_field"), ConnectorBug),
        (422, imsx("invaliddata"), ConnectorBug),
        (422, b"{}", ConnectorBug),
        (429, b"", ConnectorTransient),
        (500, imsx("somethingnew"), ConnectorTransient),
        (500, b"[]", ConnectorTransient),
        (503, b"<html>", ConnectorTransient),
        (400, imsx("targetreadfailure"), ConnectorTransient),
        (418, b"", ConnectorBug),
        (200, imsx("targetreadfailure"), ConnectorTransient),
        (200, imsx("unknownobject", wrapped=True), ConnectorRecordRefused),
        (200, imsx("", major="unsupported"), ConnectorBug),
        (200, b"<!DOCTYPE html>", ConnectorTransient),
        (200, b"[" * 100_000, ConnectorTransient),
        (200, b'{"error": "limit"}', ConnectorBug),
    ],
)
def test_an_error_is_told_by_its_code_then_by_its_status(status: int, body: bytes, error: type[ConnectorError]) -> None:
    with pytest.raises(ConnectorError) as raised:
        Reading("users", scope="roster-core.readonly")(Answer(status=status, headers={}, body=body))
    assert type(raised.value) is error
    assert "Тестов" not in str(raised.value)
    assert "users" in str(raised.value)


def test_a_good_answer_is_kept_with_numbers_as_they_were_written() -> None:
    reading = Reading("results", scope="gradebook.readonly")
    body = {"results": [{"score": 5.0}], "imsx_StatusInfo": {"imsx_codeMajor": "success"}}
    reading(Answer(status=200, headers={}, body=json.dumps(body).encode()))
    assert reading.data["results"][0]["score"] == "5.0"


# --- changes ----------------------------------------------------------------------------------------------------------


def external_ids(said: Sequence[object]) -> list[str]:
    return [each.external_id for each in said if isinstance(each, Record)]


async def test_a_later_reading_asks_for_changes_and_hears_of_deletions(system: SimulatedSystem) -> None:
    bench = server(system)
    cursor = cursor_of(await messages(await bench.open(), "results"))
    system.school.edit("results", "R-W-Б1-1-001", score=2.0)
    system.school.delete("results", "R-W-Б1-1-003")
    system.faults.forget_requests()
    bench.now += timedelta(days=1)
    said = await messages(await bench.open(), "results", cursor)
    assert [(each.external_id, each.gone) for each in said if isinstance(each, Record)] == [
        ("R-W-Б1-1-001", False),
        ("R-W-Б1-1-003", True),
    ]
    # a new token, one page of changes, and singly the work, its category and its class
    assert system.faults.requests() == 5


async def test_the_filter_leaves_the_status_out_and_begins_before_the_last_change(system: SimulatedSystem) -> None:
    bench = server(system, source={"overlap_days": 3})
    cursor = cursor_of(await messages(await bench.open(), "subjects"))
    bench.transport.forget()
    await messages(await bench.open(), "subjects", cursor)
    asked = list(bench.transport._asked)
    assert len(asked) == 1
    assert "filter=dateLastModified%3E%272026-02-27T06%3A00%3A00.000Z%27" in asked[0]
    assert "status" not in asked[0]


async def test_no_cursor_passes_the_moment_the_run_began_or_moves_backwards(system: SimulatedSystem) -> None:
    bench = server(system)
    system.school.collections["courses"]["C-1"]["dateLastModified"] = "2031-01-01T00:00:00.000Z"
    first = cursor_of(await messages(await bench.open(), "subjects"))
    assert datetime.fromisoformat(json.loads(first)["read_to"]) == bench.now
    bench.now -= timedelta(hours=5)
    second = cursor_of(await messages(await bench.open(), "subjects", first))
    assert json.loads(second)["read_to"] == json.loads(first)["read_to"]


async def test_a_source_that_says_of_nothing_when_it_was_changed_is_read_whole(system: SimulatedSystem) -> None:
    for course in system.school.entries("courses"):
        del course["dateLastModified"]
    bench = server(system)
    cursor = cursor_of(await messages(await bench.open(), "subjects"))
    assert len(external_ids(await messages(await bench.open(), "subjects", cursor))) == 3


async def test_once_a_week_everything_is_read_again(system: SimulatedSystem) -> None:
    bench = server(system)
    cursor = cursor_of(await messages(await bench.open(), "results"))
    system.school.collections["lineItems"]["W-Б1-1"]["title"] = "Исправленное название"
    bench.now += timedelta(days=6)
    said = await messages(await bench.open(), "results", cursor)
    assert external_ids(said) == []
    bench.now += timedelta(days=1)
    said = await messages(await bench.open(), "results", cursor_of(said))
    titles = {each.external_id: each.data.model_dump()["title"] for each in said if isinstance(each, Record)}
    assert titles["R-W-Б1-1-001"] == "Исправленное название"
    bench.now += timedelta(days=1)
    assert external_ids(await messages(await bench.open(), "results", cursor_of(said))) == []


async def test_an_unfinished_reading_goes_on_after_its_last_state(
    system: SimulatedSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugins.oneroster.rest.STATED_EVERY", 2)
    bench = server(system)
    whole = await messages(await bench.open(), "results")
    place = next(number for number, each in enumerate(whole) if isinstance(each, State))
    cursor = whole[place].cursor  # type: ignore[union-attr] # it is a state
    rest = await messages(await bench.open(), "results", cursor)
    assert external_ids(whole[:place]) + external_ids(rest) == external_ids(whole)
    assert cursor_of(rest) == cursor_of(whole)
    changed = json.loads(cursor) | {"last": "somebody else"}
    assert external_ids(await messages(await bench.open(), "results", json.dumps(changed))) == external_ids(whole)


async def test_a_server_that_hides_deletions_is_read_whole(system: SimulatedSystem) -> None:
    system.faults.on(DeletedHidden())
    bench = server(system, source={"incremental": False})
    assert (await bench.run()).outcome == "complete"
    system.school.delete("results", "R-W-Б1-1-001")
    await bench.run()
    assert [key for key, (_, gone) in bench.kept.said().items() if gone] == [("results", "R-W-Б1-1-001")]


async def test_pages_in_the_middle_may_be_short_without_headers(system: SimulatedSystem) -> None:
    bench = server(system)
    whole = await records(bench, "results")
    system.faults.on(NoPagingHeaders(), ShortPage(path="*/results", after=1, times=1))
    assert (await records(bench, "results")).keys() == whole.keys()
    system.faults.on(RepeatedPage(path="*/results", after=1))
    with pytest.raises(ConnectorMisconfigured):
        await records(bench, "results")


async def test_a_rounded_identifier_is_none(system: SimulatedSystem) -> None:
    system.school.edit("courses", "C-1", sourcedId=1.2345678901234568e18)
    system.faults.on(RoundedIds())
    said = await messages(await server(system).open(), "subjects")
    assert len(external_ids(said)) == 2
    assert ["sourcedId" in each.message for each in said if isinstance(each, Problem)] == [True]


async def test_passwords_are_dropped_at_every_depth(system: SimulatedSystem) -> None:
    profiles = [{"profileId": "1", "Password": "never to be stored"}]
    for user in system.school.entries("users"):
        user["userProfiles"] = profiles
    for record in (await records(server(system, source={"version": "1.2"}), "learners")).values():
        assert "never to be stored" not in repr(record)


async def test_a_server_of_1_2_may_send_the_one_role_of_1_1(system: SimulatedSystem) -> None:
    bench = server(system, source={"version": "1.2"})
    listed = await records(bench, "learners")
    with system.faults.during(OldRoles()):
        single = await records(bench, "learners")
    assert {key: each.data for key, each in single.items()} == {key: each.data for key, each in listed.items()}
    assert len(single) == 4


async def test_a_wrong_address_is_told_as_such(system: SimulatedSystem) -> None:
    bench = server(system, source={"rostering_url": f"https://{HOST}/ims/oneroster/v9"})
    with pytest.raises(ConnectorMisconfigured, match="check the address and the version"):
        await bench.check()


async def test_the_identity_is_of_site_and_client(system: SimulatedSystem) -> None:
    identity = (await server(system).check()).identity
    assert identity.unique_id == f"{HOST}/ims/oneroster/v1p1 deloteka"
    assert identity.organisation == "Школа-образец № 0"
    assert system.faults.requests(f"{LISTS}users") == 1


async def test_users_are_asked_for_once_for_learners_staff_and_guardians(system: SimulatedSystem) -> None:
    bench = server(system)
    connector = await bench.open()
    for stream in ("learners", "staff", "guardians"):
        await messages(connector, stream)
    users = len(list(system.school.entries("users")))
    assert system.faults.requests(f"{LISTS}users") == -(-users // 5)
