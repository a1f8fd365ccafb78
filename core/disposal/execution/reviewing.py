"""What plugins say against lines right before they are destroyed."""

from collections.abc import Sequence
from uuid import UUID

from core.disposal.models import DisposalAct, DisposalActLine
from core.kernel.plugins import PluginHost
from core.sdk.disposal import DisposalLine, DisposalReview, DisposalStage


async def objections_to(
    plugins: PluginHost, act: DisposalAct, lines: Sequence[DisposalActLine]
) -> dict[UUID, list[str]]:
    """Return, by line, `plugin.code` of every objection; a plugin that cannot be asked objects to every line."""
    if not lines:
        return {}
    review = DisposalReview(
        act_id=act.id,
        institution_id=act.institution_id,
        stage=DisposalStage.BEFORE_EXECUTION,
        lines=tuple(_shown(line) for line in lines),
    )
    found: dict[UUID, list[str]] = {}
    for raised in await plugins.review_disposal(review):
        found.setdefault(raised.objection.line_id, []).append(f"{raised.plugin}.{raised.objection.code}")
    return found


def _shown(line: DisposalActLine) -> DisposalLine:
    same = ("id", "case_id", "title", "first_year", "last_year", "volumes", "term", "article")
    said = {name: getattr(line, name) for name in same}
    return DisposalLine(**said, index=line.class_index, rule_version=str(line.rule_id))
