"""Bytes are read back as they came in, by those who may see them."""

from uuid import uuid4

import pytest

from core.documents.routes.reading import _span
from tests.registry.documents.papers import DOCUMENTS, add_version, digest, keep, read, text
from tests.registry_house import House, code

RANGES: tuple[tuple[str, tuple[int, int] | None], ...] = (
    ("bytes=0-0", (0, 1)),
    ("bytes=0-9", (0, 10)),
    ("bytes=10-", (10, 90)),
    ("bytes=-10", (90, 10)),
    ("bytes=-1000", (0, 100)),
    ("bytes=90-1000", (90, 10)),
    ("bytes=99-99", (99, 1)),
)
WHOLE = ("bytes=-", "bytes=9-3", "bytes=0-1,5-6", "items=0-1", "bytes=a-b", "bytes=", "0-9", "bytes=" + "9" * 19 + "-")
UNSATISFIABLE = ("bytes=100-", "bytes=100-200", "bytes=-0", "bytes=999999999999999999-")


@pytest.mark.parametrize(("asked", "expected"), RANGES)
def test_a_range_is_understood(asked: str, expected: tuple[int, int]) -> None:
    assert _span(asked, 100) == expected


@pytest.mark.parametrize("asked", WHOLE)
def test_a_range_that_cannot_be_read_is_ignored(asked: str) -> None:
    assert _span(asked, 100) is None


async def test_ranges_are_read_and_conditions_kept(house: House) -> None:
    content = text()[:100].ljust(100, b".")
    made = await keep(house.a, content)
    address = f"{DOCUMENTS}/{made['id']}/content"
    for asked, span in RANGES:
        assert span is not None
        answer = await house.clerk.get(address, headers={"Range": asked})
        start, length = span
        assert (answer.status_code, answer.content) == (206, content[start : start + length])
        assert answer.headers["Content-Range"] == f"bytes {start}-{start + length - 1}/100"
        assert answer.headers["Content-Length"] == str(length)
    for asked in WHOLE:
        answer = await house.clerk.get(address, headers={"Range": asked})
        assert (answer.status_code, answer.content) == (200, content)
    for asked in UNSATISFIABLE:
        answer = await house.clerk.get(address, headers={"Range": asked})
        assert code(answer) == (416, "range_not_satisfiable")
        assert answer.json()["size"] == 100
    tag = f'"{digest(content)}"'
    same = await house.clerk.get(address, headers={"Range": "bytes=0-9", "If-Range": tag})
    assert (same.status_code, same.headers["ETag"]) == (206, tag)
    other = await house.clerk.get(address, headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (other.status_code, other.content) == (200, content)


async def test_who_has_the_bytes_already_is_not_sent_them_again(house: House) -> None:
    content = text()
    made = await keep(house.a, content)
    address = f"{DOCUMENTS}/{made['id']}/content"
    tag = f'"{digest(content)}"'
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        for method in ("GET", "HEAD"):
            answer = await house.clerk.request(method, address, headers={"If-None-Match": known, "Range": "bytes=0-1"})
            assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", tag)
            assert answer.headers["Cache-Control"] == "no-store"
    lines = [("If-None-Match", '"other"'), ("If-None-Match", tag)]
    assert (await house.clerk.get(address, headers=lines)).status_code == 304
    other = await house.clerk.get(address, headers={"If-None-Match": '"other"'})
    assert (other.status_code, other.content) == (200, content)
    assert (await house.of("teacher").get(address, headers={"If-None-Match": tag})).status_code == 403
    assert (await house.a.of("head").get(address, headers={"If-None-Match": tag})).status_code == 304
    read_by = await house.owner.fetchval(
        "SELECT count(*) FROM audit_entries WHERE action = 'document.opened' AND actor_id = $1",
        house.a.accounts["head"],
    )
    assert read_by == 1


async def test_bytes_that_are_no_longer_those_somebody_began_to_read_are_refused(house: House) -> None:
    made = await keep(house.a, text())
    address = f"{DOCUMENTS}/{made['id']}/content"
    tag = (await house.clerk.head(address)).headers["ETag"]
    for named, status in ((tag, 200), ("*", 200), (f"W/{tag}", 412), ('"other"', 412)):
        assert (await house.clerk.get(address, headers={"If-Match": named})).status_code == status
    part = {"If-Match": tag, "Range": "bytes=0-1"}
    assert (await house.clerk.get(address, headers=part)).status_code == 206
    await add_version(house.a, made)
    assert code(await house.clerk.get(address, headers=part)) == (412, "precondition_failed")


async def test_a_range_meant_for_a_weak_tag_or_a_date_brings_the_whole(house: House) -> None:
    content = text()
    made = await keep(house.a, content)
    for condition in (f'W/"{digest(content)}"', "Wed, 21 Oct 2026 07:28:00 GMT"):
        headers = {"Range": "bytes=0-1", "If-Range": condition}
        answer = await house.clerk.get(f"{DOCUMENTS}/{made['id']}/content", headers=headers)
        assert (answer.status_code, answer.content) == (200, content)


async def test_a_file_is_offered_for_saving_and_never_shown_in_our_pages(house: House) -> None:
    made = await keep(house.a, file_name="Справка «о чём-то».txt")
    answer = await read(house.a, made)
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''%D0%A1")
    assert answer.headers["Content-Type"] == "text/plain"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Repr-Digest"].startswith("sha-256=:")


async def test_every_reading_is_in_the_audit_trail(house: House) -> None:
    made = await keep(house.a)
    await read(house.a, made, role="head")
    await house.of("auditor").get(f"{DOCUMENTS}/{made['id']}")
    rows = await house.owner.fetch("SELECT action, actor_id FROM audit_entries WHERE object_id = $1", made["id"])
    said = [(row["action"], row["actor_id"]) for row in rows]
    assert ("document.opened", house.a.accounts["head"]) in said
    assert ("document.read", house.a.accounts["auditor"]) in said


async def test_contents_are_read_by_those_who_may_open_them_only(house: House) -> None:
    made = await keep(house.a)
    for role in ("clerk", "records_officer", "commission", "head", "service_account"):
        assert (await read(house.a, made, role=role)).status_code == 200
    for role in ("administrator", "executor", "auditor", "teacher"):
        assert code(await read(house.a, made, role=role)) == (403, "forbidden")
    assert (await house.stranger.get(f"{DOCUMENTS}/{made['id']}/content")).status_code == 401


async def test_documents_of_another_institution_do_not_exist(house: House) -> None:
    made = await keep(house.other)
    unknown = {"id": str(uuid4())}
    for place in (made, unknown):
        for address in ("", "/content", "/versions", "/versions/1/content", "/versions/1/previews"):
            answer = await house.clerk.get(f"{DOCUMENTS}/{place['id']}{address}")
            assert code(answer) == (404, "not_found")
        changed = await house.clerk.patch(f"{DOCUMENTS}/{place['id']}", json={"title": "a"}, headers={"If-Match": "*"})
        assert code(changed) == (404, "not_found")
    assert (await house.clerk.get(DOCUMENTS)).json()["items"] == []


async def test_an_address_that_is_no_id_is_refused(house: House) -> None:
    made = await keep(house.a)
    for address in ("abc", f"{made['id']}/versions/0/content", f"{made['id']}/versions/99999999999/content"):
        answer = await house.clerk.get(f"{DOCUMENTS}/{address}")
        assert answer.status_code in {404, 422}
        assert answer.json()["code"] in {"not_found", "invalid_request"}
    assert code(await house.clerk.get(f"{DOCUMENTS}/{made['id']}/versions/2/content")) == (404, "not_found")


async def test_lost_bytes_are_a_problem_and_not_a_cut_answer(house_in_memory: House) -> None:
    house = house_in_memory
    made = await keep(house.a)
    house.memory._objects.clear()
    answer = await read(house.a, made)
    assert code(answer) == (503, "content_damaged")


async def test_the_latest_version_is_read_unless_one_is_named(house: House) -> None:
    first, second = text(), text()
    made = await keep(house.a, first)
    await add_version(house.a, made, second)
    assert (await read(house.a, made)).content == second
    assert (await read(house.a, made, ordinal=1)).content == first
