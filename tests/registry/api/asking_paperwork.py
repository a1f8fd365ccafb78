"""Valid requests to the addresses of papers."""

from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any, Final

from tests.registry.api import asking_disposal, asking_nomenclature
from tests.registry.api.world import ANY, V1, Ask, Sample, World, made, plain
from tests.registry.cases.desk import open_case
from tests.registry.disposal import bureau, executing
from tests.registry.nomenclature.office import OFFICER
from tests.registry.paperwork import desk
from tests.registry_house import Json, Place

_NUMBERS: Final = count(1)
_PAPER: Final = f"{V1}/issued-papers/{{paper_id}}"
_ACT: Final = f"{V1}/disposal-acts/{{act_id}}"
_VERSION: Final = f"{V1}/nomenclature-versions/{{version_id}}"
_INVENTORY: Final = f"{V1}/inventories/{{inventory_id}}"
_THREE: Final = ("disposal_act", "personal_data_act", "event_log_export")
"""Papers that an act is certified by."""


async def _once(world: World, name: str, make: Callable[[], Coroutine[Any, Any, Json]]) -> Json:
    key = f"paperwork {name}"
    if key not in world.rows:
        world.rows[key] = await make()
    return world.rows[key]


async def _filing(world: World) -> None:
    """Say where papers are filed, whoever has said otherwise meanwhile."""
    house = world.house

    async def make() -> Json:
        fonds, papers = await desk.filing_classes(house)
        for record_class in (fonds, papers):
            await open_case(house.a, record_class)
        return desk.policy_body(fonds, papers)

    assert (await house.of("head").post(desk.POLICIES, json=await _once(world, "policy", make))).status_code == 201


async def approved(world: World) -> Json:
    """An act that is approved, numbered by itself."""
    found = await asking_disposal.act(world, "reviewed")
    body = {"number": f"б-{next(_NUMBERS)}"}
    assert (await bureau.step(world.house.a, found, "approval", "head", body)).status_code == 200
    return found


async def paper(world: World) -> Json:
    """An issued paper about an approved act."""

    async def make() -> Json:
        return await desk.issued(world.house.a, "disposal_act", (await approved(world))["id"])

    await _filing(world)
    return await _once(world, "paper", make)


async def signature(world: World) -> Json:
    """A detached signature under that paper."""

    async def make() -> Json:
        signed: Json = (await desk.sign(world.house.a, await paper(world), desk.cms())).json()
        return signed

    return await _once(world, "signature", make)


async def executed(world: World) -> Json:
    """An executed act of a case about a learner, with its papers, signed by those who executed it."""

    async def make() -> Json:
        house = world.house
        await asking_disposal.due(world)
        case = await executing.filed_case(house, world.rows["disposal 1 год"], 1, paper=False, electronic=True)
        await bureau.policy(house.a)
        act = await bureau.brought_to(house.a, await bureau.draft(house.a, case), "reviewed")
        assert (await bureau.step(house.a, act, "approval", "head", {"number": "исп"})).status_code == 200
        await _filing(world)
        house.clock.move(days=8)
        another = await executing.started(house, act)
        await executing.run_execution(house)
        for kind in _THREE:
            issued = world.rows[f"paperwork {kind}"] = await desk.issued(house.a, kind, act["id"])
            for place in (house.a, another):
                assert (await desk.sign(place, issued, role="executor", manner="by_hand")).status_code == 201
        house.clock.move(days=-8)
        return act

    return await _once(world, "executed", make)


async def certification(world: World, place: Place, role: str) -> Ask:
    act = await executed(world)
    if place.id == world.house.a.id and role == OFFICER:
        world.house.clock.move(days=8)
        for kind in _THREE:
            signed = await desk.sign(place, world.rows[f"paperwork {kind}"], manner="by_hand")
            assert signed.status_code == 201, signed.text
        world.house.clock.move(days=-8)
    return Ask(ids={"act_id": act["id"]}, headers=ANY)


async def of_executed(world: World) -> Ask:
    return Ask(ids={"act_id": (await executed(world))["id"]})


async def of_agreed(world: World) -> Ask:
    return Ask(ids={"act_id": (await asking_disposal.act(world, "reviewed"))["id"]})


async def of_paper(world: World) -> Ask:
    return Ask(ids={"paper_id": (await paper(world))["id"]})


async def new_paper(world: World) -> Ask:
    await _filing(world)
    about = {"subject_type": "disposal_act", "subject_id": (await approved(world))["id"]}
    return Ask(json={"kind": "disposal_act", **about})


async def new_signature(world: World) -> Ask:
    return Ask(
        ids={"paper_id": (await paper(world))["id"]},
        params={"file_name": "a.sig"},
        content=desk.cms(str(next(_NUMBERS)).encode()),
    )


async def of_signature(world: World) -> Ask:
    return Ask(ids={"signature_id": (await signature(world))["id"]})


async def certificate(world: World) -> Ask:
    await executed(world)
    await _filing(world)
    body = {"person_id": str(world.house.a.learner), "addressee": "Примеровой В. П.", "request": "обращение № 12"}
    return Ask(json=body)


def _of_version(*steps: str) -> Sample:
    """A request to an address of a version after some steps."""

    async def make(world: World) -> Ask:
        return Ask(ids={"version_id": (await asking_nomenclature.draft(world, *steps))[0]["id"]})

    return made(make)


async def known(world: World) -> dict[str, str]:
    """One of everything of papers, by the name of the parameter that names it."""
    return {"paper_id": (await paper(world))["id"], "signature_id": (await signature(world))["id"]}


SAMPLES: Final[dict[str, Sample]] = {
    f"GET {_VERSION}/paper": _of_version(),
    f"GET {_VERSION}/minutes": _of_version("submission", "agreement"),
    f"GET {_VERSION}/destruction-marks": _of_version(),
    f"GET {_INVENTORY}/paper": asking_disposal.of_inventory(),
    f"GET {_INVENTORY}/destruction-marks": asking_disposal.of_inventory(),
    f"GET {_ACT}/paper": made(of_agreed),
    f"GET {_ACT}/minutes": made(of_agreed),
    f"GET {_ACT}/personal-data-act": made(of_executed),
    f"GET {_ACT}/event-log-export": made(of_executed),
    f"POST {_ACT}/certification": certification,
    f"POST {V1}/paperwork-policies": plain(json={"place": "г. Нигдеевск"}),
    f"POST {V1}/issued-papers": made(new_paper),
    f"GET {_PAPER}": made(of_paper),
    f"GET {_PAPER}/content": made(of_paper),
    f"GET {_PAPER}/signatures": made(of_paper),
    f"POST {_PAPER}/filing": made(of_paper),
    f"POST {_PAPER}/signatures": made(new_signature),
    f"GET {V1}/paper-signatures/{{signature_id}}/content": made(of_signature),
    f"POST {V1}/destruction-certificates": made(certificate),
}
"""Requests by method and address; the others need nothing."""
