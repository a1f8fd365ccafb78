"""What the archive law still requires is kept and not used: few read it, for a stated purpose, nobody changes it."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest

from core.kernel.ids import new_id
from tests.inspection import samples
from tests.registry.cases.desk import ANY, close, file, new_case
from tests.registry.consents.desk import V1, block, created, given, reach, take_back, unblock
from tests.registry.documents.papers import DOCUMENTS, add_version, decide, keep, quarantine, send, text, withdraw
from tests.registry_house import House, Json, code

WAITING = """
SELECT count(*) FROM pg_locks WHERE NOT granted AND pid IN (
  SELECT pid FROM pg_locks WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""
"""How many wait for a lock in this database."""
PURPOSE = {"Deloteka-Purpose": "%D0%B7%D0%B0%D0%BF%D1%80%D0%BE%D1%81%20%D1%81%D1%83%D0%B4%D0%B0"}


async def blocked(house: House) -> tuple[Json, Json]:
    made = await keep(house.a)
    return made, created(await block(house.a))


async def test_a_blocked_document_is_read_with_permission_and_a_stated_purpose_only(house_in_memory: House) -> None:
    house = house_in_memory
    made, _ = await blocked(house)
    for part in ("content", "versions/1/content", "versions/1/previews", "versions/1/previews/1"):
        path = f"{DOCUMENTS}/{made['id']}/{part}"
        refused = await house.clerk.get(path, headers=PURPOSE)
        assert (code(refused), refused.json()["needed"]) == ((403, "blocked_reading"), ["blocked.open"]), part
        assert code(await house.of("head").get(path)) == (403, "purpose_not_stated"), part
    path = f"{DOCUMENTS}/{made['id']}/content"
    assert (await house.clerk.head(path, headers=PURPOSE)).status_code == 403
    for role in ("head", "records_officer", "commission"):
        assert (await house.of(role).get(path, headers=PURPOSE)).status_code == 200
    purpose = await house.owner.fetchval(
        "SELECT purpose FROM audit_entries WHERE action = 'document.opened' ORDER BY id DESC LIMIT 1"
    )
    assert purpose == "запрос суда"


async def test_a_known_copy_is_no_way_round(house_in_memory: House) -> None:
    house = house_in_memory
    made, _ = await blocked(house)
    path, known = f"{DOCUMENTS}/{made['id']}/content", {"If-None-Match": "*"}
    assert (await house.clerk.get(path, headers=known)).status_code == 403


async def test_nothing_in_a_blocked_personal_file_is_changed(house_in_memory: House) -> None:
    house = house_in_memory
    waiting, refused = await quarantine(house.a), await quarantine(house.a)
    made, _ = await blocked(house)
    path = f"{DOCUMENTS}/{made['id']}"
    answers = [
        await send(house.a),
        await house.clerk.post(f"{path}/versions", params={"file_name": "b.txt"}, content=text()),
        await house.clerk.patch(path, json={"note": "правка"}, headers=ANY),
        await withdraw(house.a, made),
        await decide(house.a, waiting, "release"),
        await decide(house.a, refused, "refusal"),
        await house.clerk.post(f"{path}/versions/1/withdrawal", json={"reason": "не тот файл"}),
    ]
    assert [code(answer) for answer in answers] == [(409, "personal_file_blocked")] * len(answers)
    assert await house.owner.fetchval("SELECT count(*) FROM document_versions") == 3


async def test_it_says_why_and_until_when(house_in_memory: House) -> None:
    house = house_in_memory
    made = await keep(house.a)
    case = await new_case(house, "5 лет", opened_on="2026-01-12")
    path = f"{V1}/personal-files/{house.a.personal_file}"
    assert (await house.clerk.post(f"{path}/case", json={"case_id": case["id"]})).status_code == 200
    await close(house.a, case)
    placed = created(await block(house.a))
    assert placed["kept_until_date"] == "2031-12-31"
    assert placed["message"] == "Заблокировано: срок хранения по архивному законодательству до 31.12.2031"
    refused = await send(house.a)
    said = refused.json()
    assert (code(refused), said["until"]) == ((409, "blocked_by_archive_term"), "31.12.2031")
    assert said["title"] == placed["message"]
    assert [each["address"] for each in said["blockings"]] == [f"{V1}/blockings/{placed['id']}"]
    refused = await house.of("head").get(f"{DOCUMENTS}/{made['id']}/content")
    assert "31.12.2031" in refused.json()["remedy"]
    assert (await house.clerk.get(path)).json()["blocked"] is True


async def test_another_person_lifts_it_and_everything_is_as_before(house_in_memory: House) -> None:
    house = house_in_memory
    made, placed = await blocked(house)
    assert code(await unblock(house.a, placed, "records_officer")) == (403, "own_blocking")
    assert code(await unblock(house.a, placed, "clerk")) == (403, "forbidden")
    lifted = await unblock(house.a, placed)
    assert (lifted.json()["state"], lifted.json()["message"]) == ("lifted", "Блокирование снято")
    assert code(await unblock(house.a, placed)) == (409, "blocking_lifted")
    assert (await house.clerk.get(f"{DOCUMENTS}/{made['id']}/content")).status_code == 200
    assert (await send(house.a)).status_code == 201


async def test_it_stays_blocked_until_the_last_blocking_is_lifted(house_in_memory: House) -> None:
    house = house_in_memory
    first, second = created(await block(house.a)), created(await block(house.a, ground="check"))
    assert code(await block(house.a)) == (409, "blocking_exists")
    await unblock(house.a, first)
    assert code(await send(house.a)) == (409, "personal_file_blocked")
    await unblock(house.a, second)
    assert (await send(house.a)).status_code == 201


async def test_two_who_lift_at_once_leave_it_open(house_in_memory: House) -> None:
    house = house_in_memory
    placed = [created(await block(house.a, ground=ground)) for ground in ("archive_term", "check", "demand")]
    answers = await asyncio.gather(*(unblock(house.a, each) for each in placed))
    assert {answer.status_code for answer in answers} == {200}
    assert (await send(house.a)).status_code == 201


async def test_a_double_click_blocks_once(house_in_memory: House) -> None:
    house = house_in_memory
    answers = await asyncio.gather(block(house.a), block(house.a))
    assert sorted(answer.status_code for answer in answers) == [201, 409]


@pytest.mark.parametrize("role", ["clerk", "administrator", "commission", "auditor", "executor", "teacher"])
async def test_officer_and_head_alone_block(house_in_memory: House, role: str) -> None:
    assert code(await block(house_in_memory.a, role)) == (403, "forbidden")


async def test_others_are_not_blocked_and_do_not_reach_it(house_in_memory: House) -> None:
    house = house_in_memory
    _, placed = await blocked(house)
    other_file = await house.learner()
    assert (await send(house.a, personal_file_id=str(other_file))).status_code == 201
    assert (await send(house.a, group_id=str(house.a.group))).status_code == 201
    assert (await send(house.other)).status_code == 201
    assert code(await unblock(house.other, placed)) == (404, "not_found")
    assert code(await block(house.other, personal_file=house.a.personal_file)) == (404, "not_found")


async def test_an_upload_that_was_let_in_before_the_blocking_is_not_kept_after_it(house_in_memory: House) -> None:
    house = house_in_memory
    began, placed = asyncio.Event(), asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"the beginning of a text "
        began.set()
        await placed.wait()
        yield text()

    uploading = asyncio.create_task(send(house.a, slowly()))
    await began.wait()
    created(await block(house.a))
    placed.set()
    assert code(await uploading) == (409, "stale_state")
    assert await house.owner.fetchval("SELECT count(*) FROM documents") == 0


async def test_filing_and_closing_go_on_while_it_is_blocked(house_in_memory: House) -> None:
    house = house_in_memory
    made, _ = await blocked(house)
    case = await new_case(house, "5 лет", opened_on="2026-01-12")
    assert (await file(house.a, made, case)).status_code == 200


async def test_a_blocking_is_never_changed_or_removed(house_in_memory: House) -> None:
    house = house_in_memory
    await blocked(house)
    for statement in (
        "UPDATE blockings SET reason = 'иная'",
        "DELETE FROM blockings",
        "TRUNCATE blockings CASCADE",
    ):
        with pytest.raises(asyncpg.PostgresError) as refused:
            await house.owner.execute(statement)
        assert refused.value.sqlstate == "DL001", statement
    with pytest.raises(asyncpg.CheckViolationError):
        await house.owner.execute(
            "UPDATE blockings SET state = 'lifted', lifted_by = placed_by, lifted_at = now(), lift_reason = 'а',"
            " lift_evidence = 'б'"
        )


async def test_the_tables_take_no_upload_into_a_blocked_file(house_in_memory: House) -> None:
    house = house_in_memory
    await blocked(house)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError):
        await house.owner.execute(
            "INSERT INTO documents (id, institution_id, personal_file_id, kind, state, title, uploaded_by, created_at)"
            " VALUES ($1, $2, $3, 'other', 'kept', 'a', $4, now())",
            new_id(),
            house.a.id,
            UUID(str(house.a.personal_file)),
            house.a.accounts["clerk"],
        )


async def test_both_clocks_say_what_follows(house_in_memory: House) -> None:
    house = house_in_memory
    case = await new_case(house, "5 лет", opened_on="2026-01-12")
    path = f"{V1}/personal-files/{house.a.personal_file}/case"
    assert (await house.clerk.post(path, json={"case_id": case["id"]})).status_code == 200
    await close(house.a, case)

    async def clocks() -> tuple[str, list[str]]:
        said = (await house.clerk.get(f"{V1}/people/{house.a.learner}/two-clocks")).json()
        return said["purpose"], [each["consequence"] for each in said["cases"]]

    assert await clocks() == ("lasts", ["keep"])
    await take_back(house.a, await given(house.a))
    assert await clocks() == ("lasts", ["keep"])
    await reach(house.a, purpose="фото на сайте колледжа")
    assert await clocks() == ("lasts", ["keep"])
    await reach(house.a)
    assert await clocks() == ("ended", ["restrict"])
    await given(house.a, given_on="2026-02-21")
    assert await clocks() == ("lasts", ["keep"])


async def test_pictures_of_pages_are_blocked_too(house_in_memory: House) -> None:
    house = house_in_memory
    made = await keep(house.a, samples.pdf(), file_name="a.pdf")
    await add_version(house.a, made)
    created(await block(house.a))
    answer = await house.of("head").get(f"{DOCUMENTS}/{made['id']}/versions/1/previews", headers=PURPOSE)
    assert answer.status_code == 200


async def test_a_blocking_that_is_being_placed_is_waited_for(house_in_memory: House) -> None:
    house = house_in_memory
    await house.owner.execute("BEGIN")
    await house.owner.execute(
        "INSERT INTO blockings (id, institution_id, personal_file_id, ground, reason, evidence, placed_by, placed_at)"
        " VALUES ($1, $2, $3, 'check', 'проверка', 'запрос', $4, now())",
        new_id(),
        house.a.id,
        house.a.personal_file,
        house.a.accounts["head"],
    )
    uploading = asyncio.create_task(send(house.a))
    async with asyncio.timeout(10):
        waiting = 0
        while not waiting:
            waiting = await house.owner.fetchval(WAITING)
    await house.owner.execute("COMMIT")
    assert code(await uploading) == (409, "stale_state")
    assert await house.owner.fetchval("SELECT count(*) FROM documents") == 0
