"""Sets papers with typst as PDF/A-2b; the same value gives the same bytes.

Contents reach a template as values (`sys.inputs`), never as source text, so nothing a clerk typed is run as markup.
"""

import json
from datetime import UTC
from pathlib import Path
from typing import Final

import typst

from core.papers.errors import PaperContradicts, PaperNotSet
from core.papers.ink import inked_sheet
from core.papers.numerals import long_date, short_date
from core.papers.paper import Paper

TEMPLATES: Final = Path(__file__).parent / "templates"
STANDARD: Final = "a-2b"
"""Papers are produced as PDF/A-2b; nobody has certified them."""
TAGGED_UP_TO: Final = 300_000
"""Characters of contents up to which the structure for screen readers is written: it costs memory with every cell."""


def render_pdf(paper: Paper) -> bytes:
    """Set a paper as PDF/A-2b; blocking, for seconds if it has thousands of rows.

    Raises:
        PaperContradicts: `created_at` has no time zone.
        PaperNotSet: typst refuses what it was given; the paper's kind is in `kind`.
    """
    if paper.created_at.tzinfo is None:
        raise PaperContradicts("the moment of making needs a time zone", part="created_at")
    sheet = json.dumps(inked_sheet({**_common(paper), **paper.sheet()}), ensure_ascii=False)
    try:
        return typst.compile(
            TEMPLATES / f"{paper.kind}.typ",
            root=TEMPLATES,
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"sheet": sheet},
            pdf_standards=STANDARD,
            pdf_tags=len(sheet) <= TAGGED_UP_TO,
            timestamp=int(paper.created_at.timestamp()),
        )
    except typst.TypstError as error:
        raise PaperNotSet(str(error), kind=paper.kind) from error


def _common(paper: Paper) -> dict[str, object]:
    created = paper.created_at.astimezone(UTC)
    return {
        "paper": {
            "title": paper.title,
            "named": paper.named,
            "number": paper.number,
            "date": long_date(paper.dated),
            "issuer": paper.issuer.name,
            "address": paper.issuer.address,
            "place": paper.place,
            "made": f"{short_date(created.date())} {created:%H:%M} UTC",
            "digest": paper.digest,
        }
    }
