"""Says in the reader's language which field is wrong and why, without repeating what was sent."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, Field

from core.kernel.texts import Language, mark, translate

_LONGEST_FIELD: Final = 200
_DEFAULT: Final = mark("The value does not fit")
_NUMBER: Final = mark("A number is expected")
_WHOLE_NUMBER: Final = mark("A whole number is expected")
_TEXT: Final = mark("Text is expected")
_LIST: Final = mark("A list is expected")
_OBJECT: Final = mark("An object with named fields is expected")
_YES_OR_NO: Final = mark("true or false is expected")
_IDENTIFIER: Final = mark("An identifier (UUID) is expected")
_DAY: Final = mark("A date is expected, such as 2024-06-30")
_MOMENT: Final = mark("A date and time with time zone is expected, such as 2024-06-30T12:00:00+03:00")
_CHOICE: Final = mark("One of these values is expected: {expected}")

MESSAGES: Final[Mapping[str, str]] = {
    "missing": mark("This field is required"),
    "extra_forbidden": mark("There is no such field"),
    "string_too_short": mark("The text is too short: at least {min_length} characters"),
    "string_too_long": mark("The text is too long: at most {max_length} characters"),
    "string_pattern_mismatch": mark("The text does not have the required form"),
    "too_short": mark("There are too few entries: at least {min_length}"),
    "too_long": mark("There are too many entries: at most {max_length}"),
    "greater_than": mark("The value must be greater than {gt}"),
    "greater_than_equal": mark("The value must be at least {ge}"),
    "less_than": mark("The value must be less than {lt}"),
    "less_than_equal": mark("The value must be at most {le}"),
    "finite_number": _NUMBER,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_parsing_size": _WHOLE_NUMBER,
    "int_type": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "string_type": _TEXT,
    "string_unicode": _TEXT,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "bool_parsing": _YES_OR_NO,
    "bool_type": _YES_OR_NO,
    "uuid_parsing": _IDENTIFIER,
    "uuid_type": _IDENTIFIER,
    "date_parsing": _DAY,
    "date_type": _DAY,
    "date_from_datetime_parsing": _DAY,
    "date_from_datetime_inexact": _DAY,
    "datetime_parsing": _MOMENT,
    "datetime_type": _MOMENT,
    "datetime_from_date_parsing": _MOMENT,
    "timezone_aware": _MOMENT,
    "enum": _CHOICE,
    "literal_error": _CHOICE,
}
"""Text of each kind of pydantic error that a client can cause; every other kind reads "The value does not fit"."""


class FieldError(BaseModel):
    """One field that does not fit."""

    field: str = Field(description="Where the field is: `body.title`, `query.limit`.", examples=["body.title"])
    message: str = Field(description="What is wrong, in the reader's language.", examples=["Заполните это поле"])


def field_errors(errors: Sequence[Mapping[str, Any]], language: Language) -> list[FieldError]:
    """Return pydantic's errors as texts for the reader; no value that was sent is among them."""
    return [FieldError(field=_field(error["loc"]), message=_message(error, language)) for error in errors]


def _field(location: Sequence[str | int]) -> str:
    dotted = ".".join(str(part) for part in location)[:_LONGEST_FIELD]
    return "".join(character if character.isprintable() else "\ufffd" for character in dotted)


def _message(error: Mapping[str, Any], language: Language) -> str:
    context: Mapping[str, Any] = error.get("ctx") or {}
    kind = str(error["type"])
    if kind == "value_error" and (reason := str(context.get("error", ""))):
        return translate(reason, language)
    return translate(MESSAGES.get(kind, _DEFAULT), language, **context)
