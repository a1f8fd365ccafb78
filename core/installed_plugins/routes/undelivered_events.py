"""Routes by which administrators find what plugins were not told, and have it told again."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel, Field

from core.access.dependencies import Services, allow
from core.access.errors import CsrfRefused, NotSignedIn
from core.access.gate import Caller
from core.access.permissions import Permission
from core.installed_plugins.routes.plugins import plugin_host
from core.kernel.errors import Forbidden, NotFound, StaleState
from core.kernel.plugins import PluginHost
from core.kernel.undelivered import PluginNotListening, Undelivered, tell_again, undelivered, with_events
from core.web.errors import BadCursor
from core.web.paging import Page, Paging
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(prefix="/undelivered-events")

Connector = Annotated[Caller, Depends(allow(Permission.CONNECTIONS_MANAGE))]


class UndeliveredOut(BaseModel):
    """An event that a plugin was not told, however often it was tried."""

    id: UUID
    plugin: str = Field(description="Whom it was to be told.", examples=["moodle"])
    event_id: UUID = Field(description="Plugins hear of it under this id.")
    event: str = Field(description="What had happened.", examples=["document.accepted"])
    occurred_at: datetime = Field(description="When it had happened.")
    about: dict[str, str] = Field(
        description="What it is about, by id.", examples=[{"document": "0198c5a0-7d2e-7c1b-9f00-4a1de6d2b3c4"}]
    )
    attempts: int = Field(description="How often it was tried.")
    given_up_at: datetime = Field(description="When the last attempt failed.")
    last_error: str = Field(description="Why the last attempt failed, in the plugin's words.", examples=["busy"])

    @classmethod
    def of(cls, found: Undelivered) -> Self:
        """Show an event and the plugin that was not told of it."""
        delivery, event = found.delivery, found.event
        return cls(
            id=delivery.id,
            plugin=delivery.plugin,
            event_id=event.id,
            event=event.topic,
            occurred_at=event.occurred_at,
            about={name: value for name, value in event.payload.items() if isinstance(value, str)},
            attempts=delivery.attempts,
            given_up_at=delivery.given_up_at,
            last_error=delivery.last_error,
        )


@router.get(
    "", summary="Events that plugins were not told", responses=problem_responses(NotSignedIn, Forbidden, BadCursor)
)
async def list_undelivered_events(services: Services, caller: Connector, page: Paging) -> Page[UndeliveredOut]:
    """List what was given up after many attempts, the latest first. Nothing of it is forgotten until it is told."""
    async with services.database.work(caller.scope):
        listing = undelivered()
        rows, following = await listing.after(page.position(listing.position_types()), page.limit)
        return page.closed([UndeliveredOut.of(found) for found in await with_events(rows)], following)


@router.post(
    "/{delivery_id}/retry",
    summary="Tell a plugin an event again",
    status_code=204,
    responses=problem_responses(NotSignedIn, CsrfRefused, Forbidden, NotFound, StaleState, PluginNotListening),
)
async def tell_event_again(
    delivery_id: UUID, services: Services, caller: Connector, host: Annotated[PluginHost, Depends(plugin_host)]
) -> None:
    """Have a worker try again within seconds, as often as with a new event; then it is out of this list, told or not.

    If the plugin cannot be told again, the event comes back into the list.
    """
    async with services.database.work(caller.scope) as work:
        await tell_again(work, delivery_id, host.listeners)
