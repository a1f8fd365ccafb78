"""Valid requests to the addresses of inventories and disposal acts."""

from itertools import count
from typing import Any, Final
from uuid import UUID

from tests.registry.api.world import ANY, REASON, V1, Ask, Sample, World, made, plain
from tests.registry.cases.desk import close, open_case
from tests.registry.disposal import bureau
from tests.registry.disposal.executing import run_execution
from tests.registry.nomenclature.office import OFFICER
from tests.registry_house import Json, Place

_ACT: Final = f"{V1}/disposal-acts/{{act_id}}"
_INVENTORY: Final = f"{V1}/inventories/{{inventory_id}}"
_NUMBERS: Final = count(1)
_LINE: Final = "1 год"
AGREED: Final = {"decided_on": "2026-01-15", "number": "ЭПК-1"}


async def due(world: World) -> Json:
    """A case that may enter an act, of a year whose inventories are there."""
    key = f"disposal {_LINE}"
    if key not in world.rows:
        [world.rows[key]] = await bureau.classes(world.house, _LINE)
        await bureau.no_inventories(world.house.a)
    return await bureau.closed_case(world.house.a, world.rows[key])


async def act(world: World, state: str = "draft", *, source: bool = False, asking: Place | None = None) -> Json:
    """An act in a state, made by who asks if that is a records officer of the first institution."""
    a = world.house.a
    author = asking if asking and asking.id == a.id and OFFICER in asking.tokens else a
    case = await due(world)
    await bureau.policy(a, source=source)
    return await bureau.brought_to(a, await bureau.draft(author, case), state, author)


def of_act(state: str = "draft", body: dict[str, Any] | None = None, *, source: bool = False) -> Sample:
    """A request to an address of an act in this state."""

    async def make(world: World, place: Place, _role: str) -> Ask:
        found = await act(world, state, source=source, asking=place)
        return Ask(ids={"act_id": found["id"]}, headers=ANY if body is not None else {}, json=body)

    return make


async def approval(world: World) -> Ask:
    found = await act(world, "reviewed")
    return Ask(ids={"act_id": found["id"]}, headers=ANY, json={"number": f"у-{next(_NUMBERS)}"})


async def executing(world: World, step: str) -> Json:
    """An act whose waiting time is over, announced, or executed, in an institution that lets one person execute."""
    found = await act(world, "reviewed")
    number = {"number": f"у-{next(_NUMBERS)}"}
    assert (await bureau.step(world.house.a, found, "approval", "head", number)).status_code == 200
    owner = world.house.owner
    # The clock of the samples does not move: the waiting time is taken off the act.
    await owner.execute("ALTER TABLE disposal_acts DISABLE TRIGGER guarded")
    await owner.execute(
        "UPDATE disposal_acts SET approved_on = approved_on - 30,"
        " single_person = true, single_person_since = '2026-01-01', single_person_ground = 'приказ № 3' WHERE id = $1",
        UUID(found["id"]),
    )
    await owner.execute("UPDATE disposal_acts SET waiting_until = approved_on + 1 WHERE id = $1", UUID(found["id"]))
    await owner.execute("ALTER TABLE disposal_acts ENABLE TRIGGER guarded")
    if step != "waiting":
        assert (await bureau.step(world.house.a, found, "execution", "executor")).status_code == 200
    if step == "executed":
        assert (await bureau.step(world.house.a, found, "execution/confirmation", "executor")).status_code == 200
        await run_execution(world.house)
    return found


def of_execution(step: str, body: dict[str, Any] | None = None) -> Sample:
    """A request to an address of the execution of an act."""

    async def make(world: World, _place: Place, _role: str) -> Ask:
        found = await executing(world, step)
        return Ask(ids={"act_id": found["id"]}, headers=ANY, json=body)

    return make


async def new_act(world: World) -> Ask:
    return Ask(json={"basis": bureau.BASIS, "case_ids": [(await due(world))["id"]]})


async def listing(world: World, place: Place, _role: str) -> Ask:
    found = await act(world, asking=place)
    return Ask(ids={"act_id": found["id"]}, headers=ANY, json={"case_ids": [(await due(world))["id"]]})


async def line(world: World, place: Place, _role: str) -> Ask:
    found = await act(world, asking=place)
    [first] = await bureau.lines(world.house.a, found)
    return Ask(ids={"line_id": first["id"]})


async def exclusion(world: World, place: Place, role: str) -> Ask:
    return Ask(ids=(await line(world, place, role)).ids, headers=ANY, json=REASON)


async def results_decision(world: World, _place: Place, _role: str) -> Ask:
    """A request about a line with which the result of a learner goes that nobody has archived."""
    await due(world)
    a, owner = world.house.a, world.house.owner
    personal_file = await world.house.learner()
    await owner.execute(
        "INSERT INTO results (id, institution_id, standing, person_id, value, created_at, changed_at)"
        " SELECT gen_random_uuid(), $1, 'current', person_id, '5', now(), now() FROM personal_files WHERE id = $2",
        a.id,
        personal_file,
    )
    case = await open_case(a, world.rows[f"disposal {_LINE}"], opened_on="2020-01-09")
    at = f"{V1}/personal-files/{personal_file}/case"
    assert (await a.of("clerk").post(at, json={"case_id": case["id"]})).status_code == 200
    await bureau.policy(a)
    found = await bureau.draft(a, await close(a, case, "2020-12-25"))
    [first] = await bureau.lines(a, found)
    return Ask(ids={"line_id": first["id"]}, headers=ANY, json={**REASON, "evidence": "протокол ЭК № 2"})


async def inventory(world: World) -> Json:
    year = next(world.past_years)
    return await bureau.begin_inventory(world.house.a, first_year=year, last_year=year, empty=True)


def of_inventory(body: dict[str, Any] | None = None, *, approved: bool = False) -> Sample:
    """A request to an address of an inventory."""

    async def make(world: World) -> Ask:
        found = await inventory(world)
        if approved:
            assert (await bureau.approve_inventory(world.house.a, found)).status_code == 200
        return Ask(ids={"inventory_id": found["id"]}, headers=ANY if body is not None else {}, json=body)

    return made(make)


async def entry(world: World) -> Ask:
    year = next(world.past_years)
    found = await bureau.begin_inventory(world.house.a, first_year=year, last_year=year)
    return Ask(ids={"inventory_id": found["id"]}, headers=ANY, json={})


async def known(world: World) -> dict[str, str]:
    """One of everything of disposal, by the name of the parameter that names it."""
    found = await act(world)
    [first] = await bureau.lines(world.house.a, found)
    return {"act_id": found["id"], "line_id": first["id"], "inventory_id": (await inventory(world))["id"]}


NEW: Final = {"category": "permanent", "first_year": 2019, "last_year": 2019}
APPROVAL: Final = {"number": "оп. 1", "minutes_date": "2026-01-12", "minutes_number": "1"}
PAPER: Final = {"destroyed_on": "2026-02-20", "way": "shredded", "evidence": "протокол № 1"}
POLICY: Final = {"ground": "приказ № 3"}

SAMPLES: Final[dict[str, Sample]] = {
    f"POST {V1}/inventories": plain(json=NEW),
    f"GET {_INVENTORY}": of_inventory(),
    f"GET {_INVENTORY}/lines": of_inventory(),
    f"POST {_INVENTORY}/entry": made(entry),
    f"POST {_INVENTORY}/approval": of_inventory(APPROVAL),
    f"POST {_INVENTORY}/archive-decision": of_inventory(AGREED, approved=True),
    f"POST {_INVENTORY}/abandonment": of_inventory(REASON),
    f"POST {V1}/disposal-policies": plain(json=POLICY),
    f"POST {V1}/disposal-acts": made(new_act),
    f"GET {_ACT}": of_act(),
    f"GET {_ACT}/summary": of_act(),
    f"GET {_ACT}/opinions": of_act(),
    f"GET {_ACT}/lines": of_act(),
    f"POST {_ACT}/listing": listing,
    f"GET {V1}/disposal-act-lines/{{line_id}}": line,
    f"POST {V1}/disposal-act-lines/{{line_id}}/exclusion": exclusion,
    f"POST {V1}/disposal-act-lines/{{line_id}}/results-decision": results_decision,
    f"POST {_ACT}/submission": of_act("draft", {}),
    f"POST {_ACT}/return": of_act("in_review", {"comment": "проверить"}),
    f"POST {_ACT}/agreement": of_act("in_review", dict(bureau.MINUTES)),
    f"POST {_ACT}/archive-agreement": of_act("reviewed", AGREED, source=True),
    f"POST {_ACT}/approval": made(approval),
    f"POST {_ACT}/abort": of_act("in_review", REASON),
    f"POST {_ACT}/cancellation": of_act("draft", REASON),
    f"POST {_ACT}/execution": of_execution("waiting"),
    f"GET {_ACT}/execution": of_act(),
    f"POST {_ACT}/execution/confirmation": of_execution("announced"),
    f"GET {V1}/disposal-act-lines/{{line_id}}/objects": line,
    f"POST {_ACT}/space": of_execution("executed"),
    f"POST {_ACT}/paper-destruction": of_execution("executed", PAPER),
}
"""Requests by method and address; the others need nothing."""
