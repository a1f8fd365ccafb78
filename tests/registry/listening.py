"""A plugin that hears events, and what it was not told."""

from types import ModuleType
from uuid import UUID, uuid4

from core.kernel.plugins import PluginHost, PluginSource, build_host
from core.sdk import Event, hookimpl
from tests.registry_house import House, Place

LISTENER = "listener"


def listening_host() -> PluginHost:
    """A host with one plugin, which hears events."""
    module = ModuleType(LISTENER)

    @hookimpl
    def on_event(event: Event) -> None:
        """Hear it."""

    module.on_event = on_event  # type: ignore[attr-defined]
    source = PluginSource(name=LISTENER, version="1.0", origin="test", load=lambda: module)
    return build_host([LISTENER], {}, given=[source])


async def give_up(house: House, place: Place | None = None, *, plugin: str = LISTENER) -> UUID:
    """Write down an event that `plugin` was not told; returns the delivery."""
    place = place or house.a
    event, delivery = uuid4(), uuid4()
    await house.owner.execute(
        "INSERT INTO outbox_events (id, institution_id, topic, payload, occurred_at, due_at, delivered_at)"
        " VALUES ($1, $2, 'document.accepted', jsonb_build_object('document', $3::text), $4, $4, $4)",
        event,
        place.id,
        str(uuid4()),
        house.clock(),
    )
    await house.owner.execute(
        "INSERT INTO outbox_deliveries (id, event_id, plugin, institution_id, attempts, next_attempt_at, given_up_at,"
        " last_error) VALUES ($1, $2, $3, $4, 12, $5, $5, 'busy')",
        delivery,
        event,
        plugin,
        place.id,
        house.clock(),
    )
    return delivery
