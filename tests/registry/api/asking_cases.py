"""Valid requests to the addresses of cases and holds."""

from typing import Any, Final

from tests.registry.api.asking_nomenclature import decision_read, draft
from tests.registry.api.world import ANY, REASON, V1, Ask, Sample, World, made, plain
from tests.registry.cases.desk import CASES, GROUND, act, close, hold, open_case
from tests.registry.documents.papers import keep
from tests.registry.nomenclature.office import OFFICER, begin, in_force_by_hand, row, section
from tests.registry_house import Json

_CASE: Final = f"{V1}/cases/{{case_id}}"
_HOLD: Final = f"{V1}/holds/{{hold_id}}"
TERMS: Final = {
    "5 лет": "",
    "3 года после замены новыми": "",
    "5 лет (1)": "(1) При отсутствии годовых - Постоянно",
    "До минования надобности": "",
    "1 год ЭПК": "",
}
"""Terms with their notes."""
EVENT: Final = {"code": "replaced", "words": "замены новыми", "evidence": "приказ № 7"}


async def case(world: World, term: str = "5 лет", *, closed: bool = False) -> Json:
    """A case under the row with this term, of last year."""
    place = world.house.a
    if not world.rows:
        version = await begin(place, 2025)
        part = await section(place, version)
        for number, (each, note) in enumerate(TERMS.items()):
            world.rows[each] = await row(place, part, title=f"Дела {number}", term=each, note=note)
        await in_force_by_hand(world.house, version)
    opened = await open_case(place, world.rows[term], opened_on="2025-01-01")
    return await close(place, opened, "2025-02-01") if closed else opened


def of_case(
    body: dict[str, Any] | None = None,
    term: str = "5 лет",
    *,
    closed: bool = False,
    match: bool = False,
    happened: bool = False,
) -> Sample:
    """A request to an address of a case; something happened on the day after its closing."""

    async def make(world: World) -> Ask:
        found = await case(world, term, closed=closed)
        sent = body if not happened else {**(body or {}), "happened_on": "2026-03-01"}
        return Ask(ids={"case_id": found["id"]}, headers=ANY if match else {}, json=sent)

    return made(make)


async def new_case(world: World) -> Ask:
    found = await case(world)
    return Ask(json={"class_id": found["class_id"], "opened_on": "2025-05-05"})


async def volume(world: World) -> Ask:
    found = await case(world)
    read = (await world.house.clerk.get(f"{CASES}/{found['id']}")).json()
    return Ask(ids={"volume_id": read["volumes"][0]["id"]})


async def volume_changed(world: World) -> Ask:
    return Ask(ids=(await volume(world)).ids, headers=ANY, json={"sheets": 12})


async def recorded(world: World, step: str, body: Json, role: str, term: str) -> Ask:
    found = await case(world, term, closed=True)
    answer = await act(world.house.a, found, step, body, role)
    assert answer.status_code == 201, answer.text
    accepted = {} if role == "clerk" else {"earlier_accepted": True}
    return Ask(ids={"fact_id": answer.json()["id"]}, headers=ANY, json={"reason": "ошибка", **accepted})


async def event(world: World) -> Ask:
    body = {**EVENT, "happened_on": "2026-03-01"}
    return await recorded(world, "events", body, "clerk", "3 года после замены новыми")


async def event_read(world: World) -> Ask:
    return Ask(ids=(await event(world)).ids)


async def answer(world: World) -> Ask:
    return await recorded(world, "answers", ANSWER, OFFICER, "5 лет (1)")


async def decision(world: World) -> Ask:
    body = {"happened_on": "2026-03-01", "evidence": "протокол"}
    return await recorded(world, "decisions", body, "head", "До минования надобности")


ANSWER: Final[Json] = {
    "kind": "answer",
    "words": "При отсутствии годовых",
    "answer": "no",
    "evidence": "годовые есть",
    "earlier_accepted": True,
}


LONGER: Final[Json] = {"kept_until_date": "2090-12-31", "evidence": "протокол № 2"}


async def appraisal(world: World) -> Ask:
    found = await case(world, "1 год ЭПК", closed=True)
    # As if its date had come.
    moment = world.house.clock.now
    body = {"decision": "keep", "happened_on": moment.date().isoformat(), "evidence": "протокол № 1"}
    await world.house.owner.execute("UPDATE cases SET state = 'expired' WHERE id = $1", found["id"])
    return Ask(ids={"case_id": found["id"]}, headers=ANY, json=body)


async def year(world: World) -> Ask:
    version = await begin(world.house.a, next(world.past_years))
    return Ask(ids={"nomenclature_id": version["nomenclature_id"]})


async def one_hold(world: World) -> Ask:
    found = await case(world)
    placed = await hold(world.house.a, case_ids=[found["id"]])
    return Ask(ids={"hold_id": placed["id"]})


async def hold_extended(world: World) -> Ask:
    body = {"case_ids": [(await case(world))["id"]], "reason": "и это дело"}
    return Ask(ids=(await one_hold(world)).ids, headers=ANY, json=body)


async def hold_lifted(world: World) -> Ask:
    return Ask(ids=(await one_hold(world)).ids, json={"reason": "кончено", "document": "решение суда"})


async def new_hold(world: World) -> Ask:
    return Ask(json={**GROUND, "case_ids": [(await case(world))["id"]]})


async def filing(world: World) -> Ask:
    found = await case(world)
    document = await keep(world.house.a)
    return Ask(ids={"document_id": document["id"]}, headers=ANY, json={"case_id": found["id"]})


async def file_as_case(world: World) -> Ask:
    found = await case(world)
    personal_file = await world.house.learner()
    return Ask(ids={"personal_file_id": personal_file}, json={"case_id": found["id"]})


async def known(world: World) -> dict[str, str]:
    """One of everything of records, by the name of the parameter that names it."""
    version, part, line = await draft(world)
    found = {
        "nomenclature_id": version["nomenclature_id"],
        "version_id": version["id"],
        "section_id": part["id"],
        "class_id": line["id"],
    }
    for ask in (await decision_read(world), await event_read(world), await volume(world), await one_hold(world)):
        found |= {name: str(value) for name, value in ask.ids.items()}
    return found | {"case_id": (await case(world))["id"]}


POLICY: Final = {"source_of_acquisition": False, "basis": "приказ № 1"}
NEED: Final = {"evidence": "протокол № 2"}

SAMPLES: Final[dict[str, Sample]] = {
    f"POST {V1}/cases": made(new_case),
    f"GET {_CASE}": of_case(),
    f"PATCH {_CASE}": of_case({"note": "правка"}, match=True),
    f"GET {_CASE}/movements": of_case(),
    f"GET {_CASE}/facts": of_case(),
    f"GET {_CASE}/why": of_case(),
    f"POST {_CASE}/what-if": of_case({"term": "3 года"}),
    f"POST {_CASE}/closing": of_case({"close_volumes": True}, match=True),
    f"POST {_CASE}/reopening": of_case(REASON, closed=True, match=True),
    f"POST {_CASE}/volumes": of_case({}),
    f"POST {_CASE}/events": of_case(EVENT, match=True, happened=True),
    f"POST {_CASE}/answers": of_case(ANSWER, "5 лет (1)", match=True),
    f"POST {_CASE}/decisions": of_case(NEED, "До минования надобности", closed=True, match=True, happened=True),
    f"POST {_CASE}/appraisals": made(appraisal),
    f"POST {_CASE}/prolongations": of_case(LONGER, closed=True, match=True),
    f"GET {V1}/case-volumes/{{volume_id}}": made(volume),
    f"PATCH {V1}/case-volumes/{{volume_id}}": made(volume_changed),
    f"GET {V1}/case-facts/{{fact_id}}": made(event_read),
    f"POST {V1}/case-events/{{fact_id}}/revocation": made(event),
    f"POST {V1}/case-answers/{{fact_id}}/revocation": made(answer),
    f"POST {V1}/case-decisions/{{fact_id}}/revocation": made(decision),
    f"POST {V1}/retention-policies": plain(json=POLICY),
    f"GET {V1}/nomenclatures/{{nomenclature_id}}/final-record": made(year),
    f"POST {V1}/nomenclatures/{{nomenclature_id}}/final-record": made(year),
    f"POST {V1}/holds": made(new_hold),
    f"GET {_HOLD}": made(one_hold),
    f"POST {_HOLD}/extension": made(hold_extended),
    f"POST {_HOLD}/lifting": made(hold_lifted),
    f"POST {V1}/documents/{{document_id}}/filing": made(filing),
    f"POST {V1}/personal-files/{{personal_file_id}}/case": made(file_as_case),
}
"""Requests by method and address; the lists need nothing."""
