"""What every answer of the real application has in common, and what is asked for in every list."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.access.permissions import Role
from core.api.application import create_app
from core.bootstrap.web import application, attach, host_names
from core.web.health import HealthState
from core.web.middleware import Limits
from tests.registry.api.asking import V1, World
from tests.registry.documents.papers import DOCUMENTS, digest, keep, quarantine, send, text
from tests.registry_house import BASE, House, code, house_settings

NOBODY = "00000000-0000-4000-8000-00000000dead"

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


def moments(value: Any, name: str = "") -> list[str]:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return [found for key, inner in value.items() for found in moments(inner, key)]
    if isinstance(value, list):
        return [found for inner in value for found in moments(inner, name)]
    return [value] if name.endswith("_at") and value is not None else []


async def test_times_name_their_offset(house_in_memory: House) -> None:
    world = World(house_in_memory)
    await world.furnish()
    await world.job()
    found: list[str] = []
    for path in ("session", "tokens", "people", "groups", "personal-files", "documents", "jobs", "institution"):
        found += moments((await house_in_memory.clerk.get(f"{V1}/{path}")).json())
    found += moments((await house_in_memory.of(Role.AUDITOR).get(f"{V1}/audit/entries")).json())
    found += moments((await house_in_memory.of(Role.AUDITOR).get(f"{V1}/users")).json())
    assert len(found) > 20
    assert [moment for moment in found if not MOMENT.fullmatch(moment)] == []


async def test_filters_by_foreign_ids_find_nothing(house_in_memory: House) -> None:
    world = World(house_in_memory)
    await world.furnish()
    a, job = house_in_memory.a, await world.job()
    other = house_in_memory.other
    asked: list[tuple[str, str, dict[str, object]]] = [
        (Role.CLERK, "documents", {"personal_file_id": a.personal_file}),
        (Role.CLERK, "documents", {"group_id": a.group}),
        (Role.CLERK, "personal-files", {"person_id": a.learner}),
        (Role.CLERK, "jobs", {"subject_id": "d-1"}),
        (Role.AUDITOR, "audit/entries", {"actor_id": a.accounts[Role.CLERK]}),
        (Role.AUDITOR, "audit/entries", {"object_id": world.paper["id"]}),
    ]
    for role, path, filters in asked:
        named = {name: str(value) for name, value in filters.items()}
        own = await a.of(role).get(f"{V1}/{path}", params=named)
        assert own.json()["items"] or path.startswith("documents") or path == "personal-files", (path, filters)
        answer = await other.of(role).get(f"{V1}/{path}", params=named)
        assert (answer.status_code, answer.json()["items"]) == (200, []), (path, filters)
    assert str(job) not in (await other.clerk.get(f"{V1}/jobs")).text


async def test_a_search_finds_nothing_of_another_institution(house_in_memory: House) -> None:
    made = await house_in_memory.clerk.post(f"{V1}/people", json={"family_name": "Неповторимова", "given_name": "Ия"})
    for place, found in ((house_in_memory.a, [made.json()["id"]]), (house_in_memory.other, [])):
        answer = await place.clerk.get(f"{V1}/search", params={"q": "Неповторимова"})
        assert [hit["id"] for hit in answer.json()["items"]] == found


async def test_the_next_page_is_linked(house_in_memory: House) -> None:
    for number in range(3):
        await house_in_memory.clerk.post(f"{V1}/groups", json={"name": f"ИС-3{number}"})
    seen: list[str] = []
    address = f"{V1}/groups?limit=3"
    while address:
        answer = await house_in_memory.clerk.get(address)
        seen += [group["id"] for group in answer.json()["items"]]
        address = answer.links.get("next", {}).get("url", "")
    assert len(set(seen)) == len(seen) == 4


async def test_findings_are_told_in_the_readers_language(house_in_memory: House) -> None:
    made = await quarantine(house_in_memory.a)
    path = f"{DOCUMENTS}/{made['id']}"
    [russian] = made["version"]["findings"]
    assert re.search("[а-яё]", russian["message"])
    english = (await house_in_memory.clerk.get(path, headers={"Accept-Language": "en"})).json()["version"]["findings"][
        0
    ]
    assert not re.search("[а-яё]", english["message"])
    assert (english["code"], english["facts"]) == (russian["code"], russian["facts"])


@pytest.mark.parametrize(("language", "letters"), [("ru", "[а-яё]"), ("en", "[a-z]")])
async def test_so_are_those_of_a_rejected_file(house_in_memory: House, language: str, letters: str) -> None:
    answer = await send(house_in_memory.a, b"MZ" + bytes(500), file_name="a.exe", headers={"Accept-Language": language})
    assert code(answer) == (422, "upload_rejected")
    messages = [finding["message"] for finding in answer.json()["findings"]]
    assert messages
    assert all(re.match(f"(?i){letters}", message) for message in messages)


async def test_a_head_tells_size_and_digest_without_the_bytes(house_in_memory: House) -> None:
    content = text()
    made = await keep(house_in_memory.a, content)
    for within in ("", "/versions/1"):
        path = f"{DOCUMENTS}/{made['id']}{within}/content"
        head = await house_in_memory.clerk.head(path, headers={"Range": "bytes=0-1"})
        whole = await house_in_memory.clerk.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["Content-Length"] == str(len(content))
        assert head.headers["ETag"] == f'"{digest(content)}"'
        different = {"date", "x-request-id"}
        assert {k: v for k, v in head.headers.items() if k not in different} == {
            k: v for k, v in whole.headers.items() if k not in different
        }


async def test_a_head_does_not_speak_of_bytes_that_are_lost(house_in_memory: House) -> None:
    made = await keep(house_in_memory.a)
    await house_in_memory.owner.execute("UPDATE document_versions SET object_key = object_key || 'x'")
    assert (await house_in_memory.clerk.head(f"{DOCUMENTS}/{made['id']}/content")).status_code == 503


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", f"{V1}/documents/{NOBODY}/content", "GET, HEAD"),
        ("PUT", f"{V1}/people", "GET, POST"),
        ("PUT", f"{V1}/people/{NOBODY}", "GET, PATCH"),
        ("POST", "/health", "GET"),
    ],
)
async def test_another_method_hears_which_there_are(
    house_in_memory: House, method: str, path: str, allowed: str
) -> None:
    answer = await house_in_memory.clerk.request(method, path)
    assert code(answer) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == allowed


async def test_health_answers_in_time_and_says_nothing_of_people(house_in_memory: House) -> None:
    async def silent() -> None:
        await asyncio.Event().wait()

    answer = await house_in_memory.stranger.get("/health")
    assert answer.status_code == 200
    said = answer.text
    for place in (house_in_memory.a, house_in_memory.other):
        assert not [name for name in (place.name, str(place.id), *place.logins.values()) if name in said]
    assert "postgresql://" not in said
    house_in_memory.app.state.health = HealthState(probes={"database": silent, "storage": silent}, deadline=0.1)
    async with asyncio.timeout(5):
        answer = await house_in_memory.stranger.get("/health")
    assert (answer.status_code, answer.json()["status"]) == (503, "failing")


async def test_an_upload_that_stands_still_ends_and_leaves_nothing(house_in_memory: House) -> None:
    app = create_app(limits=Limits(longest_pause=0.2))
    attach(app, house_in_memory.services)

    async def stalling() -> AsyncIterator[bytes]:
        yield b"the first bytes"
        await asyncio.Event().wait()

    query = {"kind": "other", "file_name": "a.txt", **house_in_memory.a.holder()}
    signed = {"Authorization": f"Bearer {house_in_memory.a.tokens[Role.CLERK]}"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE, headers=signed) as client:
        answer = await client.post(DOCUMENTS, params=query, content=stalling())
    assert code(answer) == (408, "body_too_slow")
    assert house_in_memory.spooled() == []
    assert await house_in_memory.owner.fetchval("SELECT count(*) FROM documents") == 0


async def test_a_number_is_no_date(house_in_memory: House) -> None:
    made = await keep(house_in_memory.a)
    path = f"{DOCUMENTS}/{made['id']}"
    for wrong in (0, "0", "2026-06-25T00:00:00", 20260625):
        answer = await house_in_memory.clerk.patch(path, json={"issued_on": wrong}, headers={"If-Match": "*"})
        assert code(answer) == (422, "invalid_request"), wrong
        assert [entry["field"] for entry in answer.json()["errors"]] == ["body.issued_on"]
    for query in ({"birth_date": "0"}, {"birth_date": "1700000000"}):
        assert (await house_in_memory.clerk.get(f"{V1}/people", params=query)).status_code == 422


def test_with_a_public_address_only_its_name_and_this_machine_are_answered(tmp_path: Path) -> None:
    public = {"DELOTEKA_SERVICE__PUBLIC_URL": "http://Archive.example.org:8480", "DELOTEKA_SERVICE__HOST": "::"}
    names = host_names(house_settings(tmp_path, public))
    assert names == {"archive.example.org", "localhost", "127.0.0.1", "::1"}
    assert host_names(house_settings(tmp_path)) == frozenset()


@pytest.mark.parametrize(
    ("host", "status"),
    [("archive.example.org", 200), ("localhost:8480", 200), ("[::1]:8480", 200), ("evil.example.com", 421)],
)
async def test_a_page_of_strangers_does_not_reach_it_under_its_own_name(tmp_path: Path, host: str, status: int) -> None:
    app = application(house_settings(tmp_path, {"DELOTEKA_SERVICE__PUBLIC_URL": "http://archive.example.org"}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        answer = await client.get("/health/live", headers={"Host": host})
    assert answer.status_code == status
    assert answer.headers["X-Request-Id"]
    assert json.loads(answer.content)
