"""Events that a plugin was not told, however often it was tried: to be shown, and to be told again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from core.kernel.database.work import Work
from core.kernel.errors import Conflict, NotFound, StaleState
from core.kernel.keyset import Listing
from core.kernel.models import DeliveryRow, OutboxEventRow
from core.kernel.texts import mark

_TRY_AGAIN: Final = (
    "UPDATE outbox_deliveries SET given_up_at = NULL, attempts = 0, next_attempt_at = $3"
    " WHERE institution_id = $1 AND id = $2 AND given_up_at IS NOT NULL"
)
_DUE_AGAIN: Final = (
    "UPDATE outbox_events SET delivered_at = NULL, due_at = $3, told_again = true WHERE institution_id = $1 AND id = $2"
)


class PluginNotListening(Conflict):
    """The plugin is switched off, has failed or is gone, so nothing can be told to it; facts: `plugin`."""

    code = "plugin_not_listening"
    title = mark("The plugin {plugin} hears no events now")
    remedy = mark("Enable or repair the plugin, restart the service, then try again.")


@dataclass(frozen=True, slots=True)
class Undelivered:
    """An event and the plugin that was not told of it."""

    delivery: DeliveryRow
    event: OutboxEventRow


def undelivered() -> Listing[DeliveryRow]:
    """Return what plugins of the institution were not told and will not be by themselves, the latest first."""
    return Listing(DeliveryRow.filter(given_up_at__isnull=False), ("-given_up_at", "-id"))


async def with_events(deliveries: Sequence[DeliveryRow]) -> list[Undelivered]:
    """Return the deliveries, in their order, with what they tell."""
    events = {event.id: event for event in await OutboxEventRow.filter(id__in={row.event_id for row in deliveries})}
    return [Undelivered(row, events[row.event_id]) for row in deliveries]


async def tell_again(work: Work, delivery_id: UUID, listeners: Sequence[str]) -> None:
    """Have an event told to its plugin again, with as many attempts as a new one; recorded in the audit trail.

    Raises `NotFound`, `PluginNotListening` when the plugin is none of `listeners`, `StaleState` when somebody was
    quicker.
    """
    row = await DeliveryRow.get_or_none(id=delivery_id, given_up_at__isnull=False)
    if row is None:
        raise NotFound
    if row.plugin not in listeners:
        raise PluginNotListening(plugin=row.plugin)
    # The event first, as the dispatcher does it.
    await work.run(_DUE_AGAIN, [row.institution_id, row.event_id, work.now])
    if await work.run(_TRY_AGAIN, [row.institution_id, delivery_id, work.now]) != 1:
        raise StaleState
    work.record("event.told_again", "event", row.event_id, {"plugin": row.plugin})
