"""Addresses of dead letters."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query

from core.imports.errors import LetterEnded, RunOpen
from core.imports.models import DeadLetter, Mode
from core.imports.routes.dependencies import Manager, ReaderLanguage, Services
from core.imports.runs import WantedRun, start_run
from core.imports.schemas import DismissalIn, LetterOut, RunOut
from core.imports.sight import sees_private, sight_of, told_by_record
from core.kernel.errors import NotFound
from core.kernel.keyset import Listing
from core.web.errors import BadCursor
from core.web.paging import Page, Paging
from core.web.problems import problem_responses
from core.web.routing import Router

router = Router(tags=["imports"])


@router.get("/dead-letters", responses=problem_responses(BadCursor), summary="List dead letters")
async def list_letters(  # noqa: PLR0913, PLR0917 (each is a part of the request)
    caller: Manager,
    services: Services,
    language: ReaderLanguage,
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
        rows, following = await found.after(page.position(found.position_types()), page.limit)
        sight = await sight_of(work, services.connections, caller, {row.connection_id for row in rows})
        seen = {row.id: sight[row.connection_id].of(told_by_record(row.kind, row.mapped or {})) for row in rows}
        letters = [LetterOut.of(row, seen=seen[row.id], private=private, language=language) for row in rows]
        shown = page.closed(letters, following)
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
async def dismiss_letter(
    letter_id: UUID, wanted: DismissalIn, caller: Manager, services: Services, language: ReaderLanguage
) -> LetterOut:
    """Put a letter aside with a note; if the source says the same again, a new letter tells of it."""
    async with services.database.work(caller.scope) as work:
        letter = await _open_letter(letter_id)
        dismissed = await DeadLetter.filter(id=letter.id, state="open").update(
            state="dismissed", note=wanted.note, ended_by=caller.scope.actor_id, ended_at=work.now
        )
        if not dismissed:
            raise LetterEnded
        work.record("dead_letter.dismissed", "dead_letter", letter.id, {"note": wanted.note})
        sight = (await sight_of(work, services.connections, caller, [letter.connection_id]))[letter.connection_id]
        seen = sight.of(told_by_record(letter.kind, letter.mapped or {}))
        now = await DeadLetter.get(id=letter.id)
        return LetterOut.of(now, seen=seen, private=sees_private(caller), language=language)


async def _open_letter(letter_id: UUID) -> DeadLetter:
    letter = await DeadLetter.get_or_none(id=letter_id)
    if letter is None:
        raise NotFound
    if letter.state != "open":
        raise LetterEnded(state=letter.state)
    return letter
