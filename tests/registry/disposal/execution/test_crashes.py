"""A process may die between any two steps of an execution: a later one comes to the same end."""

import copy
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import asyncpg
import pytest

from core.bootstrap.parts import APPS
from core.disposal.execution.services import ExecutionServices
from core.kernel.database.connection import Database
from core.kernel.database.work import Work
from core.kernel.scope import Scope
from core.preservation.applying import apply_ledger
from core.preservation.ledger import COLUMNS, LedgerEntry
from storage.memory import MemoryVault
from storage.objects import ProofOfAbsence
from tests.kernel_database import HandClock, QuickDatabase
from tests.registry.conftest import BuildHouse
from tests.registry.disposal.bureau import classes
from tests.registry.disposal.executing import (
    brought_to_waiting,
    filed_case,
    personal_file_case,
    quick,
    run_execution,
    started,
)
from tests.registry_house import House, Json, Site

_NAMES = count(1)
_LEDGER = f"SELECT {COLUMNS} FROM destruction_ledger ORDER BY entered_at, id"  # noqa: S608 - a constant


class Crash(BaseException):
    """The process is no more."""


@dataclass
class Effects:
    """Counts what survives the process, and ends it when its number has come."""

    last: int = 0
    count: int = 0

    def happen(self) -> None:
        self.count += 1
        if self.count == self.last:
            raise Crash


@dataclass(slots=True)
class MortalVault(MemoryVault):
    effects: Effects = field(default_factory=Effects)

    async def destroy(self, *arguments: Any, **options: Any) -> ProofOfAbsence:  # noqa: ANN401 - as `Vault.destroy`
        proof = await MemoryVault.destroy(self, *arguments, **options)
        self.effects.happen()
        return proof


class MortalDatabase(QuickDatabase):
    effects: Effects

    @asynccontextmanager
    async def work(self, scope: Scope, *, credential: str = "") -> AsyncIterator[Work]:
        async with super().work(scope, credential=credential) as work:
            yield work
        if scope.source.startswith("job:"):
            self.effects.happen()


@dataclass
class World:
    """A copy of the registry as it was when two executors had started an act."""

    house: House
    owner: asyncpg.Connection
    owner_url: str
    database: MortalDatabase
    vault: MortalVault
    effects: Effects

    def services(self) -> ExecutionServices:
        documents = replace(self.house.services.documents, database=self.database, vault=self.vault)
        return quick(self.house, documents=documents, vacuum=self._vacuum)

    async def _vacuum(self) -> None:
        self.effects.happen()

    async def run(self) -> list[str]:
        return await run_execution(self.house, self.services(), self.owner)

    async def end(self) -> Json:
        """What is left when everything has come to its end."""
        questions = {
            "act": "SELECT state FROM disposal_acts",
            "lines": "SELECT title, state, living, reason FROM disposal_act_lines ORDER BY title",
            "cases": "SELECT title, state, paper_fate, electronic_fate FROM cases ORDER BY title",
            "proofs": "SELECT key, version_id, sha256, size, absent_at IS NULL FROM disposal_objects ORDER BY key",
            "stubs": "SELECT id, files, destroyed_at IS NULL FROM document_stubs ORDER BY id",
            "ledger": "SELECT kind, object_id FROM destruction_ledger ORDER BY kind, object_id",
            "documents": "SELECT id FROM documents",
            "search": "SELECT object_id FROM search_entries WHERE object_type = 'document'",
            "said": "SELECT action, object_id FROM audit_entries WHERE action ~ '^(case|document|disposal_act)\\.'"
            " ORDER BY action, object_id",
            "told": "SELECT topic, payload::text FROM outbox_events WHERE topic ~ '^disposal_act' ORDER BY 1, 2",
            "people": "SELECT p.family_name, e.counts, e.names, e.ended_at IS NULL FROM ended_people e"
            " JOIN people p ON p.id = e.person_id",
            "space": "SELECT outcome FROM act_vacuums",
            "attempts": "SELECT number, outcome FROM act_attempts",
        }
        found: Json = {name: [tuple(row) for row in await self.owner.fetch(query)] for name, query in questions.items()}
        found["objects"] = [entry.key async for entry in self.vault.versions("")]
        return found


@dataclass
class Worlds:
    """Makes copies of one registry, database and storage alike."""

    house: House
    site: Site
    template: str

    @asynccontextmanager
    async def copy(self, crash_at: int = 0) -> AsyncIterator[World]:
        name = f"crash_{next(_NAMES)}"
        postgres, effects = self.site.postgres, Effects(crash_at)
        async with AsyncExitStack() as stack:
            await postgres.create_database(name, self.template)
            stack.push_async_callback(postgres.drop_database, name)
            owner = await asyncpg.connect(postgres.owner_url_of(name))
            stack.push_async_callback(owner.close)
            database = MortalDatabase(postgres.app_url_of(name), apps=APPS, clock=self.house.clock, pool=4)
            await database.open()
            stack.push_async_callback(database.close)
            vault = copy.deepcopy(self.house.memory)
            assert isinstance(vault, MortalVault)
            database.effects = vault.effects = effects
            yield World(self.house, owner, postgres.owner_url_of(name), database, vault, effects)


async def leave_alone(site: Site, database: str) -> None:
    """End every connection to a database, which cannot be copied before."""
    maker = await asyncpg.connect(site.postgres.owner_url)
    await maker.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1", database)
    await maker.close()


async def a_restored_copy_ends_the_same(worlds: Worlds, ledger: list[LedgerEntry]) -> None:
    """Apply the ledger to the registry as it was before the execution, as a restore of an older backup does."""
    async with worlds.copy() as world:
        as_owner = Database(world.owner_url, apps=APPS, clock=worlds.house.clock, pool=2)
        await as_owner.open()
        applied = await apply_ledger(as_owner, worlds.house.a.id, ledger)
        await as_owner.close()
        assert (applied.documents, applied.cases, applied.people) == (4, 2, 1)
        cards = await world.owner.fetch("SELECT family_name FROM people WHERE ended_at IS NOT NULL")
        assert [row["family_name"] for row in cards] == [""]
        assert await world.owner.fetchval("SELECT count(*) FROM documents") == 0
        states = await world.owner.fetch("SELECT DISTINCT state FROM cases")
        assert [row["state"] for row in states] == ["destroyed"]
        # The act of the backup is gone through again, and touches nothing.
        assert await world.run() == ["done"]
        assert await world.owner.fetchval("SELECT count(*) FROM disposal_objects") == 0
        states = await world.owner.fetch("SELECT DISTINCT state FROM disposal_act_lines")
        assert [row["state"] for row in states] == ["skipped"]


async def test_a_crash_between_any_two_steps_changes_nothing_of_the_end(
    build_house: BuildHouse, site: Site, clock: HandClock
) -> None:
    house = await build_house(vault=MortalVault(clock))
    [record_class] = await classes(house, "1 год")
    cases = [await filed_case(house, record_class, 2), await personal_file_case(house, record_class)]
    act = await brought_to_waiting(house, *cases)
    await started(house, act)
    await house.services.database.close()
    template = await house.owner.fetchval("SELECT current_database()")
    await house.owner.close()
    await leave_alone(site, template)
    worlds = Worlds(house, site, template)
    async with worlds.copy() as world:
        assert await world.run() == ["done"]
        undisturbed, steps = await world.end(), world.effects.count
        ledger = [LedgerEntry.from_row(row) for row in await world.owner.fetch(_LEDGER)]
    assert undisturbed["act"] == [("executed",)]
    assert undisturbed["objects"] == undisturbed["documents"] == []
    assert undisturbed["people"] == [("", "{}", "Примерова Вера Павловна", False)]
    assert steps > 10
    await a_restored_copy_ends_the_same(worlds, ledger)
    for last in range(1, steps + 1):
        async with worlds.copy(last) as world:
            with pytest.raises(Crash):
                await world.run()
            assert await world.run() in (["done"], [])
            assert await world.end() == undisturbed, last
