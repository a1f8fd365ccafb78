"""What an operator fills in."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator

ShortName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Identifier = Annotated[int, Field(ge=1)]


class MoodleConfiguration(BaseModel):
    """A connection to one Moodle site."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    site_url: str = Field(
        title="Address of the site",
        description="As it stands in the browser, with its path: https://school.example.org/moodle",
        max_length=500,
    )
    token: SecretStr = Field(
        title="Token of the web service",
        description="From Site administration › Server › Web services › Manage tokens.",
        min_length=1,
        json_schema_extra={"x-secret": True},
    )
    courses: tuple[Identifier, ...] = Field(
        default=(),
        title="Courses",
        description="Identifiers of the courses that are read; empty: all courses of the categories below.",
    )
    categories: tuple[Identifier, ...] = Field(
        default=(),
        title="Categories of courses",
        description="Identifiers; courses of categories inside them are read too; empty: all categories.",
    )
    learner_roles: tuple[ShortName, ...] = Field(
        default=("student",), min_length=1, title="Roles of learners", description="Short names of the roles."
    )
    teacher_roles: tuple[ShortName, ...] = Field(
        default=("editingteacher", "teacher"), title="Roles of teachers", description="Short names of the roles."
    )
    patronymic_field: str = Field(
        default="patronymic",
        title="Profile field of the patronymic",
        description="Short name of the custom profile field; empty: the site has none.",
        max_length=100,
    )
    cohorts: bool = Field(
        default=False, title="Cohorts as groups", description="Whether cohorts of the site are classes."
    )
    submissions: bool = Field(
        default=False, title="Submitted files", description="Whether files that learners hand in are kept."
    )
    badges: bool = Field(default=False, title="Badges", description="Whether badges are read as awards.")
    certificates: bool = Field(
        default=False,
        title="Certificates",
        description="Whether certificates of the plugin «Custom certificate» are read as awards.",
    )
    certificate_files: bool = Field(
        default=False, title="Files of certificates", description="Whether their PDF files are kept as documents."
    )

    @field_validator("site_url")
    @classmethod
    def _an_address(cls, value: str) -> str:
        address = value.strip().rstrip("/")
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            message = "begins with https:// and the name of a host"
            raise ValueError(message)
        if parts.query or parts.fragment or parts.username or parts.password:
            message = "has neither a question mark, nor a number sign, nor a user name"
            raise ValueError(message)
        for script in ("/login/index.php", "/webservice/rest/server.php", "/my", "/index.php"):
            address = address.removesuffix(script)
        return address
