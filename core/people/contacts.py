"""СНИЛС, e-mail and telephone of a person: what of them is right, and how they are written."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from core.kernel.texts import mark
from core.web.fields import CleanLine

_SNILS_MESSAGE: Final = mark("The number is no СНИЛС: it has 11 digits, the last two of which follow from the others")
_EMAIL_MESSAGE: Final = mark("This is no e-mail address")

_GAPS: Final = re.compile(r"[\s\u00a0\u2010-\u2015-]+")
_ELEVEN: Final = re.compile(r"[0-9]{11}")
_EMAIL: Final = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")
_LAST_WITHOUT_CHECK: Final = 1_001_998
_MODULUS: Final = 101


def snils_digits(said: str) -> str:
    """Return the 11 digits of a СНИЛС however it is spaced, or an empty text; raise `ValueError` if it is none.

    The last two digits are the sum of the nine others, weighted 9 to 1, modulo 101 (100 counts as 0); numbers up to
    001-001-998 have none to check.
    """
    digits = _GAPS.sub("", said)
    if digits and not (_ELEVEN.fullmatch(digits) and _checks(digits)):
        raise ValueError(_SNILS_MESSAGE)
    return digits


def _checks(digits: str) -> bool:
    weighed = sum(int(digit) * weight for digit, weight in zip(digits[:9], range(9, 0, -1), strict=True))
    return int(digits[:9]) <= _LAST_WITHOUT_CHECK or weighed % _MODULUS % 100 == int(digits[9:])


def email_address(said: str) -> str:
    """Return an e-mail address as it was sent, or an empty text; raise `ValueError` if it cannot be one."""
    if said and not _EMAIL.fullmatch(said):
        raise ValueError(_EMAIL_MESSAGE)
    return said


Snils = Annotated[
    CleanLine,
    Field(max_length=30, description="СНИЛС, 11 digits however they are spaced; unique within the institution."),
    AfterValidator(snils_digits),
]
Email = Annotated[CleanLine, Field(max_length=254, description="E-mail address."), AfterValidator(email_address)]
Phone = Annotated[CleanLine, Field(max_length=100, description="Telephone numbers, as they are written.")]
