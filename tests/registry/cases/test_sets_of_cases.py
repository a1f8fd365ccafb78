"""What is asked and written for many cases at once is what would be asked and written for each alone."""

import random
from contextlib import suppress
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from core.cases.circumstances import holds_by_case
from core.cases.holds import holds_over
from core.cases.models import Case
from core.cases.verdicts import Dated, cases_to_judge, judge, judge_all, keep, keep_many
from core.kernel.database.work import Work
from core.kernel.errors import StaleState
from core.kernel.ids import new_id
from tests.registry.cases.desk import classes, close, hold, lift, open_case
from tests.registry_house import House

_TODAY = date(2026, 6, 1)
_COLUMNS = "SELECT * FROM cases WHERE institution_id = $1 ORDER BY id"
_TRAIL = "SELECT payload FROM audit_payloads WHERE institution_id = $1 ORDER BY entry_id DESC LIMIT $2"


class _Undo(Exception):
    """Takes back what a unit of work did."""


@pytest.fixture
async def cases(house_in_memory: House) -> list[UUID]:
    """Cases of several rules, open and closed, some merged into others, some held in every way, some once held."""
    house = house_in_memory
    rows = await classes(house, "1 год", "5 лет", "Постоянно", "До минования надобности", year=2020)
    opened = [await open_case(house.a, rows[n % 4], opened_on="2020-01-09", title=f"Дело {n}") for n in range(10)]
    for case in opened[:7]:
        await close(house.a, case, "2020-12-25")
    ids = [UUID(case["id"]) for case in opened]
    await _merge(house.owner, ids[7], ids[0])
    await _merge(house.owner, ids[8], ids[7])
    await hold(house.a, case_ids=[str(ids[1]), str(ids[8])])
    await hold(house.a, case_ids=[str(ids[1])])
    await hold(house.a, class_ids=[rows[2]["id"]])
    await hold(house.a, person_ids=[str(house.a.learner)])
    await lift(house.a, await hold(house.a, case_ids=[str(ids[3])]))
    await house.owner.execute("INSERT INTO case_persons VALUES ($1, $2, $3)", house.a.id, ids[5], house.a.learner)
    return ids


async def _merge(owner: asyncpg.Connection, case: UUID, into: UUID) -> None:
    await owner.execute("UPDATE cases SET state = 'merged', merged_into_id = $2 WHERE id = $1", case, into)


async def test_many_are_asked_as_each_alone(house_in_memory: House, cases: list[UUID]) -> None:
    house, dice = house_in_memory, random.Random(7)  # noqa: S311 - which cases are asked about is no secret
    async with house.services.database.work(house.a.scope()) as work:
        alone = {key: tuple(await holds_over(work, key)) for key in cases}
        assert [len(alone[key]) for key in cases] == [1, 2, 1, 0, 0, 1, 1, 1, 1, 0]
        verdicts = {case.id: await judge(work, case, today=_TODAY) for case in await Case.filter(id__in=cases)}
        for _ in range(20):
            some = dice.sample(cases, dice.randint(1, len(cases)))
            assert await holds_by_case(work, some) == {key: alone[key] for key in some}
            judged = await judge_all(work, await cases_to_judge(some), today=_TODAY)
            assert judged == {key: verdicts[key] for key in some}
        assert {key: verdicts[key].verdict.holds for key in cases} == alone
    await hold(house.a, whole_institution=True)
    async with house.services.database.work(house.a.scope()) as work:
        assert await holds_by_case(work, cases) == {key: tuple(await holds_over(work, key)) for key in cases}
        nobody = new_id()
        assert len((await holds_by_case(work, [nobody]))[nobody]) == 1


async def _written(house: House, cases: list[UUID], *, at_once: bool) -> tuple[list[Any], list[Any]]:
    """What verdicts leave in the rows and in the audit trail; taken back at the end."""
    found: tuple[list[Any], list[Any]] = ([], [])
    with suppress(_Undo):
        async with house.services.database.work(house.a.scope()) as work:
            await _keep_all(work, cases, at_once=at_once)
            await work.flush()
            trail = await work.rows(_TRAIL, [house.a.id, len(cases)])
            found = (await work.rows(_COLUMNS, [house.a.id]), [entry["payload"] for entry in trail])
            raise _Undo
    return found


async def _keep_all(work: Work, cases: list[UUID], *, at_once: bool) -> None:
    loaded = await cases_to_judge(cases)
    judged = await judge_all(work, loaded, today=_TODAY)
    dated = [Dated(case, judged[case.id].state, judged[case.id]) for case in loaded]
    if at_once:
        await keep_many(work, dated)
        return
    for each in dated:
        await keep(work, each.case, each.state, each.judgement)


async def test_many_are_written_as_each_alone(house_in_memory: House, cases: list[UUID]) -> None:
    house = house_in_memory
    closed = cases[:7]
    assert len((await _written(house, closed, at_once=True))[1]) == len(closed)
    assert await _written(house, closed, at_once=True) == await _written(house, closed, at_once=False)
    async with house.services.database.work(house.a.scope()) as work:
        await keep_many(work, [])
        loaded = await cases_to_judge(cases[:2])
        judged = await judge_all(work, loaded, today=_TODAY)
        loaded[1].revision += 1
        with pytest.raises(StaleState):
            await keep_many(work, [Dated(case, case.state, judged[case.id]) for case in loaded])
