"""Field types that keep what the database cannot hold out of every request, and bodies that guess nothing."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Final, NoReturn
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

from core.kernel.texts import mark

# PostgreSQL refuses NUL and half surrogates; the rest breaks lists, logs and exports. Bidirectional overrides
# make a name read as something else (CVE-2021-42574).
_BIDI: Final = "\u202a-\u202e\u2066-\u2069"
_UNSTORABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_UNCLEAN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff" + _BIDI + "]")
_UNCLEAN_LINE: Final = re.compile("[\x00-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff" + _BIDI + "]")
# The same for the schema, spelled out for readers of other languages.
_SPOKEN_BIDI: Final = r"\u202a-\u202e\u2066-\u2069"
_SPOKEN_CONTROLS: Final = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f" + _SPOKEN_BIDI
_SPOKEN_BREAKS: Final = r"\u0000-\u001f\u007f\u0085\u2028\u2029" + _SPOKEN_BIDI
_UNCLEAN_MESSAGE: Final = mark("The text contains control characters")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_DAY_MESSAGE: Final = mark("A date is expected, such as 2024-06-30")
_MOMENT_MESSAGE: Final = mark("A date and time with time zone is expected, such as 2024-06-30T12:00:00+03:00")
_BLANK_MESSAGE: Final = mark("This field is required")


def is_storable(text: str) -> bool:
    """Say whether a text may be stored: no control characters but tab and line breaks, no half surrogates."""
    return _UNSTORABLE.search(text) is None


def _clean(text: str) -> str:
    if _UNCLEAN.search(text):
        raise ValueError(_UNCLEAN_MESSAGE)
    return text


def _clean_line(text: str) -> str:
    if _UNCLEAN_LINE.search(text):
        raise ValueError(_UNCLEAN_MESSAGE)
    return text.strip()


def _filled(text: str) -> str:
    if not text:
        raise ValueError(_BLANK_MESSAGE)
    return text


CleanText = Annotated[
    str,
    AfterValidator(_clean),
    Field(json_schema_extra={"pattern": f"^[^{_SPOKEN_CONTROLS}]*$"}),
]
"""A text of any number of lines, as it was sent."""

CleanLine = Annotated[
    str,
    AfterValidator(_clean_line),
    Field(json_schema_extra={"pattern": f"^[^{_SPOKEN_BREAKS}]*$"}),
]
"""One line, without white space around it; may be empty."""

FilledLine = Annotated[
    str,
    AfterValidator(_clean_line),
    AfterValidator(_filled),
    Field(
        min_length=1,
        json_schema_extra={"pattern": f"^[^{_SPOKEN_BREAKS}]*[^\\s{_SPOKEN_BREAKS}][^{_SPOKEN_BREAKS}]*$"},
    ),
]
"""One line that says something."""

Int32 = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
"""What a column of type `integer` holds."""

Int64 = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
"""What a column of type `bigint` holds."""


def _day(value: object) -> object:
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError(_DAY_MESSAGE)
    return value if isinstance(value, date | str) and not isinstance(value, datetime) else _refuse(_DAY_MESSAGE)


def _moment(value: object) -> object:
    if isinstance(value, str) and not _MOMENT.fullmatch(value):
        raise ValueError(_MOMENT_MESSAGE)
    return value if isinstance(value, datetime | str) else _refuse(_MOMENT_MESSAGE)


def _refuse(message: str) -> NoReturn:
    raise ValueError(message)


Day = Annotated[date, Field(strict=False), BeforeValidator(_day)]
"""A date of the calendar, `2024-06-30`; numbers are no dates."""

Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_moment)]
"""A moment with its offset from UTC (RFC 3339), `2024-06-30T12:00:00+03:00`; numbers are no moments."""

Identifier = Annotated[UUID, Field(strict=False)]
"""The id of a thing, for strict bodies."""


class RequestBody(BaseModel):
    """Base of what requests carry as JSON: unknown fields are refused, and nothing is taken for another type.

    Dates, moments and ids arrive as texts: declare them as `Day`, `Moment` and `Identifier`, enumerations with
    `Field(strict=False)`.
    """

    model_config = ConfigDict(extra="forbid", strict=True)


class MergePatch(RequestBody):
    """Base of what PATCH takes, a JSON merge patch (RFC 7396): what is left out stays, null clears.

    Declare every field as `X | None = None`.
    """

    EMPTY: ClassVar[Mapping[str, object]] = {}
    """What null stands for, by field; the fields that are not here refuse null."""

    def changes(self) -> dict[str, Any]:
        """Return the values of what was sent, by field, with what null stands for in place of it."""
        sent = self.model_dump(exclude_unset=True)
        return {name: self.EMPTY.get(name) if value is None else value for name, value in sent.items()}

    @field_validator("*", mode="before")
    @classmethod
    def _only_what_may_be_empty_is_cleared(cls, value: object, info: ValidationInfo) -> object:
        return _refuse(_BLANK_MESSAGE) if value is None and info.field_name not in cls.EMPTY else value

    @classmethod
    def __pydantic_init_subclass__(cls, **_kwargs: Any) -> None:  # noqa: ANN401 - pydantic's own
        """Say in the schema which fields may be null."""
        cls.model_config["json_schema_extra"] = cls._without_nulls

    @classmethod
    def _without_nulls(cls, schema: dict[str, Any]) -> None:
        for name, said in schema["properties"].items():
            if name not in cls.EMPTY and "anyOf" in said:
                said.pop("default", None)
                kept = [each for each in said.pop("anyOf") if each != {"type": "null"}]
                schema["properties"][name] = {**kept[0], **said}
