"""A receiving program, and a house whose messages go to it."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from core.kernel.ids import new_id
from core.kernel.plugins import build_host
from core.notifications.sending import hear, send_due
from core.notifications.services import NotificationServices
from core.sdk import Event
from tests.registry_house import House

HOOK = "https://hooks.example.org/deloteka"


@dataclass
class Receiver(httpx.AsyncBaseTransport):
    """Answers `status` to everything and remembers what came."""

    status: int = 204
    received: list[httpx.Request] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.received.append(request)
        return httpx.Response(self.status, stream=_Nothing(), headers={"content-length": "0"})

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.received]


class _Nothing(httpx.AsyncByteStream):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in list[bytes]():
            yield piece


def with_receiver(house: House, receiver: Receiver) -> NotificationServices:
    """Let the messages of a house go to `receiver`."""
    services: NotificationServices = house.app.state.notifications
    plugins = build_host(["webhooks", "smtp"], {"smtp": {"port": 9}})
    lent = replace(services, catalog=plugins.catalog, make_transport=lambda _policy: receiver)
    house.app.state.notifications = lent
    return lent


async def tell(services: NotificationServices, house: House, name: str = "import.ended", **facts: str) -> Event:
    """Let an event of the first institution happen, and send what is due."""
    event = Event(id=new_id(), name=name, occurred_at=house.clock(), institution_id=house.a.id, facts=facts)
    await hear(services, event)
    await send_due(services)
    return event
