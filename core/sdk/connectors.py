"""What a connector declares about itself.

This version registers connectors and shows their specification; it does not run them. The verbs that touch the
network (`check`, `discover`, `read`) join this contract together with the importer that calls them.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from pydantic import BaseModel


class EntityKind(StrEnum):
    """What a connector can bring."""

    LEARNERS = "learners"
    STAFF = "staff"
    GUARDIANS = "guardians"
    GROUPS = "groups"
    COURSES = "courses"
    RESULTS = "results"
    FINAL_RESULTS = "final_results"
    ATTENDANCE = "attendance"
    AWARDS = "awards"
    FILES = "files"


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededScope:
    """A right the connector needs at the other side."""

    scope: str
    reason: str
    """One sentence for the operator: what it is needed for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorManifest:
    """What a connector is."""

    id: str
    """Stable, lower case; equals `Connector.name`."""
    title: str
    version: str
    vendor: str
    config_version: int
    """Raised when the stored configuration changes shape."""
    entities: frozenset[EntityKind]
    scopes: tuple[NeededScope, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorSpec:
    """The manifest and the model of a connection's configuration; secrets in it are `SecretStr` fields."""

    manifest: ConnectorManifest
    configuration: type[BaseModel]


class Connector(ABC):
    """A way to another system. The class is registered; the host makes one object a connection."""

    name: ClassVar[str]
    """Unique among connectors; lower snake case."""

    @classmethod
    @abstractmethod
    async def spec(cls) -> ConnectorSpec:
        """Return manifest and configuration model, without touching the network."""
