"""Plugins hear of what has happened after the commit, at least once, whatever one of them does."""

import asyncio
from collections import defaultdict
from uuid import UUID

import pytest

from core.kernel.ids import INSTALLATION, new_id
from core.kernel.outbox import LEASE, Listener, OutboxDispatcher, delay
from core.kernel.scope import Scope
from core.kernel.undelivered import PluginNotListening, Undelivered, tell_again, undelivered, with_events
from core.sdk.events import Event
from tests.kernel_database import HandClock, KernelDatabase


class Plugins:
    """Doubles of listening plugins: they keep what they hear, unless they are told to fail."""

    def __init__(self) -> None:
        self.heard: dict[str, list[Event]] = defaultdict(list)
        self.refusing: set[str] = set()
        self.raising: set[str] = set()

    async def tell(self, plugin: str, event: Event) -> str | None:
        await asyncio.sleep(0)
        if plugin in self.raising:
            message = "secret of Ёлкина"
            raise RuntimeError(message)
        if plugin in self.refusing:
            return "busy"
        self.heard[plugin].append(event)
        return None

    def dispatcher(self, database: KernelDatabase, clock: HandClock, *names: str, most: int = 12) -> OutboxDispatcher:
        def listener(name: str) -> Listener:
            return lambda event: self.tell(name, event)

        return OutboxDispatcher(database.service, {name: listener(name) for name in names}, clock, most_attempts=most)


async def emit(database: KernelDatabase, institution: UUID, count: int = 1) -> None:
    async with database.service.work(Scope(institution_id=institution)) as work:
        for number in range(count):
            work.emit("document.accepted", {"document": str(new_id()), "number": number})


async def waiting(database: KernelDatabase) -> int:
    return int(await database.owner.fetchval("SELECT count(*) FROM outbox_events WHERE delivered_at IS NULL"))


async def test_each_plugin_hears_each_event_once(kernel_database: KernelDatabase, clock: HandClock) -> None:
    plugins, institution = Plugins(), new_id()
    dispatcher = plugins.dispatcher(kernel_database, clock, "a", "b")
    await emit(kernel_database, institution, 70)
    assert await dispatcher.deliver_due() == 140
    assert await dispatcher.deliver_due() == 0
    for name in ("a", "b"):
        assert sorted(int(str(event.facts["number"])) for event in plugins.heard[name]) == list(range(70))
    event = plugins.heard["a"][0]
    assert (event.name, event.institution_id, event.occurred_at) == ("document.accepted", institution, clock())
    assert event.object_id is not None
    assert await waiting(kernel_database) == 0


async def test_what_concerns_no_institution_names_none(kernel_database: KernelDatabase, clock: HandClock) -> None:
    plugins = Plugins()
    await emit(kernel_database, INSTALLATION)
    await plugins.dispatcher(kernel_database, clock, "a").deliver_due()
    assert plugins.heard["a"][0].institution_id is None


async def test_a_failing_plugin_stops_neither_the_others_nor_later_events(
    kernel_database: KernelDatabase, clock: HandClock
) -> None:
    plugins, institution = Plugins(), new_id()
    plugins.refusing, plugins.raising = {"busy"}, {"broken"}
    dispatcher = plugins.dispatcher(kernel_database, clock, "busy", "broken", "good")
    await emit(kernel_database, institution, 2)
    await dispatcher.deliver_due()
    await emit(kernel_database, institution, 1)
    await dispatcher.deliver_due()
    assert len(plugins.heard["good"]) == 3
    rows = await kernel_database.owner.fetch("SELECT DISTINCT plugin, attempts, last_error FROM outbox_deliveries")
    assert {(row["plugin"], row["attempts"], row["last_error"]) for row in rows} == {
        ("busy", 1, "busy"),
        ("broken", 1, "RuntimeError"),
        ("good", 1, ""),
    }
    plugins.refusing, plugins.raising = set(), set()
    assert await dispatcher.deliver_due() == 0
    clock.move(seconds=5)
    assert await dispatcher.deliver_due() == 6
    assert len(plugins.heard["good"]) == 3
    assert await waiting(kernel_database) == 0


async def given_up(database: KernelDatabase, clock: HandClock, plugins: Plugins, institution: UUID) -> Undelivered:
    """An event that plugin `good` has heard and plugin `busy` has not, and that is given up."""
    plugins.refusing = {"busy"}
    dispatcher = plugins.dispatcher(database, clock, "busy", "good", most=3)
    await emit(database, institution)
    for _ in range(5):
        await dispatcher.deliver_due()
        clock.move(hours=2)
    (found,) = await shown(database, institution)
    return found


async def shown(database: KernelDatabase, institution: UUID) -> list[Undelivered]:
    async with database.service.work(Scope(institution_id=institution)):
        return await with_events((await undelivered().after(None, 10))[0])


async def test_a_plugin_that_never_hears_is_given_up_and_shown(
    kernel_database: KernelDatabase, clock: HandClock
) -> None:
    found = await given_up(kernel_database, clock, Plugins(), new_id())
    delivery = found.delivery
    assert (delivery.plugin, delivery.attempts, delivery.last_error) == ("busy", 3, "busy")
    assert found.event.topic == "document.accepted"
    assert await waiting(kernel_database) == 0
    assert await shown(kernel_database, new_id()) == []


async def test_what_was_given_up_is_kept_until_it_is_told_again_and_by_nobody_but_its_plugin(
    kernel_database: KernelDatabase, clock: HandClock
) -> None:
    plugins, institution = Plugins(), new_id()
    found = await given_up(kernel_database, clock, plugins, institution)
    plugins.refusing = set()
    clock.move(days=400)
    dispatcher = plugins.dispatcher(kernel_database, clock, "busy", "good", "newcomer")
    assert await dispatcher.deliver_due() == 0
    async with kernel_database.service.work(Scope(institution_id=institution)) as work:
        await tell_again(work, found.delivery.id, ["busy", "good", "newcomer"])
    assert await dispatcher.deliver_due() == 1
    assert {name: len(heard) for name, heard in plugins.heard.items()} == {"good": 1, "busy": 1}
    assert await shown(kernel_database, institution) == []
    assert await waiting(kernel_database) == 0


async def test_what_cannot_be_told_again_comes_back_into_the_list(
    kernel_database: KernelDatabase, clock: HandClock
) -> None:
    plugins, institution = Plugins(), new_id()
    found = await given_up(kernel_database, clock, plugins, institution)
    async with kernel_database.service.work(Scope(institution_id=institution)) as work:
        await tell_again(work, found.delivery.id, ["busy"])
    assert await shown(kernel_database, institution) == []
    dispatcher = plugins.dispatcher(kernel_database, clock, "busy", most=2)
    for _ in range(2):
        await dispatcher.deliver_due()
        clock.move(hours=2)
    (again,) = await shown(kernel_database, institution)
    assert again.delivery.attempts == 2


async def test_nothing_is_told_again_to_a_plugin_that_does_not_listen(
    kernel_database: KernelDatabase, clock: HandClock
) -> None:
    institution = new_id()
    found = await given_up(kernel_database, clock, Plugins(), institution)
    with pytest.raises(PluginNotListening):
        async with kernel_database.service.work(Scope(institution_id=institution)) as work:
            await tell_again(work, found.delivery.id, ["good"])
    assert len(await shown(kernel_database, institution)) == 1


async def test_dispatchers_at_once_tell_each_event_once(kernel_database: KernelDatabase, clock: HandClock) -> None:
    plugins, institution = Plugins(), new_id()
    await emit(kernel_database, institution, 60)
    dispatchers = [plugins.dispatcher(kernel_database, clock, "a") for _ in range(3)]
    await asyncio.gather(*(dispatcher.deliver_due() for dispatcher in dispatchers))
    assert len({event.id for event in plugins.heard["a"]}) == len(plugins.heard["a"]) == 60


async def test_what_a_dead_worker_had_claimed_is_told_after_its_lease(
    kernel_database: KernelDatabase, clock: HandClock
) -> None:
    plugins, institution = Plugins(), new_id()
    await emit(kernel_database, institution)
    dead = plugins.dispatcher(kernel_database, clock, "a")
    await dead._claim(institution)
    living = plugins.dispatcher(kernel_database, clock, "a")
    assert await living.deliver_due() == 0
    clock.now += LEASE
    assert await living.deliver_due() == 1


async def test_without_listeners_events_are_done_and_old_ones_go(
    kernel_database: KernelDatabase, clock: HandClock
) -> None:
    institution = new_id()
    dispatcher = Plugins().dispatcher(kernel_database, clock)
    await emit(kernel_database, institution, 3)
    assert await dispatcher.deliver_due() == 0
    assert await waiting(kernel_database) == 0
    clock.move(days=31)
    await emit(kernel_database, institution)
    await dispatcher.deliver_due()
    assert await kernel_database.owner.fetchval("SELECT count(*) FROM outbox_events") == 1


def test_pauses_double_up_to_an_hour() -> None:
    assert [delay(attempt).total_seconds() for attempt in (1, 2, 3, 9, 10, 50)] == [5, 10, 20, 1280, 2560, 3600]
