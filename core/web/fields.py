"""Field types that keep what the database cannot hold out of every request."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from core.kernel.texts import mark

# PostgreSQL refuses NUL and half surrogates; the rest breaks lists, logs and exports. Bidirectional overrides
# make a name read as something else (CVE-2021-42574).
_BIDI: Final = "\u202a-\u202e\u2066-\u2069"
_UNSTORABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_UNCLEAN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff" + _BIDI + "]")
_UNCLEAN_LINE: Final = re.compile("[\x00-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff" + _BIDI + "]")
_UNCLEAN_MESSAGE: Final = mark("The text contains control characters")
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
    Field(json_schema_extra={"pattern": r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$"}),
]
"""A text of any number of lines, as it was sent."""

CleanLine = Annotated[
    str,
    AfterValidator(_clean_line),
    Field(json_schema_extra={"pattern": r"^[^\u0000-\u001f\u007f\u0085\u2028\u2029]*$"}),
]
"""One line, without white space around it; may be empty."""

FilledLine = Annotated[
    str,
    AfterValidator(_clean_line),
    AfterValidator(_filled),
    Field(min_length=1, json_schema_extra={"pattern": r"^\s*[^\s\u0000-\u001f\u007f\u0085]"}),
]
"""One line that says something."""

Int32 = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
"""What a column of type `integer` holds."""

Int64 = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]
"""What a column of type `bigint` holds."""
