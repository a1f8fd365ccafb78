"""One sandbox for all tests of this area: starting one takes longer than most of them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from core.inspection.pipeline import InspectionService
from core.inspection.policy import IntakePolicy
from core.inspection.report import Report
from core.kernel.sandbox import Sandbox, SandboxSettings

PLUGINS = ("pdf", "images", "media_type", "previews")
Examine = Callable[..., Awaitable[Report]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(SandboxSettings(plugins=PLUGINS)) as started:
        yield started


@pytest.fixture
def service(sandbox: Sandbox, tmp_path: Path) -> InspectionService:
    return InspectionService(sandbox, scratch=tmp_path)


@pytest.fixture
def examine(service: InspectionService, tmp_path: Path) -> Examine:
    async def inspect(
        content: bytes, name: str, declared: str | None = None, policy: IntakePolicy | None = None
    ) -> Report:
        path = tmp_path / "spooled"
        path.write_bytes(content)
        return await service.inspect(path, name, declared, policy or IntakePolicy())

    return inspect
