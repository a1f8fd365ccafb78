"""Calls typst: a template and the texts it prints become PDF/A-2b; run as a module, it is the child of `press`.

Contents reach a template as values (`sys.inputs`), never as source text, so nothing a clerk typed is run as markup.
"""

import json
import os
import resource
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typst

TEMPLATES: Final = Path(__file__).parent / "templates"
STANDARD: Final = "a-2b"
"""Papers are produced as PDF/A-2b; nobody has certified them."""
TAGGED_UP_TO: Final = 200_000
"""Characters of contents up to which the structure for screen readers is written: with every cell it costs size."""
REFUSED: Final = 3
"""Exit code of the child when typst refuses."""
OUT_OF_MEMORY: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What goes to the typesetter («оригинал-макет»): name of the template, its texts as JSON, the moment of making."""

    kind: str
    texts: str
    moment: int
    """Seconds of the Unix epoch."""


def typeset(copy: Copy) -> bytes:
    """Return the paper as PDF/A-2b; the same copy gives the same bytes. Raises `typst.TypstError`."""
    return typst.compile(
        TEMPLATES / f"{copy.kind}.typ",
        root=TEMPLATES,
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"sheet": copy.texts},
        pdf_standards=STANDARD,
        pdf_tags=len(copy.texts) <= TAGGED_UP_TO,
        timestamp=copy.moment,
    )


def _main(output: int, address_space: int, cpu_seconds: int) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        content = typeset(Copy(**json.load(sys.stdin.buffer)))
    except typst.TypstError as error:
        sys.stderr.write(f"{error}\n")
        return REFUSED
    except MemoryError:
        return OUT_OF_MEMORY
    with os.fdopen(output, "wb") as target:
        target.write(content)
    return 0


if __name__ == "__main__":
    sys.exit(_main(*map(int, sys.argv[1:])))
