"""The connectors that there are, each with what it is and the schema of its form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from core.connections.errors import ConnectorBroken
from core.connections.finding import spec_of
from core.connections.services import ConnectionServices
from core.kernel.errors import NotFound
from core.sdk.connectors import Connector, ConnectorManifest, ConnectorSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A connector that may be connected, or the reason why it may not."""

    name: str
    plugin: str
    spec: ConnectorSpec | None
    signs_in: bool
    """Whether it has a sign-in in the browser."""
    problem: str = ""


async def offers(services: ConnectionServices) -> list[Offer]:
    """Return every connector that active plugins offer, in the order of the settings."""
    return [await _offer(services, each.plugin, each.name, each.provider) for each in services.catalog.connectors]


async def offer_of(services: ConnectionServices, name: str) -> Offer:
    """Return one connector; raise `NotFound`."""
    found = next((each for each in services.catalog.connectors if each.name == name), None)
    if found is None:
        raise NotFound
    return await _offer(services, found.plugin, found.name, found.provider)


async def _offer(services: ConnectionServices, plugin: str, name: str, connector: type[Connector]) -> Offer:
    signs_in = connector.sign_in_form is not Connector.sign_in_form
    try:
        spec = await spec_of(services, connector)
    except ConnectorBroken as error:
        return Offer(name=name, plugin=plugin, spec=None, signs_in=signs_in, problem=str(error.facts["error"]))
    return Offer(name=name, plugin=plugin, spec=spec, signs_in=signs_in)


def shown_manifest(manifest: ConnectorManifest) -> dict[str, Any]:
    """Return a manifest as the API shows it."""
    return {
        "id": manifest.id,
        "title": manifest.title,
        "version": manifest.version,
        "vendor": manifest.vendor,
        "config_version": manifest.config_version,
        "entities": sorted(kind.value for kind in manifest.entities),
        "scopes": [{"scope": each.scope, "reason": each.reason} for each in manifest.scopes],
        "requests": [{"method": each.method, "path": each.path} for each in manifest.requests],
        "rate": manifest.rate,
        "takes_files": manifest.takes_files,
        "takes_folders": manifest.takes_folders,
    }


def form_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of a configuration: secrets marked, and the order of the form said in `x-order`."""
    schema = model.model_json_schema()
    _mark(schema)
    return schema


def _mark(value: object) -> None:
    if isinstance(value, list):
        for inner in value:
            _mark(inner)
    if not isinstance(value, dict):
        return
    if value.get("format") == "password" and value.get("writeOnly"):
        value["x-secret"] = True
    properties = value.get("properties")
    if isinstance(properties, dict):
        for order, said in enumerate(properties.values(), start=1):
            if isinstance(said, dict):
                said.setdefault("x-order", order)
                _mark_optional_secret(said)
    for inner in value.values():
        _mark(inner)


def _mark_optional_secret(said: dict[str, Any]) -> None:
    """Say of a secret that may be left out that the whole field is one."""
    parts: list[Mapping[str, Any]] = [each for each in said.get("anyOf", ()) if isinstance(each, dict)]
    if any(each.get("format") == "password" and each.get("writeOnly") for each in parts):
        said |= {"writeOnly": True, "x-secret": True}
