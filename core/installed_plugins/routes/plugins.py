"""Address of the list of plugins."""

from typing import Annotated, Literal

from fastapi import Depends, Request
from pydantic import BaseModel, Field

from core.access.dependencies import allow
from core.access.gate import Caller
from core.access.permissions import Permission
from core.kernel.plugins import PluginHost
from core.web.paging import Page
from core.web.routing import Router

router = Router()


class PluginOut(BaseModel):
    """A plugin and what became of it."""

    name: str = Field(examples=["pdf"])
    version: str
    origin: str = Field(description="`built-in`, or the distribution it comes from.", examples=["built-in"])
    status: Literal["active", "disabled", "failed"]
    reason: str | None = Field(description="Why it is not active, or what it hangs in.")


async def plugin_host(request: Request) -> PluginHost:
    """Return what the composition root put at `app.state.plugins`."""
    host: PluginHost = request.app.state.plugins
    return host


@router.get("/plugins", summary="List plugins")
async def list_plugins(
    _caller: Annotated[Caller, Depends(allow(Permission.PLUGINS_READ))],
    host: Annotated[PluginHost, Depends(plugin_host)],
) -> Page[PluginOut]:
    """Every plugin that is installed, all on one page: the enabled ones first, in the order of the settings."""
    return Page(
        items=[
            PluginOut(
                name=record.name,
                version=record.version,
                origin=record.origin,
                status=record.status.value,
                reason=record.reason,
            )
            for record in host.inventory()
        ]
    )
