"""What the connector declares: manifest, configuration, streams."""

from pydantic import BaseModel, Field, HttpUrl, SecretStr

from core.sdk.connectors import ConnectorManifest, EntityKind, NeededScope, Stream, SyncMode

MANIFEST = ConnectorManifest(
    id="library_cards",
    title="School library",
    version="1.0",
    vendor="Example publishers",
    config_version=1,
    entities=frozenset(
        {EntityKind.GROUPS, EntityKind.LEARNERS, EntityKind.ENROLMENTS, EntityKind.AWARDS, EntityKind.FILES}
    ),
    scopes=(
        NeededScope(scope="readers", reason="Readers and their classes are the learners and groups."),
        NeededScope(scope="awards", reason="Awards for reading are kept as rewards."),
        NeededScope(scope="files", reason="Certificates are kept as documents."),
    ),
    rate=5,
)


class Configuration(BaseModel):
    """What an operator fills in."""

    address: HttpUrl = Field(title="Address of the library", description="For example https://library.example")
    key: SecretStr = Field(title="Key", description="A key of the library's page «Access for other systems»")


STREAMS = (
    Stream(name="groups", kind=EntityKind.GROUPS, title="Classes"),
    Stream(name="readers", kind=EntityKind.LEARNERS, title="Readers"),
    Stream(name="members", kind=EntityKind.ENROLMENTS, title="Readers of classes", parents=("groups", "readers")),
    Stream(name="awards", kind=EntityKind.AWARDS, title="Awards", sync=SyncMode.INCREMENTAL, parents=("readers",)),
    Stream(name="certificates", kind=EntityKind.FILES, title="Certificates", parents=("readers",), optional=True),
)
RIGHTS = {"groups": "readers", "readers": "readers", "members": "readers", "awards": "awards", "certificates": "files"}
"""Which right each stream needs."""
