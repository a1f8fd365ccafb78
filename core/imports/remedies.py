"""What helps against a dead letter, in the words of whoever reads it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from core.kernel.texts import Language, mark, translate

_HOST: Final = mark(
    "If you know the host {host}, confirm it among the hosts of files of the connection: the next run then fetches the"
    " file."
)
_BY_CLASS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "record": mark("Have it corrected at the source: the next good reading closes this letter."),
        "reference": mark(
            "Nothing, if the missing record comes with a later run: this one is then read in by itself. Otherwise let"
            " the connection read the stream that brings it."
        ),
        "waiting": mark("Say who is meant in the proposals of persons: this record is then read in by itself."),
        "refused": mark(
            "The reason names the rule of the registry. Once the record or what the rule asks for is put right, the"
            " next reading takes it; or try it again."
        ),
        "file": mark("Try it again once the source gives the file."),
        "destroyed": mark(
            "If the learner is here again, open a new personal file and try again; otherwise dismiss it."
        ),
    }
)


def remedy_of(letter_class: str, missing: Mapping[str, str] | None, language: Language) -> str:
    """Return what helps against a letter of a class; `missing` is what its record lacks."""
    if letter_class == "file" and missing and "host" in missing:
        return translate(_HOST, language, host=missing["host"])
    return translate(_BY_CLASS.get(letter_class, ""), language)
