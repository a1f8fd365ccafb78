"""What a connector declares about itself, before any network is touched."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel


class EntityKind(StrEnum):
    """What a connector can bring. References between records go by these kinds."""

    STUDY_PERIODS = "study_periods"
    """Reporting periods («учебные периоды»): quarters, semesters, study years."""
    SUBJECTS = "subjects"
    """Subjects, courses and disciplines («предметы»)."""
    GROUPS = "groups"
    """Classes, study groups, cohorts («классы», «группы»)."""
    LEARNERS = "learners"
    STAFF = "staff"
    GUARDIANS = "guardians"
    """Legal representatives («законные представители»)."""
    ENROLMENTS = "enrolments"
    """Who studies or teaches in which group, from when to when."""
    RESULTS = "results"
    """Current results: marks of lessons and works, grades of activities, completions."""
    FINAL_RESULTS = "final_results"
    """Results of a period, a year, a course, an examination."""
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
class AllowedRequest:
    """A request beside GET and HEAD that the connector may send, because it only reads (or signs in)."""

    method: str
    """Upper case."""
    path: str
    """A pattern of `fnmatch` for the path of the address, without its query: `*/lessons/many`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorManifest:
    """What a connector is."""

    id: str
    """Stable, lower case; equals `Connector.name`."""
    title: str
    version: str
    vendor: str
    config_version: int
    """Raised when the stored configuration changes shape; `Connector.migrate` then leads from each older one."""
    entities: frozenset[EntityKind]
    scopes: tuple[NeededScope, ...] = ()
    requests: tuple[AllowedRequest, ...] = ()
    """What it may send beside GET and HEAD; the host refuses everything else."""
    rate: float | None = None
    """Requests a second, unless the connection says otherwise; `None`: no limit of its own."""
    takes_files: bool = False
    """Whether a clerk gives it files to read (`Connection.files`) instead of, or beside, an address."""
    takes_folders: bool = False
    """Whether it watches a place for scans (`Connection.place`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorSpec:
    """The manifest and the model of a connection's configuration.

    Secrets are `SecretStr` fields: write-only in the API, encrypted at rest, redacted everywhere. Ways to sign in that
    exclude each other are a discriminated union. The order of the fields is that of the form; `title` and
    `description` of each are what the operator reads. A field with `x-neutral` in its `json_schema_extra` (a page's
    size) changes nothing of what streams return: when only such fields change, bookmarks hold.
    """

    manifest: ConnectorManifest
    configuration: type[BaseModel]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts:
    """The hosts that a configuration names: `host` or `host:port`, lower case."""

    api: Collection[str]
    """Where requests go; credentials are sent nowhere else."""
    plain: bool = False
    """Whether the connection's own scheme is plain http."""
