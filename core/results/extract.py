"""A learner's own extract: all results of one learner, for a period or the whole study, by kinds (№ 30)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from core.kernel.database.work import Work
from core.people.keeping import find_person
from core.people.models import Person
from core.results.models import Result, ResultKind
from core.results.sight import Sight, hidden_kinds


@dataclass(frozen=True, slots=True)
class OfKind:
    """The results of one kind; `None`: what a source brought and nobody has placed in the taxonomy yet."""

    kind: ResultKind | None
    final: Sequence[Result]
    current: Sequence[Result]


@dataclass(frozen=True, slots=True)
class Extract:
    """What a learner has achieved; without what was struck out, and without what the source has taken back."""

    person: Person
    kinds: Sequence[OfKind]


async def extract_of(
    work: Work, person_id: UUID, *, period_id: UUID | None = None, since: date | None = None, until: date | None = None
) -> Extract:
    """Return the extract of a learner, in the order of lessons; raise `NotFound`.

    Diagnostics and restricted kinds are not part of it, whoever asks (№ 9, 9b). `since` and `until` are days of lesson
    or mark; results that name no day belong to the whole study.
    """
    person = await find_person(person_id)
    wanted: dict[str, Any] = {"person_id": person_id, "gone_at": None, "state__not": "struck_out"}
    wanted |= {} if period_id is None else {"period_id": period_id}
    wanted |= {} if since is None else {"day__gte": since}
    wanted |= {} if until is None else {"day__lte": until}
    hidden = set(await hidden_kinds(Sight()))
    by_kind: dict[UUID | None, list[Result]] = defaultdict(list)
    for result in await Result.filter(**wanted).order_by("day", "id"):
        if result.kind_id not in hidden:
            by_kind[result.kind_id].append(result)
    kinds = {kind.id: kind for kind in await ResultKind.filter(id__in=[key for key in by_kind if key is not None])}
    shown = [_of_kind(None if key is None else kinds[key], rows) for key, rows in by_kind.items()]
    shown.sort(key=lambda each: "\U0010ffff" if each.kind is None else each.kind.sort_key)
    said = {"period": str(period_id or ""), "since": str(since or ""), "until": str(until or "")}
    work.record("result.extracted", "person", person_id, said | {"shown": sum(map(len, by_kind.values()))})
    return Extract(person, shown)


def _of_kind(kind: ResultKind | None, rows: Sequence[Result]) -> OfKind:
    final = [row for row in rows if row.standing == "final"]
    return OfKind(kind, final, [row for row in rows if row.standing == "current"])
