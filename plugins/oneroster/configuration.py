"""What an operator fills in for a connection."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator
from pydantic.config import JsonDict

CONFIG_VERSION = 1
STAFF_ROLES = (
    "administrator",
    "aide",
    "counselor",
    "districtAdministrator",
    "principal",
    "proctor",
    "siteAdministrator",
    "systemAdministrator",
    "teacher",
)
"""Roles of 1.1 and 1.2 that members of the staff have."""
SIGN_IN_WORDS = ("token", "auth")
"""One of them stands in the path of every token address: nothing else may be posted to."""

NEUTRAL: JsonDict = {"x-neutral": True}
"""Marks what does not change which records a stream has: changing it starts nothing anew."""

Address = Annotated[str, StringConstraints(strip_whitespace=True, min_length=8, max_length=2_000)]
OptionalAddress = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)]
Words = tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)], ...]


class BundleSource(BaseModel):
    """Bundles: ZIP archives of CSV files that a clerk gives to the connection."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Bundles of CSV files")

    kind: Literal["bundle"] = Field(default="bundle", title="Kind of source")
    encoding: Literal["detect", "utf-8", "windows-1251"] = Field(
        default="detect",
        title="Encoding of the files",
        description="By default UTF-8, or windows-1251 where a file is beyond doubt in it.",
    )


class RestSource(BaseModel):
    """A server that speaks OneRoster REST, signed in to with client credentials (OAuth 2)."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Server")

    kind: Literal["rest"] = Field(default="rest", title="Kind of source")
    version: Literal["1.1", "1.2"] = Field(default="1.1", title="Version of OneRoster")
    address: Address = Field(
        title="Address of the server",
        description="For example https://sis.example.org; /ims/oneroster/… is added.",
    )
    token_url: Address = Field(
        json_schema_extra=NEUTRAL, title="Address for tokens", description="Its path has «token» or «auth» in it."
    )
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=1_000)] = Field(title="Client id")
    client_secret: SecretStr = Field(title="Client secret", json_schema_extra={"x-secret": True})
    scopes: Words = Field(
        default=(),
        title="Scopes",
        description="By default the read-only scopes of the version; name others only if the server wants it.",
    )
    rostering_url: OptionalAddress = Field(
        default="", title="Base of rostering", description="Only if it is not the usual path below the address."
    )
    gradebook_url: OptionalAddress = Field(
        default="", title="Base of the gradebook", description="Only if it is not the usual path below the address."
    )
    page_size: int = Field(json_schema_extra=NEUTRAL, default=100, ge=2, le=10_000, title="Records a page")
    incremental: bool = Field(
        default=True,
        title="Ask for changes only",
        description="Turn it off for a server that refuses filters or does not tell of deleted records.",
    )
    overlap_days: int = Field(
        json_schema_extra=NEUTRAL,
        default=1,
        ge=1,
        le=60,
        title="Overlap in days",
        description="How far before the last reading changes are asked for.",
    )
    whole_every_days: int = Field(
        json_schema_extra=NEUTRAL,
        default=7,
        ge=1,
        le=365,
        title="Days between readings of everything",
        description="What a record takes from another one (the title of a work) is corrected by these.",
    )
    sorted_lists: bool = Field(
        json_schema_extra=NEUTRAL,
        default=True,
        title="Ask for sorted lists",
        description="Turn it off for a server that refuses to sort by sourcedId.",
    )

    @field_validator("address", "token_url", "rostering_url", "gradebook_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if not value:
            return value
        parts = urlsplit(value)
        if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username or parts.fragment:
            message = "an address like https://sis.example.org is needed, without credentials in it"
            raise ValueError(message)
        if parts.query:
            message = "the address must not have a query"
            raise ValueError(message)
        return value.rstrip("/")

    @field_validator("token_url")
    @classmethod
    def _is_for_signing_in(cls, value: str) -> str:
        if not any(word in urlsplit(value).path for word in SIGN_IN_WORDS):
            message = f"the path must have one of the words {', '.join(SIGN_IN_WORDS)} in it"
            raise ValueError(message)
        return value

    @property
    def rostering(self) -> str:
        """Base address of classes, users and their like."""
        return self.rostering_url or self.address + _BASES[self.version, "rostering"]

    @property
    def gradebook(self) -> str:
        """Base address of line items and results."""
        return self.gradebook_url or self.address + _BASES[self.version, "gradebook"]


_BASES = {
    ("1.1", "rostering"): "/ims/oneroster/v1p1",
    ("1.1", "gradebook"): "/ims/oneroster/v1p1",
    ("1.2", "rostering"): "/ims/oneroster/rostering/v1p2",
    ("1.2", "gradebook"): "/ims/oneroster/gradebook/v1p2",
}


class OneRosterConfiguration(BaseModel):
    """A connection to OneRoster."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Annotated[BundleSource | RestSource, Field(discriminator="kind", title="Where the data come from")]
    schools: Words = Field(
        default=(),
        title="Schools",
        description="sourcedId of the organisations that are this institution; by default all that the source has.",
    )
    snils_type: str = Field(
        default="SNILS",
        title="Type of userIds that holds СНИЛС",
        description="Persons are matched by the identifier, then by this.",
    )
    demographics: bool = Field(
        default=False,
        title="Read birth dates and sex",
        description="Nothing else of demographics is ever read.",
    )
    final_categories: Words = Field(
        default=(),
        title="Categories of final results",
        description="Titles of the categories whose line items are final results, not marks of works.",
    )
    staff_roles: Words = Field(
        default=STAFF_ROLES, title="Roles of the staff", description="Add extensions of your system, such as ext:tutor."
    )
    end_dates: Literal["exclusive", "inclusive"] = Field(
        default="exclusive",
        title="End dates",
        description="The specification means the day after the last one; many systems write the last day itself.",
    )
