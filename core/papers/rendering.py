"""A paper becomes bytes in this process: for tests, small papers and the command line; see `press` for the service."""

import json
from datetime import UTC

from core.papers.errors import PaperContradicts, PaperNotSet
from core.papers.ink import Whole, inked_sheet
from core.papers.numerals import long_date, short_date
from core.papers.paper import Paper
from core.papers.typesetting import Copy, typeset


def render_pdf(paper: Paper) -> bytes:
    """Set a paper as PDF/A-2b; blocking, for seconds if it has thousands of rows.

    Raises:
        PaperContradicts: `created_at` has no time zone.
        PaperNotSet: typst refuses what it was given; the paper's kind is in `kind`.
    """
    copy = copy_of(paper)
    try:
        return typeset(copy)
    except RuntimeError as error:
        raise PaperNotSet(str(error), kind=paper.kind) from error


def copy_of(paper: Paper) -> Copy:
    """Return what the typesetter gets for a paper, every text inked; raise `PaperContradicts` without a time zone."""
    if paper.created_at.tzinfo is None:
        raise PaperContradicts(part="created_at", reason="no_time_zone")
    texts = json.dumps(inked_sheet({**paper.sheet(), "paper": _head(paper)}), ensure_ascii=False)
    return Copy(kind=paper.kind, texts=texts, moment=int(paper.created_at.timestamp()))


def _head(paper: Paper) -> dict[str, str | bool]:
    created = paper.created_at.astimezone(UTC)
    return {
        "title": paper.title,
        "number": paper.number,
        "date": long_date(paper.dated),
        "issuer": paper.issuer.name,
        "address": paper.issuer.address,
        "place": paper.place,
        "made": f"{short_date(created.date())} {created:%H:%M} UTC",
        "digest": Whole(paper.digest),
        "project": paper.project,
    }
