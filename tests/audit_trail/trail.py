"""One institution's trail: writes entries, seals and anchors them, tampers with them as a superuser would."""

from dataclasses import dataclass
from uuid import UUID

from core.kernel.audit.anchors import Anchorer
from core.kernel.audit.report import Fault, TrailReport
from core.kernel.audit.sealing import seal_entries
from core.kernel.audit.verification import verify_trail
from core.kernel.scope import ActorKind, Scope
from storage.memory import MemoryVault
from tests.kernel_database import HandClock, KernelDatabase


@dataclass
class Trail:
    database: KernelDatabase
    clock: HandClock
    institution: UUID
    vault: MemoryVault

    @property
    def scope(self) -> Scope:
        return Scope(
            institution_id=self.institution,
            actor_kind=ActorKind.SERVICE,
            source="192.0.2.7",
            request_id="r-1",
            purpose="test",
        )

    async def write(self, count: int = 1, *, action: str = "document.uploaded", object_id: str = "d-1") -> list[UUID]:
        """Each entry in a transaction of its own."""
        ids = []
        for number in range(count):
            async with self.database.service.work(self.scope) as work:
                ids.append(work.record(action, "document", object_id, {"name": "Ёлкина", "number": number}))
        return ids

    async def write_many(self, count: int) -> None:
        """All of them in one transaction."""
        async with self.database.service.work(self.scope) as work:
            for number in range(count):
                work.record("document.viewed", "document", f"d-{number}", {"name": "Ёлкина", "number": number})

    async def seal(self) -> int:
        return await seal_entries(self.database.service, self.institution)

    async def sealed(self, count: int = 5) -> list[UUID]:
        """Write and seal; the ids by position."""
        ids = await self.write(count)
        await self.seal()
        return ids

    async def anchor(self) -> bool:
        return await Anchorer(self.database.service, self.vault).anchor(self.institution)

    async def verify(self) -> TrailReport:
        return await verify_trail(self.database.service, self.vault, self.institution)

    async def faults(self) -> dict[Fault, int]:
        return (await self.verify()).counts

    async def tamper(self, *statements: str) -> None:
        """What a superuser can do: triggers and foreign keys do not stop it."""
        async with self.database.owner.transaction():
            await self.database.owner.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                await self.database.owner.execute(statement)
