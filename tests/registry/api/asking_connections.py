"""Valid requests to the addresses of connectors and connections."""

from dataclasses import replace
from itertools import count
from typing import Final
from urllib.parse import parse_qs, urlsplit

from core.connections.services import ConnectionServices
from tests.connectors.connections.scripted import CODE, CONSENT, PASTED, Platform, stand
from tests.registry.api.world import ANY, V1, Ask, Sample, World, made, plain
from tests.registry_house import House, Json, Place

_ACCOUNTS: Final = count(1)
_FILES: Final = count(1)


def platform_of(house: House) -> Platform:
    """The invented platform of a house, with an account that no connection has yet."""
    known: Platform | None = getattr(house.app.state, "invented", None)
    if known is None:
        known = house.app.state.invented = Platform()
        services: ConnectionServices = stand(house, known)
        house.app.state.connections = replace(services, public_url="https://deloteka.test")
    known.account = f"acc-{next(_ACCOUNTS)}"
    return known


async def connected(world: World, filled: Json = PASTED) -> str:
    platform_of(world.house)
    answer = await world.house.of("administrator").post(f"{V1}/connections", json=filled)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def listed(world: World) -> Ask:
    platform_of(world.house)
    return Ask()


async def connector(world: World) -> Ask:
    platform_of(world.house)
    return Ask(ids={"name": "scripted"})


async def new_connection(world: World) -> Ask:
    platform_of(world.house)
    return Ask(json=PASTED)


async def connection(world: World) -> Ask:
    return Ask(ids={"connection_id": await connected(world)})


def changed(**body: object) -> Sample:
    async def make(world: World) -> Ask:
        return Ask(ids={"connection_id": await connected(world)}, headers=ANY, json=dict(body) or None)

    return made(make)


async def new_file(world: World) -> Ask:
    content = f"ФИО;Класс\n{next(_FILES)}".encode()
    ids: dict[str, object] = {"connection_id": await connected(world)}
    return Ask(ids=ids, params={"file_name": "5А.csv"}, content=content)


async def file(world: World) -> Ask:
    ask = await new_file(world)
    answer = await ask.send(world.house.of("administrator"), "POST", f"{_CONNECTION}/files")
    assert answer.status_code == 201, answer.text
    return Ask(ids={**ask.ids, "file_id": answer.json()["id"]})


async def sign_in(world: World) -> Ask:
    return Ask(ids={"connection_id": await connected(world, CONSENT)})


async def _begun(world: World, place: Place, role: str) -> str:
    platform_of(world.house)
    browser = place.browser(role)
    at = (await browser.post(f"{V1}/connections", json=CONSENT)).headers["location"]
    address = (await browser.post(f"{at}/sign-in")).json()["address"]
    return str(parse_qs(urlsplit(str(address)).query)["state"][0])


async def came_back(world: World, place: Place, role: str) -> Ask:
    return Ask(params={"state": await _begun(world, place, role), "code": CODE})


async def completed(world: World, place: Place, role: str) -> Ask:
    return Ask(json={"state": await _begun(world, place, role), "code": CODE})


_CONNECTION: Final = f"{V1}/connections/{{connection_id}}"
_MAPPINGS: Final = {"mappings": [{"kind": "relation", "source": "Mother", "target_word": "мать"}]}

SAMPLES: Final[dict[str, Sample]] = {
    f"GET {V1}/connectors": made(listed),
    f"GET {V1}/connectors/{{name}}": made(connector),
    f"GET {V1}/connections": plain(),
    f"POST {V1}/connections": made(new_connection),
    f"GET {_CONNECTION}": made(connection),
    f"PATCH {_CONNECTION}": changed(title="Другое"),
    f"DELETE {_CONNECTION}": changed(),
    f"POST {_CONNECTION}/check": made(connection),
    f"POST {_CONNECTION}/pause": made(connection),
    f"POST {_CONNECTION}/resumption": made(connection),
    f"GET {_CONNECTION}/diagnostics": made(connection),
    f"GET {_CONNECTION}/streams": made(connection),
    f"PUT {_CONNECTION}/streams": changed(streams=[]),
    f"GET {_CONNECTION}/schedule": made(connection),
    f"PUT {_CONNECTION}/schedule": changed(schedule="30 3 * * *"),
    f"PUT {_CONNECTION}/file-hosts": changed(hosts=["files.example.org"]),
    f"PUT {_CONNECTION}/private-hosts": changed(hosts=["moodle.school.local"]),
    f"GET {_CONNECTION}/files": made(connection),
    f"POST {_CONNECTION}/files": made(new_file),
    f"DELETE {_CONNECTION}/files/{{file_id}}": made(file),
    f"GET {_CONNECTION}/mappings": made(connection),
    f"PUT {_CONNECTION}/mappings": changed(**_MAPPINGS),
    f"POST {_CONNECTION}/sign-in": made(sign_in),
    f"GET {V1}/connections/sign-in/callback": came_back,
    f"POST {V1}/connections/sign-in/completion": completed,
}
