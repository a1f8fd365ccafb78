"""What imports write of rewards, many at a time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from core.kernel.database.work import Work
from core.origins.writing import FieldPolicy, Incoming
from core.rewards.rows import insert_rewards, mark_rewards_gone, update_rewards
from core.sdk.connectors import EntityKind

MAPPED_WORDS: Final[Mapping[str, str]] = MappingProxyType({"award_kind": "kind_id"})
"""The word of a source that an operator maps to a kind of rewards (`reward_kinds`): its identifier is put into the
record's data under the second name before `columns` is asked."""
_NAMES: Final = {
    "learner": "person_id",
    "kind_id": "kind_id",
    "award_kind": "said_kind",
    **{name: name for name in ("title", "issuer", "number", "awarded_on", "expires_on", "ground")},
}


class RewardWriter:
    """Writes rewards; what a source says is entered by nobody."""

    kind: EntityKind = EntityKind.AWARDS
    table: str = "rewards"
    proposes: bool = False
    policies: Mapping[str, FieldPolicy] = MappingProxyType(
        dict.fromkeys(("number", "awarded_on"), FieldPolicy.CONFLICT)
    )

    def columns(self, data: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the fields of a record by columns."""
        return {_NAMES[name]: value for name, value in data.items() if name in _NAMES}

    async def find(self, work: Work, wanted: Sequence[Mapping[str, Any]]) -> Mapping[int, UUID]:  # noqa: ARG002 - the contract's
        """Return nothing: rewards have no key of their own."""
        return {}

    async def create(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Insert new rewards by one statement."""
        await insert_rewards(work, [(row.entity_id, row.fields) for row in rows], entered_by=None)

    async def update(self, work: Work, rows: Sequence[Incoming]) -> None:
        """Change rewards by one statement."""
        await update_rewards(work, [(row.entity_id, row.fields) for row in rows])

    async def mark_gone(self, work: Work, entities: Sequence[UUID], at: datetime | None) -> None:
        """Say that the source has these no longer, or has them again."""
        await mark_rewards_gone(work, entities, at)
