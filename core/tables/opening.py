"""What the host does: have a table file read in a child process, and walk through its rows."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from core.kernel.sandbox import Job, ProviderKind, Rendering, Step
from core.kernel.sandbox.client import Sandbox
from core.sdk import Candidate
from core.tables.errors import TableEncodingUnknown, TableRefused, TableTooLarge
from core.tables.provider import MEDIA_TYPE, NAME, REFUSAL

_LIMITED: Final = frozenset({"memory", "wall_clock", "SIGXCPU", "SIGXFSZ"})
_REFUSALS: Final = {each.code: each for each in (TableRefused, TableEncodingUnknown, TableTooLarge)}


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetFile:
    """One sheet as the child wrote it; implements `core.sdk.connectors.Sheet`."""

    name: str
    columns: int
    rows: int
    path: Path

    def lines(self) -> Iterator[list[str]]:
        """Yield the rows, each without the empty cells at its end; cells are text."""
        with self.path.open(encoding="utf-8") as file:
            next(file)
            for line in file:
                yield json.loads(line)


async def open_tables(sandbox: Sandbox, path: Path, folder: Path) -> tuple[SheetFile, ...]:
    """Return the sheets of a table file; what was read lies in `folder`, which is the caller's to remove.

    Raises `TableRefused` or one of its kinds, also for a file that kills its reader.
    """
    candidate = Candidate(path=path, file_name=path.name, size=0, sha256="", media_type=MEDIA_TYPE)
    job = Job(
        candidate=candidate,
        steps=(Step(ProviderKind.RENDERER, NAME),),
        rendering=Rendering(folder=folder, pages=1, pixels=1),
    )
    outcome = await sandbox.run(job)
    if outcome.death is not None:
        raise TableTooLarge if outcome.death.reason in _LIMITED else TableRefused
    pages = next((result.rendered for result in outcome.results if result.rendered), None)
    if not pages:
        raise TableRefused
    if pages[0].media_type == REFUSAL:
        said = json.loads(pages[0].path.read_text(encoding="utf-8"))
        raise _REFUSALS.get(said["code"], TableRefused)
    return tuple(
        SheetFile(name=_name(page.path), columns=page.width, rows=page.height, path=page.path) for page in pages
    )


def _name(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return str(json.loads(next(file)))
