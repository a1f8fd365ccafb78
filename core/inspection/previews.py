"""Pictures of an accepted file, made after the acknowledgement: their success proves that a person can see it."""

from dataclasses import dataclass
from pathlib import Path

from core.inspection.verdicts import Code, warning
from core.kernel.sandbox import Job, ProviderKind, Rendering, Sandbox
from core.sdk import Candidate, Finding, RenderedPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Previews:
    """Pictures in the folder given, or the reason why there are none."""

    pages: tuple[RenderedPage, ...] = ()
    finding: Finding | None = None
    """`no_preview`, which refuses nothing."""


async def render_previews(
    sandbox: Sandbox, candidate: Candidate, folder: Path, *, pages: int = 5, pixels: int = 1_600
) -> Previews:
    """Ask the first renderer that wants the file for at most `pages` pictures of `pixels` on their longer side.

    Raises:
        SandboxUnavailable: nothing can be rendered at the moment; try again.
    """
    steps = sandbox.steps(ProviderKind.RENDERER, candidate.media_type)
    if not steps:
        return Previews(finding=_none("no renderer"))
    wanted = Rendering(folder=folder, pages=pages, pixels=pixels)
    outcome = await sandbox.run(Job(candidate=candidate, steps=steps[:1], rendering=wanted))
    if outcome.death is not None:
        return Previews(finding=_none(outcome.death.reason))
    result = outcome.results[0]
    if not result.rendered:
        return Previews(finding=_none(result.error or "no pages"))
    return Previews(pages=result.rendered)


def _none(reason: str) -> Finding:
    return warning(Code.NO_PREVIEW.value, "No picture of the document could be made", reason=reason)
