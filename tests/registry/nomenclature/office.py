"""How tests make nomenclatures: by the people of an institution, through the API."""

from typing import Any

import httpx

from tests.registry_house import House, Json, Place

V1 = "/api/v1"
VERSIONS = f"{V1}/nomenclature-versions"
CLASSES = f"{V1}/record-classes"
ANY = {"If-Match": "*"}
OFFICER = "records_officer"
UNCLEAR = "5 лет, если директор не возражает"
"""A term that nobody can read."""

TABLE = """Колледж № 1
НОМЕНКЛАТУРА ДЕЛ на 2026 год
Индекс дела;Заголовок дела;Кол-во дел;Срок хранения и № статей по перечню;Примечание
01 Канцелярия;;;;
01-01;Приказы директора;;Постоянно ст. 19 а;
01-02;Личные дела обучающихся;;3 года (1) ст. 441;(1) После отчисления. Переходящее с 2024 г.
01-03;Переписка;;5 лет, если директор не возражает;
01-04;Резерв;;;
02 Учебная часть;;;;
02-01;Расписания;;1 год;электронное
""".encode()
"""A file as an institution may have it."""


async def begin(place: Place, year: int = 2026, **members: Any) -> Json:  # noqa: ANN401 - members of a body
    """The first draft of a year."""
    answer = await place.of(OFFICER).post(f"{V1}/nomenclatures", json={"year": year, **members})
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def section(place: Place, version: Json, code: str = "01", title: str = "Канцелярия") -> Json:
    answer = await place.of(OFFICER).post(f"{VERSIONS}/{version['id']}/sections", json={"code": code, "title": title})
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def add(place: Place, part: Json, **cells: Any) -> httpx.Response:  # noqa: ANN401 - members of a body
    body = {"section_id": part["id"], "title": "Приказы директора", "term": "5 лет", **cells}
    return await place.of(OFFICER).post(f"{VERSIONS}/{part['version_id']}/record-classes", json=body)


async def row(place: Place, part: Json, **cells: Any) -> Json:  # noqa: ANN401 - members of a body
    answer = await add(place, part, **cells)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def rows(place: Place, version: Json, **filters: str) -> list[Json]:
    answer = await place.of(OFFICER).get(f"{VERSIONS}/{version['id']}/record-classes", params=filters)
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["items"]
    return found


async def step(
    place: Place, version: Json, name: str, role: str, body: Json | None = None, match: str = "*"
) -> httpx.Response:
    path = f"{VERSIONS}/{version['id']}/{name}"
    return await place.of(role).post(path, json=body, headers={"If-Match": match})


MINUTES = {"held_on": "2026-02-20", "number": "2", "members": ["Проверкина А. А.", "Образцов Б. Б."]}


async def approve(house: House, version: Json, place: Place | None = None) -> Json:
    """All the way from a draft to force."""
    place = place or house.a
    for name, role, body in (
        ("submission", OFFICER, None),
        ("agreement", "commission", MINUTES),
        ("approval", "head", {"number": "1"}),
    ):
        answer = await step(place, version, name, role, body)
        assert answer.status_code == 200, answer.text
    read = await place.of("head").get(f"{VERSIONS}/{version['id']}")
    made: Json = read.json()
    return made


async def in_force_by_hand(house: House, version: Json, place: Place | None = None) -> None:
    """Approve a draft without going through its steps, whose order and people other tests are about."""
    place = place or house.a
    people = [place.accounts[role] for role in (OFFICER, "commission", "head")]
    for statement in (
        (
            "UPDATE nomenclature_versions SET state = 'submitted', submitted_by = $2, submitted_at = now()"
            " WHERE id = $1 AND $3::uuid IS NOT NULL AND $4::uuid IS NOT NULL"
        ),
        (
            "UPDATE nomenclature_versions SET state = 'agreed', minutes_date = effective_on, minutes_number = '1',"
            " minutes_members = '{А}', agreed_by = $3, agreed_at = now() WHERE id = $1 AND $2 <> $4::uuid"
        ),
        (
            "UPDATE nomenclature_versions SET state = 'approved', approved_on = effective_on, approved_by = $4,"
            " approved_at = now() WHERE id = $1 AND $2 <> $3::uuid"
        ),
    ):
        await house.owner.execute(statement, version["id"], *people)
