"""What is accepted is done, and nothing else: who accepts what, what is left, and what a case tells of it."""

import asyncio
from datetime import date

import pytest

from core.kernel.jobs.catalog import JobHandler
from core.kernel.jobs.context import JobContext
from core.redating.applying import apply_acceptance_job
from core.redating.computing import preview_cases_job
from tests.registry.cases.desk import act as act_of_case
from tests.registry.cases.desk import hold, read_case, why
from tests.registry.disposal.bureau import classes, closed_case, draft
from tests.registry.nomenclature.office import OFFICER, V1, begin, in_force_by_hand, rows
from tests.registry.redating.desk import (
    REDATINGS,
    accept,
    accepted,
    ask,
    kinds,
    lines,
    next_nomenclature,
    preview,
    read,
    run_jobs,
)
from tests.registry_house import House, Json, code


async def two_cases(house: House, later: str = "10 лет", earlier: str = "3 года") -> tuple[Json, Json, Json]:
    """A case that is kept longer under the next nomenclature, one that is free earlier, and the nomenclature."""
    first, second = await classes(house, "5 лет", "5 лет")
    cases = [await closed_case(house.a, record_class) for record_class in (first, second)]
    version = await next_nomenclature(house, first, {"Дела 0": later, "Дела 1": earlier})
    return cases[0], cases[1], version


def into_next_year(house: House) -> None:
    now = house.clock.now
    house.clock.move(days=(date(now.year + 1, 1, 2) - now.date()).days)


async def test_what_is_accepted_is_done_and_a_case_tells_who_accepted_it(house_in_memory: House) -> None:
    house = house_in_memory
    later, earlier, version = await two_cases(house)
    shown = await preview(house, version_id=version["id"])
    done = await accepted(house, shown)
    [acceptance] = done["acceptances"]
    assert (acceptance["state"], acceptance["applied"], acceptance["stale"]) == ("applied", 1, 0)
    moved, left = await read_case(house.a, later), await read_case(house.a, earlier)
    assert (moved["earliest_act_date"], moved["state"]) == ("2031-01-01", "retained")
    assert left["revision"] == earlier["revision"]
    told = await why(house.a, later)
    [said] = told["redatings"]
    assert (said["redating_id"], said["acceptance_id"]) == (shown["id"], acceptance["id"])
    assert (said["accepted_by"], said["earliest_before_date"]) == (str(house.a.accounts[OFFICER]), "2026-01-01")
    assert (told["rule_id"], told["term"], told["outcome"]) == (said["rule_after_id"], "10 лет", "retained")
    assert [line["result"] for line in (await lines(house.a, done)).values()] == ["applied", "open"]
    trail = await house.actions()
    for action in ("preview_asked", "preview_ready", "later_accepted", "acceptance_applied"):
        assert f"redating.{action}" in trail
    assert await house.owner.fetchval("SELECT count(*) FROM storage_lock_queue WHERE case_id = $1", later["id"]), (
        "storage is told of the later date"
    )
    assert (await why(house.a, earlier))["redatings"] == []


async def test_what_was_accepted_outlives_a_reopening(house_in_memory: House) -> None:
    house = house_in_memory
    later, _, version = await two_cases(house)
    await accepted(house, await preview(house, version_id=version["id"]))
    reopened = await act_of_case(house.a, later, "reopening", {"reason": "нашёлся ещё лист"})
    assert reopened.status_code == 200, reopened.text
    closed = await act_of_case(house.a, later, "closing", {"close_volumes": True, "closed_on": "2020-12-28"})
    assert closed.status_code == 200, closed.text
    assert (await read_case(house.a, later))["earliest_act_date"] == "2031-01-01"


async def test_an_earlier_date_needs_the_head_and_words_of_its_own(house_in_memory: House) -> None:
    house = house_in_memory
    later, earlier, version = await two_cases(house)
    shown = await preview(house, version_id=version["id"])
    assert code(await accept(house.a, shown, "earlier-acceptance", OFFICER)) == (403, "forbidden")
    await accepted(house, shown)
    assert (await read_case(house.a, earlier))["earliest_act_date"] == "2026-01-01"
    done = await accepted(house, shown, "earlier-acceptance", "head")
    assert [each["part"] for each in done["acceptances"]] == ["later", "earlier"]
    assert (await read_case(house.a, earlier))["earliest_act_date"] == "2024-01-01"
    assert (await read_case(house.a, later))["earliest_act_date"] == "2031-01-01"
    again = await preview(house, version_id=version["id"])
    assert kinds(again) == {"unaffected": 2}
    assert code(await accept(house.a, again)) == (409, "nothing_to_accept")


async def test_what_differs_from_the_preview_is_left_and_listed(house_in_memory: House) -> None:
    house = house_in_memory
    [record_class] = await classes(house, "1 год")
    edited, on_act, bound, held, fine = [await closed_case(house.a, record_class) for _ in range(5)]
    version = await next_nomenclature(house, record_class, {"Дела 0": "3 года"})
    shown = await preview(house, version_id=version["id"])
    answer = await house.clerk.patch(f"{V1}/cases/{edited['id']}", json={"note": "x"}, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    await draft(house.a, on_act)
    await house.owner.execute("UPDATE cases SET bound = true WHERE id = $1", bound["id"])
    await hold(house.a, case_ids=[held["id"]])
    new = await closed_case(house.a, record_class)
    done = await accepted(house, shown)
    stale = await lines(house.a, done, result="stale")
    assert {case_id: line["reason"] for case_id, line in stale.items()} == {
        edited["id"]: "case_changed",
        on_act["id"]: "case_in_another_state",
        bound["id"]: "bound",
        new["id"]: "not_previewed",
    }
    assert set(await lines(house.a, done, result="applied")) == {held["id"], fine["id"]}
    for case in (edited, on_act, bound, new):
        assert (await read_case(house.a, case))["earliest_act_date"] == "2022-01-01"
    [acceptance] = done["acceptances"]
    assert (acceptance["applied"], acceptance["stale"]) == (2, 4)


async def test_a_case_of_which_something_was_recorded_is_no_measure_for_those_that_were_its_like(
    house_in_memory: House,
) -> None:
    house = house_in_memory
    [record_class] = await classes(house, "30 лет")
    first, second = [await closed_case(house.a, record_class) for _ in range(2)]
    version = await next_nomenclature(house, record_class, {"Дела 0": "35 лет"})
    shown = await preview(house, version_id=version["id"])
    body = {"kept_until_date": "2090-12-31", "evidence": "протокол № 4"}
    prolonged = await act_of_case(house.a, second, "prolongations", body, "commission")
    assert prolonged.status_code == 201, prolonged.text
    done = await accepted(house, shown)
    assert {case_id: line["result"] for case_id, line in (await lines(house.a, done)).items()} == {
        first["id"]: "applied",
        second["id"]: "stale",
    }
    assert [(await read_case(house.a, case))["earliest_act_date"] for case in (first, second)] == [
        "2056-01-01",
        "2091-01-01",
    ]


async def test_a_rule_that_was_decided_anew_makes_its_lines_stale(house_in_memory: House) -> None:
    house = house_in_memory
    later, _, version = await two_cases(house, later="5 лет, если директор не возражает")
    shown = await preview(house, version_id=version["id"])
    first = next(each for each in await rows(house.a, version) if each["title"] == "Дела 0")
    body = {"term": "10 лет", "basis": "протокол ЭК № 3", "reason": "так решено"}
    asked = await house.of(OFFICER).post(f"{V1}/record-classes/{first['id']}/term-decisions", json=body)
    assert asked.status_code == 201, asked.text
    path = f"{V1}/term-decisions/{asked.json()['id']}/confirmation"
    assert (await house.of("head").post(path, json={"reason": "согласен"})).status_code == 200
    done = await accepted(house, shown)
    assert (await lines(house.a, done, result="stale"))[later["id"]]["reason"] == "rule_changed"
    assert kinds(await preview(house, version_id=version["id"])) == {"later": 1, "earlier": 1}


async def test_a_year_that_ends_after_the_preview_is_noticed(house_in_memory: House) -> None:
    house = house_in_memory
    later, _, version = await two_cases(house, later="6 лет")
    shown = await preview(house, version_id=version["id"])
    assert (await lines(house.a, shown))[later["id"]]["after"]["earliest_act_date"] == "2027-01-01"
    into_next_year(house)
    answer = await accept(house.a, shown)
    assert answer.status_code == 201, answer.text
    await run_jobs(house)
    stale = await lines(house.a, shown, result="stale")
    assert {line["reason"] for line in stale.values()} == {"verdict_differs"}
    assert (await read_case(house.a, later))["earliest_act_date"] == "2026-01-01"


async def test_a_nomenclature_is_accepted_from_its_first_day_until_another_takes_its_place(
    house_in_memory: House,
) -> None:
    house = house_in_memory
    [record_class] = await classes(house, "5 лет")
    await closed_case(house.a, record_class)
    coming = await next_nomenclature(house, record_class, {"Дела 0": "10 лет"}, year=house.clock.now.year + 1)
    shown = await preview(house, version_id=coming["id"])
    assert kinds(shown) == {"later": 1}
    refused = await accept(house.a, shown)
    assert (code(refused), refused.json()["reasons"]) == ((409, "redating_outdated"), ["version_not_in_force"])
    drafted = await begin(house.a, house.clock.now.year, copy_from_id=record_class["version_id"])
    [copied] = await rows(house.a, drafted)
    path, any_revision = f"{V1}/record-classes/{copied['id']}", {"If-Match": "*"}
    assert (await house.of(OFFICER).patch(path, json={"term": "7 лет"}, headers=any_revision)).status_code == 200
    early = await preview(house, version_id=drafted["id"])
    assert (await house.of(OFFICER).patch(path, json={"term": "6 лет"}, headers=any_revision)).status_code == 200
    house.clock.move(seconds=1)
    await in_force_by_hand(house, drafted)
    assert (await accept(house.a, early)).json()["reasons"] == ["previewed_before_approval"]
    policy = {"source_of_acquisition": False, "basis": "приказ № 3"}
    own = await preview(house, version_id=coming["id"])
    assert (await house.of("head").post(f"{V1}/retention-policies", json=policy)).status_code == 201
    into_next_year(house)
    assert (await accept(house.a, own)).json()["reasons"] == ["policy_changed"]


async def test_a_row_of_the_same_year_takes_the_case_over_and_one_of_another_year_only_its_rule(
    house_in_memory: House,
) -> None:
    house = house_in_memory
    [record_class] = await classes(house, "5 лет", year=2025)
    case = await closed_case(house.a, record_class, 2025)
    nomenclature = (await house.of(OFFICER).get(f"{V1}/nomenclature-versions/{record_class['version_id']}")).json()
    amended = await house.of(OFFICER).post(
        f"{V1}/nomenclatures/{nomenclature['nomenclature_id']}/amendments", json={"effective_on": "2025-12-31"}
    )
    assert amended.status_code == 201, amended.text
    [changed] = await rows(house.a, amended.json())
    patched = await house.of(OFFICER).patch(
        f"{V1}/record-classes/{changed['id']}", json={"term": "10 лет"}, headers={"If-Match": "*"}
    )
    assert patched.status_code == 200, patched.text
    await in_force_by_hand(house, amended.json())
    await accepted(house, await preview(house, version_id=amended.json()["id"]))
    moved = await read_case(house.a, case)
    assert (moved["class_id"], moved["version_id"]) == (changed["id"], amended.json()["id"])
    version = await next_nomenclature(house, changed, {"Дела 0": "15 лет"})
    await accepted(house, await preview(house, version_id=version["id"]))
    again = await read_case(house.a, case)
    assert (again["class_id"], again["earliest_act_date"]) == (changed["id"], "2041-01-01")
    assert len((await why(house.a, case))["redatings"]) == 2


async def test_what_is_asked_twice_or_wrongly_is_answered_clearly(house_in_memory: House) -> None:
    house = house_in_memory
    _, _, version = await two_cases(house)
    asked = await asyncio.gather(ask(house.a, version_id=version["id"]), ask(house.a, version_id=version["id"]))
    assert sorted(answer.status_code for answer in asked) == [201, 409]
    running = next(answer.json() for answer in asked if answer.status_code == 201)
    assert code(await ask(house.a, version_id=version["id"])) == (409, "redating_running")
    assert code(await accept(house.a, {**running, "digest": "0" * 64})) == (409, "redating_not_ready")
    await run_jobs(house)
    shown = await read(house.a, running)
    assert code(await accept(house.a, shown, digest="0" * 64)) == (409, "redating_digest_differs")
    clicks = await asyncio.gather(accept(house.a, shown), accept(house.a, shown))
    assert sorted(answer.status_code for answer in clicks) == [201, 409]
    assert code(await accept(house.a, shown)) == (409, "redating_accepted")
    other = house.other.of(OFFICER)
    assert (await other.get(f"{REDATINGS}/{shown['id']}")).status_code == 404
    assert code(await accept(house.other, shown)) == (404, "not_found")
    assert code(await ask(house.other, version_id=version["id"])) == (404, "not_found")
    for wrong in ({"first_year": 2021, "last_year": 2020}, {"match": "index"}):
        assert code(await ask(house.a, **wrong)) == (422, "redating_scope_invalid")


async def test_a_cancelled_preview_is_accepted_by_nobody_and_makes_room_for_another(house_in_memory: House) -> None:
    house = house_in_memory
    later, _, version = await two_cases(house)

    async def cancel(running: Json) -> None:
        answer = await house.of(OFFICER).post(f"{V1}/jobs/{running['job_id']}/cancellation", json={})
        assert answer.status_code == 202, answer.text

    waiting = (await ask(house.a, version_id=version["id"])).json()
    await cancel(waiting)
    assert (await read(house.a, waiting))["state"] == "cancelled"
    running = (await ask(house.a, version_id=version["id"])).json()

    async def cancelled_meanwhile(context: JobContext, *, redating: str) -> None:
        await cancel(running)
        await preview_cases_job(span=1)(context, redating=redating)

    assert await run_jobs(house, cancelled_meanwhile) == ["cancelled"]
    assert (await read(house.a, running))["state"] == "cancelled"
    assert code(await accept(house.a, {**running, "digest": "0" * 64})) == (409, "redating_not_ready")
    assert kinds(await preview(house, version_id=version["id"])) == {"later": 1, "earlier": 1}
    assert (await read_case(house.a, later))["revision"] == later["revision"]


class Killed(BaseException):
    """Stands for the end of the process."""


class Doomed(JobContext):
    """Ends after the first step."""

    async def progress(self, done: int, total: int | None = None, message: str = "") -> None:
        raise Killed(done, total, message)


def killed_at_once(handler: JobHandler) -> JobHandler:
    """The same job in a process that ends after its first transaction."""

    async def handle(context: JobContext, **named: str) -> None:
        doomed = Doomed(context.database, context.scope, job_id=context.job_id, attempt=context.attempt, services=None)
        await handler(doomed, **named)

    return handle


async def rescue(house: House) -> None:
    """Put what a dead process had begun back into the queue."""
    await house.owner.execute("UPDATE jobs SET state = 'queued' WHERE state = 'running'")


async def test_jobs_that_are_killed_go_on_where_they_stopped(house_in_memory: House) -> None:
    house = house_in_memory
    [record_class] = await classes(house, "5 лет")
    cases = [await closed_case(house.a, record_class) for _ in range(5)]
    version = await next_nomenclature(house, record_class, {"Дела 0": "10 лет"})
    running = (await ask(house.a, version_id=version["id"])).json()
    with pytest.raises(Killed):
        await run_jobs(house, killed_at_once(preview_cases_job(span=2)))
    assert (await read(house.a, running))["examined"] == 2
    await rescue(house)
    assert await run_jobs(house) == ["done"]
    shown = await read(house.a, running)
    assert (shown["examined"], kinds(shown)) == (5, {"later": 5})
    assert set(await lines(house.a, shown)) == {case["id"] for case in cases}
    assert (await accept(house.a, shown)).status_code == 201
    with pytest.raises(Killed):
        await run_jobs(house, apply_job=killed_at_once(apply_acceptance_job(at_once=2)))
    assert len(await lines(house.a, shown, result="applied")) == 2
    await rescue(house)
    assert await run_jobs(house) == ["done"]
    [acceptance] = (await read(house.a, shown))["acceptances"]
    assert (acceptance["state"], acceptance["applied"], acceptance["stale"]) == ("applied", 5, 0)
    assert {(await read_case(house.a, case))["revision"] for case in cases} == {cases[0]["revision"] + 1}
