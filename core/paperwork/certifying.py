"""Certification: the three papers of an executed act are issued and signed, and the records officer closes the act."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from core.disposal.execution.certifying import PaperRef, certify
from core.disposal.models import DisposalAct
from core.kernel.database.work import Work
from core.paperwork.catalog import PaperKind
from core.paperwork.models import IssuedPaper, PaperFiling, PaperSignature
from retention.transitions import Asking

CERTIFYING: Final[Mapping[PaperKind, str]] = {
    PaperKind.DISPOSAL_ACT: "disposal_act",
    PaperKind.PERSONAL_DATA_ACT: "personal_data_act",
    PaperKind.EVENT_LOG_EXPORT: "event_log",
}
"""Papers an act is certified by, with their names in its certificate."""
_SIGNED: Final = (PaperKind.DISPOSAL_ACT, PaperKind.PERSONAL_DATA_ACT)
"""Acts are signed by everybody who destroyed; the export by who made it, the records officer (order № 179, п. 5)."""


async def certify_act(work: Work, act: DisposalAct, who: Asking) -> DisposalAct:
    """Certify an act by its papers; `who` is the records officer, whose own signature stands under each of them.

    Raises `DisposalStepRefused` with everything that is missing, or `StaleState`.
    """
    papers = await papers_of(act)
    refs = [PaperRef(CERTIFYING[kind], bytes(paper.sha256).hex()) for kind, paper in papers.items()]
    signed = await _signed_all(papers, UUID(who.actor.id))
    return await certify(work, act, who, papers=refs, signed_by=sorted(map(str, signed)))


async def papers_of(act: DisposalAct) -> dict[PaperKind, IssuedPaper]:
    """Return the papers of the execution of an act that are issued and filed, by kind."""
    issued = await IssuedPaper.filter(
        subject_id=act.id, edition=f"executed-{act.round}", kind__in=[kind.value for kind in CERTIFYING]
    )
    filed = {each.id for each in await PaperFiling.filter(id__in=[paper.id for paper in issued])}
    return {PaperKind(paper.kind): paper for paper in issued if paper.id in filed}


async def _signed_all(papers: Mapping[PaperKind, IssuedPaper], officer: UUID) -> set[UUID]:
    """Return the accounts whose signatures stand where they have to; nobody, unless the officer signed every paper."""
    if PaperKind.DISPOSAL_ACT not in papers:
        return set()
    by_kind: dict[PaperKind, set[UUID]] = {}
    for kind, paper in papers.items():
        rows = await PaperSignature.filter(paper_id=paper.id)
        by_kind[kind] = {row.signatory_id for row in rows if row.signatory_id is not None}
    if not all(officer in signatories for signatories in by_kind.values()):
        return set()
    return set.intersection(*(by_kind[kind] for kind in _SIGNED if kind in by_kind))
