"""Addresses of dead letters."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from core.imports.errors import LetterEnded, RunOpen
from core.imports.models import DeadLetter, Mode
from core.imports.routes.dependencies import Manager, Services, sees_kind, sees_private
from core.imports.runs import WantedRun, start_run
from core.imports.schemas import DismissalIn, LetterOut, RunOut
from core.kernel.errors import NotFound
from core.kernel.keyset import Listing
from core.web.errors import BadCursor
from core.web.paging import Page, Paging, paged
from core.web.problems import problem_responses

router = APIRouter(tags=["imports"])


@router.get("/dead-letters", responses=problem_responses(BadCursor), summary="List dead letters")
async def list_letters(
    caller: Manager,
    services: Services,
    page: Paging,
    connection_id: Annotated[UUID | None, Query(description="Only those of this connection.")] = None,
    run_id: Annotated[UUID | None, Query(description="Only those that this run met last.")] = None,
    letter_class: Annotated[
        Literal["record", "reference", "waiting", "refused", "file", "destroyed"] | None,
        Query(alias="class", description="Only those of this class."),
    ] = None,
    state: Annotated[Literal["open", "closed", "dismissed"], Query(description="Only those in this state.")] = "open",
) -> Page[LetterOut]:
    """Records that could not be taken, the newest first; what they say is shown to who may read people."""
    wanted: dict[str, Any] = {"connection_id": connection_id, "run_id": run_id, "letter_class": letter_class}
    filters = {name: value for name, value in wanted.items() if value is not None}
    private = sees_private(caller)
    async with services.database.work(caller.scope) as work:
        found = Listing(DeadLetter.filter(state=state, **filters), ("-id",))
        shown = await paged(
            found, page, lambda row: LetterOut.of(row, people=sees_kind(caller, row.kind), private=private)
        )
        work.record("dead_letter.listed", "dead_letter", "", {"shown": len(shown.items)})
    return shown


@router.post(
    "/dead-letters/{letter_id}/retry",
    responses=problem_responses(NotFound, LetterEnded, RunOpen),
    summary="Try a dead letter again",
)
async def retry_letter(letter_id: UUID, caller: Manager, services: Services) -> RunOut:
    """Start a run about this letter: what was kept of the record is tried again, else its part is read anew."""
    async with services.database.work(caller.scope) as work:
        letter = await _open_letter(letter_id)
        wanted = WantedRun(connection_id=letter.connection_id, mode=Mode.RETRY, letters=[letter.id])
        return RunOut.of(await start_run(work, services.connections, wanted))


@router.post(
    "/dead-letters/{letter_id}/dismissal",
    responses=problem_responses(NotFound, LetterEnded),
    summary="Dismiss a dead letter",
)
async def dismiss_letter(letter_id: UUID, wanted: DismissalIn, caller: Manager, services: Services) -> LetterOut:
    """Put a letter aside with a note; if the source says the same again, a new letter tells of it."""
    async with services.database.work(caller.scope) as work:
        letter = await _open_letter(letter_id)
        dismissed = await DeadLetter.filter(id=letter.id, state="open").update(
            state="dismissed", note=wanted.note, ended_by=caller.scope.actor_id, ended_at=work.now
        )
        if not dismissed:
            raise LetterEnded
        work.record("dead_letter.dismissed", "dead_letter", letter.id, {"note": wanted.note})
        return LetterOut.of(
            await DeadLetter.get(id=letter.id), people=sees_kind(caller, letter.kind), private=sees_private(caller)
        )


async def _open_letter(letter_id: UUID) -> DeadLetter:
    letter = await DeadLetter.get_or_none(id=letter_id)
    if letter is None:
        raise NotFound
    if letter.state != "open":
        raise LetterEnded(state=letter.state)
    return letter
