"""A process that is killed in the middle of its work: each order runs in a fork that ends itself at the n-th effect.

Started as a script; reads one order a line from its standard input, as JSON, and answers each with a line that says
whether the fork was killed. Nothing of the fork survives but what it did outside: rows, objects, files.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from core.bootstrap.clock import system_clock
from core.bootstrap.parts import APPS
from core.documents.decisions import refuse, release
from core.documents.intake import upload
from core.documents.keeper import Keeper
from core.documents.requests import Arrival, Holder, Upload
from core.documents.services import DocumentServices
from core.documents.spool import Spool, SpoolName
from core.documents.withdrawal import withdraw
from core.inspection.pipeline import InspectionService
from core.kernel.database.work import Work
from core.kernel.sandbox import ProviderKind, Sandbox, SandboxSettings, Step
from core.kernel.scope import ActorKind, Scope
from core.kernel.settings import IntakeSettings
from storage.objects import Capabilities
from storage.s3 import S3Address, S3Vault
from tests.kernel_database import QuickDatabase


class Effects:
    """Counts what can be seen from outside, and ends the process when its number has come."""

    def __init__(self, last: int) -> None:
        self._last = last
        self._count = 0

    def happen(self) -> None:
        self._count += 1
        if self._count == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


class MortalVault(S3Vault):
    effects: Effects

    async def put(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as `Vault.put`
        self.effects.happen()
        stored = await super().put(*arguments, **options)
        self.effects.happen()
        return stored

    async def put_fresh(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as `Vault.put_fresh`
        self.effects.happen()
        stored = await super().put_fresh(*arguments, **options)
        self.effects.happen()
        return stored

    async def destroy(self, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - as `Vault.destroy`
        self.effects.happen()
        proof = await super().destroy(*arguments, **options)
        self.effects.happen()
        return proof


class MortalDatabase(QuickDatabase):
    effects: Effects

    @asynccontextmanager
    async def work(self, scope: Scope, *, credential: str = "") -> AsyncIterator[Work]:
        async with super().work(scope, credential=credential) as work:
            yield work
            self.effects.happen()
        self.effects.happen()

    async def call(self, scope: Scope, function: str, *values: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - as `Database.call`
        self.effects.happen()
        rows = await super().call(scope, function, *values)
        self.effects.happen()
        return rows


class MortalSpool(Spool):
    effects: Effects

    async def _create(self, path: Path) -> int:
        descriptor = await super()._create(path)
        self.effects.happen()
        return descriptor

    async def _write(self, *arguments: Any) -> Any:  # noqa: ANN401 - as `Spool._write`
        written = await super()._write(*arguments)
        self.effects.happen()
        return written

    def _flush(self, descriptor: int) -> None:
        super()._flush(descriptor)
        self.effects.happen()

    def discard(self, name: SpoolName) -> None:
        self.effects.happen()
        super().discard(name)
        self.effects.happen()

    def forsake(self, name: SpoolName) -> None:
        super().forsake(name)
        self.effects.happen()


class NoParsers(Sandbox):
    """Looks at nothing: the texts of these tests need no parser."""

    def __init__(self) -> None:
        super().__init__(SandboxSettings(plugins=()))

    async def start(self) -> None:
        """Nothing to start."""

    def steps(self, kind: ProviderKind, media_type: str) -> tuple[Step, ...]:
        return ()


async def carry_out(order: dict[str, Any]) -> None:
    effects = Effects(order["kill_at"])
    vault = MortalVault(S3Address(**order["storage"]))
    vault._door.capabilities = Capabilities(**order["capabilities"])
    database = MortalDatabase(order["database"], apps=APPS, clock=system_clock, pool=2)
    spool = MortalSpool(Path(order["spool"]), reserve=0)
    for each in (vault, database, spool):
        each.effects = effects
    await database.open()
    sandbox = NoParsers()
    services = DocumentServices(
        database=database,
        vault=vault,
        inspection=InspectionService(sandbox),
        sandbox=sandbox,
        spool=spool,
        scratch=Path(order["spool"]),
        limits=IntakeSettings(settling_seconds=0),
        clock=system_clock,
    )
    scope = Scope(
        institution_id=UUID(order["institution"]), actor_kind=ActorKind.PERSON, actor_id=UUID(order["account"])
    )
    await OPERATIONS[order["operation"]](services, scope, order)


def acknowledge(order: dict[str, Any], said: str) -> None:
    Path(order["answer"]).write_text(said)


async def _upload(services: DocumentServices, scope: Scope, order: dict[str, Any]) -> None:
    content = order["content"].encode()

    async def chunks() -> AsyncIterator[bytes]:
        yield content

    arrival = Arrival(file_name=order["file_name"], length=len(content))
    holder = Holder(personal_file_id=UUID(order["personal_file"]))
    kept = await upload(services, scope, Upload(kind="other", holder=holder, arrival=arrival), chunks())
    acknowledge(order, str(kept.document.id))


async def _release(services: DocumentServices, scope: Scope, order: dict[str, Any]) -> None:
    await release(services, scope, UUID(order["document"]), 1, "посмотрели")
    acknowledge(order, "released")


async def _refuse(services: DocumentServices, scope: Scope, order: dict[str, Any]) -> None:
    await refuse(services, scope, UUID(order["document"]), 1, "посмотрели")
    acknowledge(order, "refused")


async def _withdraw(services: DocumentServices, scope: Scope, order: dict[str, Any]) -> None:
    await withdraw(services, scope, UUID(order["document"]), "не тот файл")
    acknowledge(order, "withdrawn")


async def _settle(services: DocumentServices, _scope: Scope, order: dict[str, Any]) -> None:
    keeper = Keeper(services, abandoned_after=0)
    await keeper.replay()
    await keeper.settle()
    await keeper.finish_removals()
    acknowledge(order, "settled")


OPERATIONS = {"upload": _upload, "release": _release, "refuse": _refuse, "withdraw": _withdraw, "settle": _settle}


async def know_tables() -> None:
    """Load what every fork needs, so that it is loaded once."""
    await QuickDatabase("postgresql://", apps=APPS, clock=system_clock).open()


def main() -> None:
    asyncio.run(know_tables())
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            failed = True
            try:
                asyncio.run(carry_out(json.loads(line)))
                failed = False
            finally:
                sys.stderr.flush()
                os._exit(1 if failed else 0)
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(json.dumps({"status": status}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
