"""What the API says and hears of connections."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from core.connections.checking import CheckReport
from core.connections.configuring import NewConnection
from core.connections.mapping import TAKEN_AS, Decision, MappingKind, Standing, TakenAs, standing_of
from core.connections.models import ConnectionRow, FileRow, MappingRow
from core.connections.offers import Offer, form_schema, shown_manifest
from core.connections.states import ConnectionState
from core.connections.streams import known_streams
from core.kernel.texts import mark
from core.web.fields import CleanLine, FilledLine, Identifier, MergePatch, RequestBody

Title = Annotated[FilledLine, Field(max_length=200, description="What people call it.", examples=["Дневник школы"])]
Rate = Annotated[
    float, Field(gt=0, le=1000, description="Requests a second; null: what the connector says.", examples=[2])
]
DocumentKind = Annotated[
    CleanLine, Field(max_length=100, description="Kind of document of files for which the source names none.")
]
Configuration = Annotated[
    dict[str, Any],
    Field(description="As the schema of the connector says. Secrets are written here and never read back."),
]
Host = Annotated[FilledLine, Field(max_length=300, examples=["files.example.org"])]

_ONE_TARGET: Final = mark("Give an id, a word, or say that it is ignored; not several of these")


class ConnectorOut(BaseModel):
    """A connector that may be connected."""

    name: str = Field(examples=["moodle"])
    plugin: str = Field(description="Plugin that offers it.")
    manifest: dict[str, Any] | None = Field(
        description="What it is: title, version, vendor, what it brings (`entities`), the rights it needs at the other"
        " side and why (`scopes`), what it sends beside GET and HEAD (`requests`), whether clerks give it files."
    )
    form: dict[str, Any] | None = Field(
        alias="schema",
        description="JSON Schema of the configuration. `x-order` is the order of the form; secrets carry `x-secret` and"
        " `writeOnly`.",
    )
    signs_in: bool = Field(description="Whether somebody signs in at the platform in the browser.")
    problem: str = Field(description="Why it cannot be used; empty if it can.")

    @classmethod
    def of(cls, offer: Offer) -> Self:
        """Show a connector."""
        spec = offer.spec
        return cls(
            name=offer.name,
            plugin=offer.plugin,
            manifest=shown_manifest(spec.manifest) if spec else None,
            schema=form_schema(spec.configuration) if spec else None,
            signs_in=offer.signs_in,
            problem=offer.problem,
        )


class ConnectionIn(RequestBody):
    """A connection to be made."""

    connector: Annotated[str, Field(max_length=63, description="`name` of a connector.", examples=["moodle"])]
    title: Title
    configuration: Configuration
    rate: Rate | None = None
    document_kind: DocumentKind = ""

    def to_new(self) -> NewConnection:
        """Return the same as the verb takes it."""
        return NewConnection(**self.model_dump())


class ConnectionChange(MergePatch):
    """What shall be different; what is left out stays.

    A `configuration` replaces the whole one, except for secrets: those that are left out stay, null removes one.
    """

    EMPTY: ClassVar[Mapping[str, object]] = {"rate": None, "document_kind": ""}

    title: Title | None = None
    configuration: Configuration | None = None
    rate: Rate | None = None
    document_kind: DocumentKind | None = None


class IdentityOut(BaseModel):
    """Whose account it is, as the platform says."""

    title: str
    organisation: str = Field(description="As the platform calls it.")
    roles: list[str]


class ConnectionOut(BaseModel):
    """A connection; secrets are `set`, `not_set`, or `unreadable` when the key that encrypted them is missing."""

    id: UUID
    connector: str = Field(description="Name of its connector.")
    title: str
    state: ConnectionState
    state_reason: str = Field(description="Why it needs a sign-in or is unavailable.")
    paused: bool = Field(description="Nothing is read until it is resumed.")
    configuration: dict[str, Any] = Field(description="Without secrets.")
    config_version: int = Field(description="Shape of the configuration; the plugin leads older ones to its own.")
    secrets: dict[str, Literal["set", "not_set", "unreadable"]] = Field(
        description="By path in the configuration, parts joined by `/`."
    )
    identity: IdentityOut | None = Field(description="Null before the first good check.")
    rate: float | None = Field(description="Requests a second; null: what the connector says.")
    document_kind: str = Field(description="Of files for which the source names none.")
    streams: list[str] | None = Field(description="Chosen ones; null: every one that is not optional.")
    schedule: str = Field(description="Five fields of cron; empty: by hand only.")
    next_run_at: datetime | None = Field(description="Null without a schedule.")
    first_failed_at: datetime | None = Field(
        description="When the first run ended of those that passing problems (of the platform, the network, the disk)"
        " have hindered in a row; null: the last one was not hindered."
    )
    file_hosts: list[str] = Field(description="Confirmed: files may come from there.")
    proposed_file_hosts: list[str] = Field(description="Seen by checks and runs; nothing comes from there yet.")
    private_hosts: list[str] = Field(description="May lie inside the network of the installation.")
    checked_at: datetime | None = Field(description="When it was checked last.")
    created_at: datetime
    removed_at: datetime | None = Field(description="Since when only its entry is left.")
    revision: int = Field(description="The ETag of a GET names it.")

    @classmethod
    def of(cls, row: ConnectionRow, state: ConnectionState, reason: str, secrets: Mapping[str, Any]) -> Self:
        """Show a connection."""
        same = {name: getattr(row, name) for name in _SAME}
        return cls(
            **same,
            state=state,
            state_reason=reason or row.state_reason,
            secrets=dict(secrets),
            first_failed_at=row.failing_since,
            identity=IdentityOut(**row.identity) if row.identity else None,
            proposed_file_hosts=[host for host in row.proposed_file_hosts if host not in row.file_hosts],
        )


_SAME: Final = (
    *("id", "connector", "title", "paused", "configuration", "config_version", "rate", "document_kind", "streams"),
    *(
        "schedule",
        "next_run_at",
        "failing_since",
        "file_hosts",
        "private_hosts",
        "checked_at",
        "created_at",
        "removed_at",
        "revision",
    ),
)


class ConnectionStreamOut(BaseModel):
    """A stream, as the last good check saw it."""

    name: str
    title: str
    kind: str
    sync: str = Field(description="`full`: whole parts each time; `incremental`: what changed.")
    optional: bool = Field(description="Read only where somebody chooses it.")
    parents: list[str] = Field(description="Streams that are read before it.")
    state: Literal["ok", "missing_right", "empty", "unknown"]
    missing: str = Field(description="The right that is missing.")
    chosen: bool = Field(description="Whether runs read it.")


class StreamsOut(BaseModel):
    """The streams of a connection."""

    checked_at: datetime | None = Field(description="When the platform was asked.")
    streams: list[ConnectionStreamOut] = Field(description="Parents before those that refer to them.")
    revision: int = Field(description="The ETag of a GET names it.")

    @classmethod
    def of(cls, row: ConnectionRow) -> Self:
        """Show the streams of a connection."""
        return cls(
            checked_at=row.checked_at,
            streams=[ConnectionStreamOut(**stream) for stream in known_streams(row)],
            revision=row.revision,
        )


class StreamsChoice(RequestBody):
    """Which streams are read."""

    streams: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=200)] | None = Field(
        description="Names; null: every one that is not optional."
    )


class CheckOut(BaseModel):
    """What a check found out."""

    outcome: Literal["ok", "auth", "config", "transient", "record", "bug"] = Field(
        description="`ok`; `auth`: sign in again; `config`: change what `message` names; `transient`: try later;"
        " otherwise report it."
    )
    message: str = Field(description="What the platform or the connector said; empty if all is well.")
    identity: IdentityOut | None = Field(description="Whose account it is.")
    streams: list[ConnectionStreamOut] = Field(description="What can be read.")
    file_hosts: list[str] = Field(description="Hosts that files would come from; confirm them to let files in.")
    notes: list[str] = Field(description="What else the connector has to say.")
    requests: int = Field(description="Requests that were sent.")
    state: ConnectionState

    @classmethod
    def of(cls, row: ConnectionRow, report: CheckReport, state: ConnectionState) -> Self:
        """Show a report."""
        said = report.as_json() | {"streams": [ConnectionStreamOut(**stream) for stream in known_streams(row)]}
        found = report.identity
        identity = (
            IdentityOut(title=found.title, organisation=found.organisation, roles=list(found.roles)) if found else None
        )
        return cls(**said, identity=identity, state=state)


class SignInOut(BaseModel):
    """Where to send the browser."""

    address: str = Field(description="Open it in the browser in which you are signed in here.")
    redirect_uri: str = Field(description="Where the platform sends the browser back; register it there.")
    expires_at: datetime


class SignInAnswer(RequestBody):
    """What the platform sent back to the browser."""

    state: Annotated[str, Field(min_length=1, max_length=200)]
    code: Annotated[
        str, Field(min_length=1, max_length=4000, json_schema_extra={"format": "password", "writeOnly": True})
    ]


class ScheduleIn(RequestBody):
    """When a connection is read by itself."""

    schedule: Annotated[CleanLine, Field(max_length=100)] = Field(
        description="Five fields of cron in the institution's time zone; empty: by hand only.", examples=["30 3 * * *"]
    )


class ScheduleOut(BaseModel):
    """When a connection is read by itself."""

    schedule: str = Field(description="Five fields of cron; empty: by hand only.")
    time_zone: str = Field(description="Of the institution, IANA name.")
    next_run_at: datetime | None = Field(description="Null without a schedule.")
    next_times: list[datetime] = Field(description="The next five moments, unless it is paused or waits.")
    revision: int = Field(description="The ETag of a GET names it.")


class HostsIn(RequestBody):
    """All hosts of a kind."""

    hosts: Annotated[list[Host], Field(max_length=100)] = Field(description="Names, with a port if it is unusual.")


class GivenFileOut(BaseModel):
    """A file that was given to a connection."""

    id: UUID
    name: str
    size: int = Field(description="Bytes.")
    sha256: str = Field(description="Digest of its bytes.")
    given_by: UUID | None = Field(description="Account.")
    given_at: datetime = Field(description="When it was kept.")

    @classmethod
    def of(cls, row: FileRow) -> Self:
        """Show a file."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class MappingIn(RequestBody):
    """What a word or an object of the platform stands for; without any target it waits for a decision again."""

    kind: Annotated[MappingKind, Field(strict=False)]
    source: Annotated[
        str, Field(min_length=1, max_length=500, description="The platform's word, or the id of its object.")
    ]
    target_id: Identifier | None = Field(
        default=None, description="Id of the institution's subject, group, study period, scale or kind."
    )
    target_word: (
        Annotated[
            FilledLine,
            Field(
                max_length=500,
                description="What an `attendance`, a `relation`, a `role` (`teacher`, `class_teacher`, `other`) or a"
                " `document_kind` (a kind of documents of Deloteka) stands for: these have no id.",
            ),
        ]
        | None
    ) = None
    ignored: bool = Field(default=False, description="Nothing in the institution answers to it.")

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if sum((self.target_id is not None, self.target_word is not None, self.ignored)) > 1:
            raise ValueError(_ONE_TARGET)
        return self

    def to_decision(self) -> Decision:
        """Return the same as the verb takes it."""
        return Decision(**self.model_dump())


class MappingsIn(RequestBody):
    """Decisions; words that are not named stay as they are."""

    mappings: Annotated[list[MappingIn], Field(min_length=1, max_length=500, description="The latest of each word.")]


class MappingOut(BaseModel):
    """What a word or an object of the platform stands for."""

    id: UUID
    kind: str
    source: str = Field(description="The platform's word, or the id of its object.")
    source_title: str = Field(description="What the platform calls the object.")
    target_id: UUID | None = Field(description="What it stands for.")
    target_word: str | None = Field(description="What it stands for, where that has no id.")
    ignored: bool = Field(description="Nothing in the institution answers to it.")
    decided_by: UUID | None = Field(description="Account.")
    decided_at: datetime | None = Field(description="Null: nobody has decided yet.")
    first_seen_at: datetime = Field(description="When a run met it, or somebody decided it.")
    standing: Standing = Field(
        description="`decided`; `waiting`: nobody has decided, and that makes a difference; `brought`: it was read into"
        " the registry as one of its own before anybody decided; `understood`: nobody needs to decide."
    )
    taken_as: TakenAs | None = Field(
        description="What it is taken for until somebody decides: `own`: one of its own, or the one that has the same"
        " name (a period: the same days); `no_scale`: the mark is kept as text; `usual`: a result of no kind, which"
        " everybody sees who reads results; `no_kind`; `as_said`: the platform's word; `no_role`: sees nothing of the"
        " group; `tray`: the file waits for a clerk. Null: decided."
    )

    @classmethod
    def of(cls, row: MappingRow, brought: Collection[UUID]) -> Self:
        """Show a mapping; `brought`: rows of objects that are in the registry."""
        standing = standing_of(row, brought)
        taken_as = None if standing is Standing.DECIDED else TAKEN_AS[MappingKind(row.kind)]
        said = {name: getattr(row, name) for name in cls.model_fields if name not in {"standing", "taken_as"}}
        return cls(**said, standing=standing, taken_as=taken_as)


class DecidedOut(BaseModel):
    """How many words were decided."""

    decided: int = Field(description="Words that were named.")
