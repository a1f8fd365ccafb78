"""Valid requests to the addresses of subscriptions and messages."""

from typing import Final

from core.access.permissions import Role
from core.notifications.sending import send_due
from tests.registry.api.world import ANY, V1, Ask, Sample, World, made
from tests.registry.notifications.hooks import HOOK, Receiver, tell, with_receiver

_ONE: Final = f"{V1}/subscriptions/{{subscription_id}}"
_WANTED: Final = {"notifier": "webhooks", "recipient": HOOK, "title": "Сервер", "topics": ["import.ended"]}


async def subscription(world: World) -> str:
    """A subscription of the first institution, whose messages are taken."""
    with_receiver(world.house, Receiver())
    answer = await world.house.of(Role.ADMINISTRATOR).post(f"{V1}/subscriptions", json=_WANTED)
    return str(answer.json()["id"])


async def wanted(world: World) -> Ask:
    with_receiver(world.house, Receiver())
    return Ask(json=dict(_WANTED))


async def one(world: World) -> Ask:
    return Ask(ids={"subscription_id": await subscription(world)})


async def changed(world: World) -> Ask:
    return Ask(ids={"subscription_id": await subscription(world)}, json={"title": "Другой"}, headers=ANY)


async def message(world: World) -> Ask:
    """A message that was sent."""
    made_id = await subscription(world)
    services = with_receiver(world.house, Receiver())
    await tell(services, world.house)
    await send_due(services)
    found = await world.house.owner.fetchval("SELECT id FROM messages WHERE subscription_id = $1::uuid", made_id)
    return Ask(ids={"message_id": str(found)})


async def known(world: World) -> dict[str, str]:
    """One subscription and one of its messages, by the names of the parameters that name them."""
    return {"subscription_id": await subscription(world), **{k: str(v) for k, v in (await message(world)).ids.items()}}


SAMPLES: Final[dict[str, Sample]] = {
    f"POST {V1}/subscriptions": made(wanted),
    f"GET {_ONE}": made(one),
    f"PATCH {_ONE}": made(changed),
    f"DELETE {_ONE}": made(one),
    f"POST {_ONE}/secrets": made(one),
    f"POST {_ONE}/tests": made(one),
    f"GET {_ONE}/messages": made(one),
    f"POST {V1}/messages/{{message_id}}/replays": made(message),
}
