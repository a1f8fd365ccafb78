"""Terms as the tables of papers print them: the words of the nomenclature, without references to its footnotes."""

import re
from typing import Final

# «(1)», «<2>», «[3]», «*»; what a term begins with, or what goes on with «лет», is a number of years.
_REFERENCE: Final = re.compile(
    r"(?<=\S)\s*(?:\(\s*(?:\d{1,2}|\*{1,3})\s*\)|<\s*(?:\d{1,2}|\*{1,3})\s*>|\[\s*(?:\d{1,2}|\*{1,3})\s*\]|\*{1,3})"
    r"(?!\s*(?:лет|год|г\.|л\.))"
)


def term_alone(term: str) -> str:
    """Return a term without references to footnotes, which stand in the nomenclature and not beside the table."""
    return _REFERENCE.sub("", term).strip()
