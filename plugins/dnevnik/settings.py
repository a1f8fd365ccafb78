"""What an operator fills in for a connection to Dnevnik.ru."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator

SchoolId = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\d{1,19}$")]
"""A whole number as text."""

COMMON = "CommonInfo"
CONTACTS = "ContactInfo"
EDUCATION = "EducationalInfo"
RELATIVES = "FriendsAndRelatives"
FILES = "Files"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OwnApplication(_Part):
    """Sign in at the platform with an application that the institution registered there."""

    way: Literal["application"] = Field(default="application", title="Way")
    client_id: str = Field(
        min_length=1, max_length=200, title="Client ID", description="Of the application registered with the platform."
    )
    client_secret: SecretStr = Field(
        min_length=1,
        title="Client secret",
        description="Of the same application.",
        json_schema_extra={"x-secret": True},
    )


class PastedToken(_Part):
    """Use a token that was made at the platform; it cannot be renewed and has to be replaced when it ends."""

    way: Literal["token"] = Field(default="token", title="Way")
    token: SecretStr = Field(
        min_length=1, title="Token", description="An access token of a school administrator.",
        json_schema_extra={"x-secret": True},
    )  # fmt: skip


class Spellings(_Part):
    """Where sources about the platform contradict each other; change one only if the platform refuses the default."""

    code_grant: str = Field(
        default="AuthorizationCode", title="Grant type", description="How the exchange of a code is named."
    )
    periods: Literal["reporting-periods", "reporting-periods-group", "reporting-period-group"] = Field(
        default="reporting-periods", title="Reporting periods", description="The call that answers them."
    )
    rosters: Literal["bulk", "persons"] = Field(
        default="bulk",
        title="Pupils of classes",
        description="One call for many classes, or two calls for each class (with and without the archive).",
    )
    attendance: Literal["group", "lessons"] = Field(
        default="group", title="Attendance", description="Asked for a whole class, or by lists of lessons."
    )
    marks_by: Literal["lesson", "grading"] = Field(
        default="lesson",
        title="Marks of an interval",
        description="Whether an interval of marks means days of lessons or days of grading.",
    )
    subgroups_apart: bool = Field(
        default=True,
        title="Journals of subgroups",
        description="Whether marks of subgroups come only when the subgroup itself is asked.",
    )
    final_work_types: tuple[str, ...] = Field(
        default=("PeriodMark",),
        title="Types of final works",
        description="Marks of these works that belong to no lesson are final results, not current ones.",
    )
    many: int = Field(default=50, ge=1, le=1000, title="Ids in one call", description="At most, in calls for many.")


class DnevnikSettings(_Part):
    """A connection to one installation of the platform, for one or more schools of the institution."""

    base_url: str = Field(
        default="https://api.dnevnik.ru", title="Address of the API", description="Scheme and host, without a path."
    )
    login_url: str = Field(
        default="https://login.dnevnik.ru/oauth2",
        title="Address of the sign-in page",
        description="Where the browser is sent to sign in.",
    )
    path_prefix: str = Field(
        default="/v2",
        pattern=r"^(/[\w.-]+)*$",
        title="Path of the API",
        description="What stands before the names of calls.",
    )
    sign_in: Annotated[OwnApplication | PastedToken, Field(discriminator="way")] = Field(title="Way to sign in")
    schools: tuple[SchoolId, ...] = Field(
        default=(),
        title="Schools",
        description="Ids of the schools to read; empty: the only school of the account.",
    )
    reread_weeks: int = Field(
        default=4,
        ge=0,
        le=52,
        title="Weeks of re-reading",
        description="How many weeks after its end a reporting period is still read again.",
    )
    class_teachers: bool = Field(
        default=True, title="Class teachers", description="One more call for each class in every run."
    )
    contacts: bool = Field(default=False, title="Addresses of teachers", description="E-mail addresses of the staff.")
    guardians: bool = Field(
        default=False, title="Legal representatives", description="One call for each learner with an account."
    )
    attendance: bool = Field(default=False, title="Attendance", description="Who was absent, ill or late.")
    homework_files: bool = Field(
        default=False, title="Files of homework", description="Files that teachers gave to classes with their tasks."
    )
    past_years: bool = Field(
        default=False,
        title="Classes of past years",
        description="One call for each learner, in September and when past data are read once more.",
    )
    spellings: Spellings = Field(default=Spellings(), title="Forms of calls and answers")

    @field_validator("base_url", "login_url")
    @classmethod
    def _is_address(cls, value: str) -> str:
        parts = urlsplit(value.strip())
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            message = "expected an address such as https://api.example.org"
            raise ValueError(message)
        return value.strip().rstrip("/")

    @field_validator("base_url")
    @classmethod
    def _has_no_path(cls, value: str) -> str:
        if urlsplit(value).path:
            message = "the path stands in «Path of the API»"
            raise ValueError(message)
        return value

    @property
    def host(self) -> str:
        """The host of the API, with a port if one is named."""
        return urlsplit(self.base_url).netloc.lower()

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that are asked for: no more than what is wanted needs."""
        wanted = {
            COMMON: True,
            EDUCATION: True,
            CONTACTS: self.contacts,
            RELATIVES: self.guardians,
            FILES: self.homework_files,
        }
        return tuple(scope for scope, is_wanted in wanted.items() if is_wanted)
