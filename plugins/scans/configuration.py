"""What an operator fills in for a connection."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator
from pydantic.config import JsonDict

from plugins.scans.rules import Rule, Said, compiled

CONFIG_VERSION = 1
NEUTRAL: JsonDict = {"x-neutral": True}
"""Marks what does not change which records a stream has."""

Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class NameRule(BaseModel):
    """What the name of a scan, or the folders above it, say."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Rule")

    pattern: Word = Field(
        title="Pattern",
        description="For the end of the path: {number}_{document_kind}.pdf, {number}/*.pdf, diplomas/{number}.pdf."
        " With / at its beginning, for the whole path. {number} is the learner's number; * is anything.",
    )
    document_kind: str = Field(
        default="",
        max_length=100,
        title="Kind of document",
        description="Of the files that match, unless the pattern has {document_kind}.",
    )
    title: str = Field(default="", max_length=500, title="Title of the documents")

    @field_validator("pattern")
    @classmethod
    def _is_a_pattern(cls, value: str) -> str:
        compiled(value)
        return value

    def rule(self) -> Rule:
        """Return it ready for use."""
        return Rule(compiled(self.pattern), Said(document_kind=self.document_kind.strip(), title=self.title.strip()))


class KindWord(BaseModel):
    """How a kind of document is called in names of files."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="Word for a kind of document")

    word: Word = Field(title="Word", description="As it stands in names of files and folders: диплом.")
    document_kind: Word = Field(title="Kind of document", description="A kind of Deloteka: diploma.")


class ScansConfiguration(BaseModel):
    """A place into which scans are put."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["folder", "storage"] = Field(
        default="folder",
        title="Where the scans come from",
        description="A folder on the host of the service, or a prefix in object storage (S3).",
    )
    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)] = Field(
        title="Name of the folder",
        description="One name; the operator of the service makes the folder among those of the institution.",
    )
    rules: tuple[NameRule, ...] = Field(
        default=(),
        max_length=100,
        title="Rules for names",
        description="The first that matches counts. What matches none, or names no learner, waits in the tray.",
    )
    words: tuple[KindWord, ...] = Field(default=(), max_length=500, title="Words for kinds of documents")
    still_seconds: float = Field(
        default=10,
        ge=1,
        le=300,
        json_schema_extra=NEUTRAL,
        title="Seconds between two looks",
        description="A file is taken only if it has not changed between them.",
    )
    age_seconds: int = Field(
        default=30,
        ge=0,
        le=86_400,
        json_schema_extra=NEUTRAL,
        title="Age in seconds",
        description="A file that was changed later than this is left for the next look.",
    )
    at_once: int = Field(
        default=5_000, ge=1, le=50_000, json_schema_extra=NEUTRAL, title="Files that one run takes at most"
    )
