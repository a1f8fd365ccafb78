"""The life of one child: look at one file with the providers named, say what they found, end."""

import os
import time
from dataclasses import replace

from core.kernel.sandbox.jobs import Job, ProviderKind, Step, StepResult, result_to_wire
from core.kernel.sandbox.limits import Limits, confine_child
from core.kernel.sandbox.providers import Providers
from core.sdk.candidates import Severity
from core.sdk.providers import Extractor, FileProvider, Inspector, Renderer

END = b"end\n"
"""Closes the answer of a child that came to its end."""
MEMORY = b"memory\n"
"""Closes the answer of a child that ran out of memory and could still say so."""

_ANSWER_FD = 3


def live(job: Job, providers: Providers, limits: Limits, answer: int, parent: int) -> None:
    """Run `job` and write its results to the pipe `answer`; never returns."""
    status = 1
    try:
        _settle(answer)
        confine_child(limits, parent)
        refused = False
        for step in job.steps:
            # Metadata is proposed for sound files only, and what was refused need not be parsed again.
            skipped = refused and step.kind is ProviderKind.EXTRACTOR
            result = StepResult(step=step, ms=0.0) if skipped else run_step(step, job, providers)
            refused = refused or _refuses(result)
            _write(result_to_wire(result))
        _write(END)
        status = 0
    except MemoryError:
        _write(MEMORY)
    finally:
        os._exit(status)


def run_step(step: Step, job: Job, providers: Providers) -> StepResult:
    """Ask one provider; what it raises becomes its result, except that there is no memory left."""
    started = time.perf_counter()
    try:
        result = _ask(providers.by_step[step], step, job)
        result_to_wire(result)
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001  SystemExit of a provider is its failure, not the child's end
        result = StepResult(step=step, ms=0.0, error=type(error).__name__)
    return replace(result, ms=(time.perf_counter() - started) * 1000)


def _refuses(result: StepResult) -> bool:
    findings = result.inspection.findings if result.inspection else ()
    return any(finding.severity is Severity.REFUSAL for finding in findings)


def _ask(provider: FileProvider, step: Step, job: Job) -> StepResult:
    if not provider.wants(job.candidate.media_type):
        return StepResult(step=step, ms=0.0)
    if isinstance(provider, Inspector) and step.kind is ProviderKind.INSPECTOR:
        return StepResult(step=step, ms=0.0, inspection=provider.inspect(job.candidate))
    if isinstance(provider, Extractor) and step.kind is ProviderKind.EXTRACTOR:
        return StepResult(step=step, ms=0.0, proposal=provider.extract(job.candidate))
    if isinstance(provider, Renderer) and job.rendering is not None:
        wanted = job.rendering
        rendered = provider.render(job.candidate, wanted.folder, pages=wanted.pages, pixels=wanted.pixels)
        return StepResult(step=step, ms=0.0, rendered=rendered)
    raise TypeError(step.kind)


def _settle(answer: int) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    if answer != _ANSWER_FD:
        os.dup2(answer, _ANSWER_FD)
    os.closerange(_ANSWER_FD + 1, os.sysconf("SC_OPEN_MAX"))


def _write(line: bytes) -> None:
    rest = memoryview(line)
    while rest:
        rest = rest[os.write(_ANSWER_FD, rest) :]
