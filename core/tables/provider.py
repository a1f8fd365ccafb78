"""The reader as the sandbox knows it: a table file goes in, its sheets come out as files beside each other."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final

from core.sdk import Candidate, RenderedPage, Renderer, hookimpl
from core.tables.errors import TableRefused
from core.tables.reading import write_sheets

PLUGIN: Final = __name__
"""To be named among the plugins of a sandbox that reads tables."""
MEDIA_TYPE: Final = "application/x-deloteka-table"
"""No uploaded file has this type, so that this reader is only asked by those who mean it."""
NAME: Final = "table_sheets"
SHEET: Final = "application/jsonl"
REFUSAL: Final = "application/json"


class TableReader(Renderer):
    """Each «page» is a sheet: `width` its columns, `height` its rows; a refusal is a page too."""

    name = NAME
    media_types: ClassVar[frozenset[str]] = frozenset({MEDIA_TYPE})

    def render(self, candidate: Candidate, folder: Path, *, pages: int, pixels: int) -> tuple[RenderedPage, ...]:
        """Read `candidate.path`."""
        del pages, pixels
        try:
            written = write_sheets(candidate.path, folder)
        except TableRefused as error:
            path = folder / "refusal.json"
            path.write_text(json.dumps({"code": error.code, "facts": error.facts}), encoding="utf-8")
            return (RenderedPage(number=1, path=path, media_type=REFUSAL, width=0, height=0),)
        return tuple(
            RenderedPage(number=number, path=path, media_type=SHEET, width=columns, height=rows)
            for number, (path, columns, rows) in enumerate(written, start=1)
        )


@hookimpl
def register_renderers() -> Sequence[Renderer]:
    """The reader of tables."""
    return [TableReader()]
