"""Whose document it is, as the search and the rule against duplicates see it: a learner, a group, the institution."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.consents.blocking import require_unblocked
from core.documents.models import Document
from core.documents.requests import Holder
from core.institutions.registry import present
from core.kernel.database.connection import Database
from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.kernel.scope import Scope
from core.people.models import Group
from core.people.names import group_title
from core.personal_files.learners import Learner, learner_in, learner_of


@dataclass(frozen=True, slots=True)
class Holding:
    """The learner, group or institution behind a holder."""

    id: UUID
    names: str
    """Every name it is found by."""


async def find_holding(database: Database, scope: Scope, holder: Holder) -> Holding:
    """Return whose document it will be; raise `NotFound` or `PersonalFileBlocked`."""
    async with database.work(scope) as work:
        if holder.personal_file_id is not None:
            await require_unblocked(holder.personal_file_id)
            return _of_learner(await learner_of(work, holder.personal_file_id))
        return await (_of_institution(work) if holder.institution_id else _of_group(holder.group_id))


async def found_holding(database: Database, scope: Scope, holder: Holder, found: Mapping[str, Any]) -> Holding:
    """Return whose document it will be, as `look_before_upload` says; raise `NotFound` or `PersonalFileBlocked`."""
    if found["learner_id"] is None:
        raise NotFound(personal_file=str(holder.personal_file_id))
    if found["blocked"]:
        async with database.work(scope):
            await require_unblocked(holder.personal_file_id)
    return _of_learner(learner_in(found))


async def holding_of(work: Work, document: Document) -> Holding:
    """Return whose document it is that a version shall be added to; raise `NotFound` or `PersonalFileBlocked`."""
    await require_unblocked(document.personal_file_id)
    return await whose(work, document)


async def whose(work: Work, document: Document) -> Holding:
    """Return whose document it is; raise `NotFound`."""
    if document.personal_file_id is not None:
        return _of_learner(await learner_of(work, document.personal_file_id))
    if document.institutional:
        return await _of_institution(work)
    return await _of_group(document.group_id)


def _of_learner(learner: Learner) -> Holding:
    return Holding(learner.id, learner.names)


async def _of_institution(work: Work) -> Holding:
    institution = await present(work)
    return Holding(institution.id, "")


async def _of_group(group_id: UUID | None) -> Holding:
    group = await Group.get_or_none(id=group_id)
    if group is None:
        raise NotFound(group=str(group_id))
    return Holding(group.id, group_title(group))
