"""The certificate closes an act: its papers are named by their digests, and everybody who executed it has signed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from core.disposal.execution.models import ActCertificate
from core.disposal.execution.people import forget_names
from core.disposal.execution.reading import executors_of, proofs_complete
from core.disposal.gates import simple_facts
from core.disposal.lives import lock_act, move_act, require_act_step
from core.disposal.models import DisposalAct
from core.kernel.database.work import Work
from core.kernel.ids import new_id
from core.nomenclature.drafting import actor
from retention import disposal
from retention.act_lines import LineState
from retention.disposal_facts import ActFacts
from retention.transitions import Asking


@dataclass(frozen=True, slots=True)
class PaperRef:
    """A paper of the act, as it was filed."""

    kind: str
    """What it is: `disposal_act`, `personal_data_act`, `event_log`."""
    sha256: str
    """64 lower-case hexadecimal digits."""


_ALWAYS: Final = frozenset({"disposal_act"})
_OF_DESTRUCTION: Final = frozenset({"personal_data_act", "event_log"})
"""Papers of приказ Роскомнадзора № 179; of an act whose every line was saved there is nothing to say in them."""


async def certify(
    work: Work, act: DisposalAct, who: Asking, *, papers: Sequence[PaperRef], signed_by: Sequence[str]
) -> DisposalAct:
    """Certify an executed act; from here on nothing of it can change.

    `signed_by` are ids of accounts. Every destroyed line needs its proof, no line may be half destroyed, the space has
    to be given back, paper has to be recorded, and everybody who executed, in whatever attempt, has to have signed.
    The papers name the learners who ended with it, so that the registry forgets their names. Raises
    `DisposalStepRefused` or `StaleState`.
    """
    locked = await lock_act(act)
    facts = await certificate_facts(work, locked, papers=papers, signed_by=signed_by)
    to_state = require_act_step(locked, disposal.CERTIFY, facts, who)
    said = [{"kind": each.kind, "sha256": each.sha256} for each in papers]
    await ActCertificate.create(
        id=new_id(),
        act_id=act.id,
        papers=said,
        signed_by=[UUID(each) for each in signed_by],
        certified_by=actor(work),
        certified_at=work.now,
    )
    told = {"papers": said, "signed_by": list(signed_by)}
    moved = await move_act(work, locked, to_state, "disposal_act.certified", told)
    await forget_names(work, act.id)
    return moved


async def certificate_facts(
    work: Work, act: DisposalAct, *, papers: Sequence[PaperRef] = (), signed_by: Sequence[str] = ()
) -> ActFacts:
    """Return what the step `certify` depends on, so that what is missing can be told beforehand."""
    executors = frozenset(str(each.account_id) for each in await executors_of(act))
    facts = await simple_facts(act)
    needed = _ALWAYS | (_OF_DESTRUCTION if facts.in_state(LineState.DESTROYED) else frozenset())
    return replace(
        facts,
        executors=executors,
        signed=frozenset(signed_by),
        proofs_complete=await proofs_complete(work, act),
        papers_ready={each.kind for each in papers if each.sha256} >= needed,
    )
