"""How tests record consents, duties and blockings: by the people of an institution, through the API."""

from typing import Any

import httpx

from tests.registry_house import Json, Place

V1 = "/api/v1"
WHY = {"reason": "заявление обучающегося", "evidence": "заявление вх. № 17"}
CONSENT = {
    "given_by": "subject",
    "purpose": "фото на сайте колледжа",
    "categories": ["фотография", "фамилия, имя"],
    "given_on": "2025-09-01",
    "evidence": "лист 3 личного дела",
}


async def give(place: Place, role: str = "clerk", **members: Any) -> httpx.Response:  # noqa: ANN401 - members of a body
    return await place.of(role).post(f"{V1}/people/{place.learner}/consents", json={**CONSENT, **members})


async def given(place: Place, **members: Any) -> Json:  # noqa: ANN401 - members of a body
    return created(await give(place, **members))


async def take_back(place: Place, consent: Json, day: str = "2026-02-20", role: str = "clerk") -> httpx.Response:
    path = f"{V1}/consents/{consent['id']}/withdrawal"
    return await place.of(role).post(path, json={**WHY, "withdrawn_on": day})


async def reach(place: Place, day: str = "2026-02-20", role: str = "clerk", **members: Any) -> httpx.Response:  # noqa: ANN401 - members of a body
    path = f"{V1}/people/{place.learner}/purpose-reached"
    return await place.of(role).post(path, json={**WHY, "reached_on": day, **members})


async def demand(place: Place, event: str, day: str, role: str = "clerk") -> httpx.Response:
    path = f"{V1}/people/{place.learner}/demands"
    return await place.of(role).post(path, json={**WHY, "event": event, "happened_on": day})


async def settle(place: Place, duty: Json, step: str, role: str = "head", **members: Any) -> httpx.Response:  # noqa: ANN401 - members of a body
    body = {"note": "копии уничтожены", "evidence": "акт № 1", **members}
    return await place.of(role).post(f"{V1}/duties/{duty['id']}/{step}", json=body)


async def block(
    place: Place, role: str = "records_officer", ground: str = "archive_term", personal_file: object = None
) -> httpx.Response:
    path = f"{V1}/personal-files/{personal_file or place.personal_file}/blockings"
    return await place.of(role).post(path, json={**WHY, "ground": ground})


async def unblock(place: Place, blocking: Json, role: str = "head") -> httpx.Response:
    return await place.of(role).post(f"{V1}/blockings/{blocking['id']}/lifting", json=WHY)


def created(answer: httpx.Response) -> Json:
    """What was made by a request that must succeed."""
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made
