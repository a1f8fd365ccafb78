"""Administrators find what a plugin was not told, and have it told again."""

from core.access.permissions import Role
from core.kernel.outbox import OutboxDispatcher
from core.sdk import Event
from tests.registry.listening import LISTENER, give_up, listening_host
from tests.registry_house import House, code

ADDRESS = "/api/v1/undelivered-events"


async def test_what_a_plugin_was_not_told_is_listed_the_latest_first(house_in_memory: House) -> None:
    ids = []
    for _ in range(3):
        ids.append(str(await give_up(house_in_memory)))
        house_in_memory.clock.move(minutes=1)
    await give_up(house_in_memory, house_in_memory.other)
    administrator = house_in_memory.of(Role.ADMINISTRATOR)
    first = (await administrator.get(ADDRESS, params={"limit": 2})).json()
    second = (await administrator.get(ADDRESS, params={"limit": 2, "cursor": first["next"]})).json()
    assert [item["id"] for item in first["items"] + second["items"]] == ids[::-1]
    item = first["items"][0]
    assert (item["plugin"], item["event"], item["attempts"]) == (LISTENER, "document.accepted", 12)
    assert (item["last_error"], list(item["about"])) == ("busy", ["document"])


async def test_it_is_told_again_and_leaves_the_list(house_in_memory: House) -> None:
    house_in_memory.app.state.plugins = listening_host()
    delivery = await give_up(house_in_memory)
    administrator = house_in_memory.of(Role.ADMINISTRATOR)
    answer = await administrator.post(f"{ADDRESS}/{delivery}/retry")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await administrator.get(ADDRESS)).json()["items"] == []
    assert await house_in_memory.actions() == ["event.told_again"]
    heard: list[Event] = []

    async def hear(event: Event) -> None:
        heard.append(event)

    services = house_in_memory.services
    assert await OutboxDispatcher(services.database, {LISTENER: hear}, services.clock).deliver_due() == 1
    assert [event.name for event in heard] == ["document.accepted"]
    assert code(await administrator.post(f"{ADDRESS}/{delivery}/retry")) == (404, "not_found")


async def test_a_plugin_that_is_switched_off_is_told_nothing(house_in_memory: House) -> None:
    house_in_memory.app.state.plugins = listening_host()
    delivery = await give_up(house_in_memory, plugin="gone")
    administrator = house_in_memory.of(Role.ADMINISTRATOR)
    answer = await administrator.post(f"{ADDRESS}/{delivery}/retry")
    assert code(answer) == (409, "plugin_not_listening")
    assert answer.json()["plugin"] == "gone"
    assert len((await administrator.get(ADDRESS)).json()["items"]) == 1
