"""The life of one child: look at one file with the providers named, say what they found, end."""

import os
import time
from pathlib import Path
from typing import cast

from core.kernel.sandbox.jobs import (
    SKIPPED,
    Job,
    ProviderKind,
    Step,
    StepResult,
    job_from_wire,
    job_to_wire,
    result_to_wire,
)
from core.kernel.sandbox.limits import Ceilings, confine_child
from core.kernel.sandbox.providers import Providers
from core.sdk.candidates import Candidate, Inspection, Severity
from core.sdk.providers import Extractor, FileProvider, Inspector, Renderer

END = b"end\n"
"""Closes the answer of a child that came to its end."""
MEMORY = b"memory\n"
"""Closes the answer of a child that ran out of memory and could still say so."""

_ANSWER_FD = 3
_MOST_FD = os.sysconf("SC_OPEN_MAX")
_REHEARSALS = 24
"""Python writes to code until it has run about twenty times."""


def live(told: bytes, providers: Providers, wanted: Ceilings, answer: int, parent: int) -> None:
    """Run the job in `told` and write its results to the pipe `answer`; never returns."""
    status = 1
    try:
        _settle(answer)
        confine_child(wanted, parent)
        job = job_from_wire(told)
        refused = False
        for step in job.steps:
            # Metadata is proposed for sound files only, and what was refused need not be parsed again.
            if refused and step.kind is ProviderKind.EXTRACTOR:
                result, line = StepResult(step=step, ms=0.0), SKIPPED
            else:
                result, line = run_step(step, job, providers)
            refused = refused or _refuses(result)
            _write(line)
        _write(END)
        status = 0
    except MemoryError:
        _write(MEMORY)
    finally:
        os._exit(status)


def run_step(step: Step, job: Job, providers: Providers) -> tuple[StepResult, bytes]:
    """Ask one provider; what it raises becomes its result, except that there is no memory left."""
    started = time.perf_counter()
    try:
        result = _ask(providers.by_step[step], step, job)
        return result, result_to_wire(result, (time.perf_counter() - started) * 1000)
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001  SystemExit of a provider is its failure, not the child's end
        result = StepResult(step=step, ms=0.0, error=type(error).__name__)
        return result, result_to_wire(result, (time.perf_counter() - started) * 1000)


def _refuses(result: StepResult) -> bool:
    findings = result.inspection.findings if result.inspection else ()
    return any(finding.severity is Severity.REFUSAL for finding in findings)


def rehearse() -> None:
    """Go through the life of a child here, with a provider of our own, for what it does first is slow."""
    step = Step(ProviderKind.INSPECTOR, _Understudy.name)
    providers = Providers(by_step={step: _Understudy()})
    own = Candidate(path=Path(os.devnull), file_name="own", size=0, sha256="", media_type="")
    for number in range(_REHEARSALS):
        told = job_from_wire(job_to_wire(number, Job(candidate=own, steps=(step,))).partition(b" ")[2])
        _refuses(run_step(step, told, providers)[0])


class _Understudy(Inspector):
    name = "own"

    def inspect(self, candidate: Candidate) -> Inspection:
        return Inspection(pages=1, facts={"name": candidate.file_name, "signed": False})


def _ask(provider: FileProvider, step: Step, job: Job) -> StepResult:
    if not provider.wants(job.candidate.media_type):
        return StepResult(step=step, ms=0.0)
    # A step was made of the kind that its provider was registered as; the host has checked that.
    if step.kind is ProviderKind.INSPECTOR:
        return StepResult(step=step, ms=0.0, inspection=cast("Inspector", provider).inspect(job.candidate))
    if step.kind is ProviderKind.EXTRACTOR:
        return StepResult(step=step, ms=0.0, proposal=cast("Extractor", provider).extract(job.candidate))
    if job.rendering is None:
        raise TypeError(step.kind)
    wanted = job.rendering
    render = cast("Renderer", provider).render
    return StepResult(
        step=step, ms=0.0, rendered=render(job.candidate, wanted.folder, pages=wanted.pages, pixels=wanted.pixels)
    )


def _settle(answer: int) -> None:
    # The server's standard streams lead nowhere but its standard error.
    os.dup2(1, 2)
    if answer != _ANSWER_FD:
        os.dup2(answer, _ANSWER_FD)
    os.closerange(_ANSWER_FD + 1, _MOST_FD)


def _write(line: bytes) -> None:
    rest = memoryview(line)
    while rest:
        rest = rest[os.write(_ANSWER_FD, rest) :]
