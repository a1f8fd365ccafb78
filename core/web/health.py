"""Whether the service and what it stands on are well, for people, supervisors and load balancers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal, Protocol

from fastapi import Depends, Request, Response
from pydantic import BaseModel, Field

from core.kernel.errors import DelotekaError
from core.kernel.health import PartDegraded
from core.web.context import web_state
from core.web.routing import Router

Probe = Callable[[], Awaitable[object]]
"""Returns when the part is well, raises when it is not."""

_DEADLINE: Final = 3.0


class InventoriedPlugin(Protocol):
    """What is shown of a plugin."""

    @property
    def name(self) -> str:
        """Name in `plugins.enabled`."""

    @property
    def status(self) -> str:
        """`active`, `disabled` or `failed`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthState:
    """What to ask; lies at `app.state.health`. `database` and `storage` are among the probes."""

    probes: Mapping[str, Probe] = field(default_factory=dict)
    plugins: Callable[[], Sequence[InventoriedPlugin]] = tuple
    deadline: float = _DEADLINE
    """Seconds a probe may take."""


class PartHealth(BaseModel):
    """One part the service stands on; `degraded` means that it works, with less than it should."""

    status: Literal["ok", "degraded", "failing"]
    reason: str | None = Field(default=None, description="Code of what is wrong.", examples=["database_unavailable"])


class PluginHealth(BaseModel):
    """One plugin; GET /api/v1/plugins says more to those who may know it."""

    name: str
    status: str = Field(description="active, disabled or failed")


class HealthReport(BaseModel):
    """The state of the service; `degraded` means that it works, but a part or a plugin does not as it should."""

    status: Literal["ok", "degraded", "failing"]
    version: str
    database: PartHealth
    storage: PartHealth
    parts: dict[str, PartHealth] = Field(description="Further parts, by name.")
    plugins: list[PluginHealth]


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


async def _health_state(request: Request) -> HealthState:
    state = getattr(request.app.state, "health", None)
    return state if isinstance(state, HealthState) else HealthState()


router = Router(tags=["health"])


@router.get(
    "/health",
    summary="How the service is",
    responses={503: {"model": HealthReport, "description": "The database, the storage or another part fails."}},
)
async def read_health(
    response: Response, request: Request, state: Annotated[HealthState, Depends(_health_state)]
) -> HealthReport:
    """Ask every part, each within a deadline. Answers 503 when one of them fails."""
    parts = await _ask(state)
    plugins = [_plugin(record) for record in state.plugins()]
    failing = any(part.status == "failing" for part in parts.values())
    weak = any(part.status == "degraded" for part in parts.values())
    degraded = weak or any(plugin.status == "failed" for plugin in plugins)
    if failing:
        response.status_code = 503
        response.headers["Retry-After"] = "5"
    return HealthReport(
        status="failing" if failing else "degraded" if degraded else "ok",
        version=web_state(request.scope).version,
        database=parts.pop("database"),
        storage=parts.pop("storage"),
        parts=parts,
        plugins=plugins,
    )


@router.get("/health/live", summary="Whether the process answers")
async def read_liveness() -> Alive:
    """Answer without asking anything else."""
    return Alive()


async def _ask(state: HealthState) -> dict[str, PartHealth]:
    names = list(state.probes)
    found = await asyncio.gather(*(_probe(state.probes[name], state.deadline) for name in names))
    missing = PartHealth(status="failing", reason="not_connected")
    return {"database": missing, "storage": missing} | dict(zip(names, found, strict=True))


async def _probe(probe: Probe, deadline: float) -> PartHealth:
    try:
        async with asyncio.timeout(deadline):
            await probe()
    except TimeoutError:
        return PartHealth(status="failing", reason="no_answer_in_time")
    except PartDegraded as lack:
        return PartHealth(status="degraded", reason=str(lack))
    except DelotekaError as error:
        return PartHealth(status="failing", reason=error.code)
    except Exception as error:  # noqa: BLE001 - whatever a probe raises, the report is answered
        return PartHealth(status="failing", reason=type(error).__name__)
    return PartHealth(status="ok")


def _plugin(record: InventoriedPlugin) -> PluginHealth:
    return PluginHealth(name=record.name, status=str(record.status))
