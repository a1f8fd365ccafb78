"""A valid minimal request for each address, on things that exist in the first institution."""

from itertools import count
from typing import Final

from fastapi.routing import iter_route_contexts

from core.access.permissions import Role
from tests.registry.api import (
    asking_cases,
    asking_connections,
    asking_consents,
    asking_disposal,
    asking_exits,
    asking_handed_over,
    asking_imports,
    asking_liquidation,
    asking_nomenclature,
    asking_notifications,
    asking_paperwork,
    asking_period_exports,
    asking_redating,
    asking_results,
    asking_studies,
)
from tests.registry.api.world import ANY, REASON, V1, Ask, Sample, World, learner, login, made, plain
from tests.registry.documents.papers import keep, quarantine, text
from tests.registry.listening import give_up
from tests.registry_house import OPERATOR, PASSWORD, House, Place

__all__ = ["NOTHING", "SAMPLES", "V1", "Ask", "World", "addresses"]

_NUMBERS: Final = count(1)


async def sign_in(world: World, place: Place, role: str) -> Ask:
    # A program has no password; whoever uses it may sign in beside it.
    login = world.house.a.logins[Role.CLERK] if role == Role.SERVICE_ACCOUNT else place.logins[role]
    return Ask(json={"login": login, "password": PASSWORD})


async def switch(_world: World, place: Place, _role: str) -> Ask:
    return Ask(json={"institution_id": str(place.id)})


async def own_token(world: World, place: Place, role: str) -> Ask:
    own = place.id == world.house.a.id
    token = await world.token_of(place.accounts[role]) if own else (await world.colleague())[1]
    return Ask(ids={"token_id": token})


async def own_scope(_world: World, _place: Place, role: str) -> Ask:
    scope = "jobs.read" if role in {Role.ADMINISTRATOR, OPERATOR} else "documents.read"
    return Ask(json={"name": "Выгрузка", "scopes": [scope]})


async def user(world: World) -> Ask:
    return Ask(ids={"user_id": (await world.colleague())[0]}, json=REASON)


async def user_read(world: World) -> Ask:
    return Ask(ids={"user_id": (await world.colleague())[0]})


async def user_changed(world: World) -> Ask:
    return Ask(ids={"user_id": (await world.colleague())[0]}, headers=ANY, json={"note": "на замене"})


async def user_token(world: World) -> Ask:
    account, token = await world.colleague()
    return Ask(ids={"user_id": account, "token_id": token})


async def program_token(world: World) -> Ask:
    account, _ = await world.colleague(Role.SERVICE_ACCOUNT)
    return Ask(ids={"user_id": account}, json={"name": "Обмен", "scopes": ["documents.read"]})


async def new_user(_world: World) -> Ask:
    return Ask(json={"login": login(), "display_name": "Новая Анна", "roles": ["teacher"]})


async def new_institution(_world: World) -> Ask:
    head = {"login": login(), "display_name": "Первая Анна"}
    named = {"name": "Школа № 3", "short_name": "Школа 3", "time_zone": "Europe/Moscow"}
    return Ask(json={**named, "administrator": head})


async def new_member(world: World) -> Ask:
    form = {"login": login(), "display_name": "Новая Анна", "roles": ["clerk"]}
    return Ask(ids={"institution_id": world.house.other.id}, json=form)


async def founded(world: World) -> Ask:
    return Ask(ids={"institution_id": world.house.other.id})


async def person(world: World) -> Ask:
    return Ask(ids={"person_id": world.house.a.learner})


async def person_changed(world: World) -> Ask:
    return Ask(ids={"person_id": world.house.a.learner}, headers=ANY, json={"note": f"правка {next(_NUMBERS)}"})


async def new_file(world: World) -> Ask:
    return Ask(ids={"person_id": await world.person()}, json={})


async def group(world: World) -> Ask:
    return Ask(ids={"group_id": world.house.a.group})


async def group_changed(world: World) -> Ask:
    return Ask(ids={"group_id": world.house.a.group}, headers=ANY, json={"note": f"правка {next(_NUMBERS)}"})


async def new_group(_world: World) -> Ask:
    return Ask(json={"name": f"МА-{next(_NUMBERS)}"})


async def new_person(_world: World) -> Ask:
    return Ask(json=learner())


async def personal_file(world: World) -> Ask:
    return Ask(ids={"personal_file_id": world.house.a.personal_file})


async def personal_file_changed(world: World) -> Ask:
    note = {"note": f"правка {next(_NUMBERS)}"}
    return Ask(ids={"personal_file_id": world.house.a.personal_file}, headers=ANY, json=note)


async def uploaded(world: World) -> Ask:
    return Ask(params={"kind": "other", "file_name": "a.txt", **world.house.a.holder()}, content=text())


async def uploaded_by_form(world: World) -> Ask:
    return Ask(data={"kind": "other", **world.house.a.holder()}, files={"file": ("a.txt", text(), "text/plain")})


async def new_version(world: World) -> Ask:
    return Ask(ids={"document_id": world.paper["id"]}, params={"file_name": "a.txt"}, content=text())


async def paper(world: World) -> Ask:
    return Ask(ids={"document_id": world.paper["id"], "ordinal": 1, "page": 1})


async def paper_changed(world: World) -> Ask:
    return Ask(ids={"document_id": world.paper["id"]}, headers=ANY, json={"note": f"правка {next(_NUMBERS)}"})


async def waiting(world: World) -> Ask:
    return Ask(ids={"document_id": (await quarantine(world.house.a))["id"], "ordinal": 1}, json=REASON)


async def version_withdrawn(world: World, place: Place, role: str) -> Ask:
    ask = await withdrawn(world, place, role)
    return Ask(ids={**ask.ids, "ordinal": 1}, json=REASON)


async def withdrawn(world: World, place: Place, role: str) -> Ask:
    own = place.id == world.house.a.id and role in {Role.CLERK, Role.SERVICE_ACCOUNT}
    uploaded_one = await keep(place, role=role) if own else await keep(world.house.a)
    return Ask(ids={"document_id": uploaded_one["id"]}, json=REASON)


async def undelivered(world: World) -> Ask:
    return Ask(ids={"delivery_id": await give_up(world.house)})


async def job(world: World) -> Ask:
    return Ask(ids={"job_id": await world.job()})


_DOCUMENT: Final = f"{V1}/documents/{{document_id}}"
_VERSION: Final = f"{_DOCUMENT}/versions/{{ordinal}}"
_USER: Final = f"{V1}/users/{{user_id}}"
NOTHING: Final = plain()

SAMPLES: Final[dict[str, Sample]] = {
    **asking_nomenclature.SAMPLES,
    **asking_cases.SAMPLES,
    **asking_connections.SAMPLES,
    **asking_consents.SAMPLES,
    **asking_disposal.SAMPLES,
    **asking_exits.SAMPLES,
    **asking_handed_over.SAMPLES,
    **asking_imports.SAMPLES,
    **asking_liquidation.SAMPLES,
    **asking_notifications.SAMPLES,
    **asking_period_exports.SAMPLES,
    **asking_redating.SAMPLES,
    **asking_paperwork.SAMPLES,
    **asking_studies.SAMPLES,
    **asking_results.SAMPLES,
    "GET /problems/{code}": plain(ids={"code": "not_found"}),
    "GET /docs/assets/{name}": plain(ids={"name": "swagger-ui.css"}),
    f"POST {V1}/session": sign_in,
    f"POST {V1}/session/institution": switch,
    f"POST {V1}/session/password": plain(json={"present": PASSWORD, "wanted": "совсем другая длинная фраза"}),
    f"POST {V1}/tokens": own_scope,
    f"DELETE {V1}/tokens/{{token_id}}": own_token,
    f"POST {V1}/users": made(new_user),
    f"GET {_USER}": made(user_read),
    f"PATCH {_USER}": made(user_changed),
    f"POST {_USER}/password-reset": made(user_read),
    f"POST {_USER}/deactivation": made(user),
    f"POST {_USER}/reactivation": made(user),
    f"GET {_USER}/tokens": made(user_read),
    f"POST {_USER}/tokens": made(program_token),
    f"DELETE {_USER}/tokens/{{token_id}}": made(user_token),
    f"PATCH {V1}/institution": plain(headers=ANY, json={"settings": {"contact": "каб. 12"}}),
    f"POST {V1}/institutions": made(new_institution),
    f"GET {V1}/institutions/{{institution_id}}": made(founded),
    f"POST {V1}/institutions/{{institution_id}}/members": made(new_member),
    f"POST {V1}/people": made(new_person),
    f"GET {V1}/people/{{person_id}}": made(person),
    f"PATCH {V1}/people/{{person_id}}": made(person_changed),
    f"POST {V1}/people/{{person_id}}/personal-file": made(new_file),
    f"POST {V1}/groups": made(new_group),
    f"GET {V1}/groups/{{group_id}}": made(group),
    f"PATCH {V1}/groups/{{group_id}}": made(group_changed),
    f"GET {V1}/personal-files/{{personal_file_id}}": made(personal_file),
    f"PATCH {V1}/personal-files/{{personal_file_id}}": made(personal_file_changed),
    f"POST {V1}/documents": made(uploaded),
    f"POST {V1}/document-forms": made(uploaded_by_form),
    f"POST {_DOCUMENT}/versions": made(new_version),
    f"GET {_DOCUMENT}/versions": made(paper),
    f"GET {_DOCUMENT}": made(paper),
    f"PATCH {_DOCUMENT}": made(paper_changed),
    f"GET {_DOCUMENT}/content": made(paper),
    f"HEAD {_DOCUMENT}/content": made(paper),
    f"GET {_VERSION}/content": made(paper),
    f"HEAD {_VERSION}/content": made(paper),
    f"GET {_VERSION}/previews": made(paper),
    f"GET {_VERSION}/previews/{{page}}": made(paper),
    f"HEAD {_VERSION}/previews/{{page}}": made(paper),
    f"POST {_VERSION}/release": made(waiting),
    f"POST {_VERSION}/refusal": made(waiting),
    f"POST {_DOCUMENT}/withdrawal": withdrawn,
    f"POST {_VERSION}/withdrawal": version_withdrawn,
    f"GET {V1}/search": plain(params={"q": "Примерова"}),
    f"GET {V1}/jobs/{{job_id}}": made(job),
    f"POST {V1}/jobs/{{job_id}}/cancellation": made(job),
    f"POST {V1}/undelivered-events/{{delivery_id}}/retry": made(undelivered),
}
"""Requests by method and address; the others need nothing."""


def addresses(house: House) -> set[str]:
    """Method and path of everything the application answers, hidden from its description or not."""
    return {
        f"{method} {route.path_format}"
        for route in iter_route_contexts(house.app.routes)
        for method in route.methods or ()
    }
