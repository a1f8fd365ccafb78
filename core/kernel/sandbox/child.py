"""The life of one child: look at one file with the providers named, say what they found, end."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.kernel.sandbox.jobs import (
    SKIPPED,
    Job,
    ProviderKind,
    Rendering,
    Step,
    inspection_to_wire,
    job_from_wire,
    job_to_wire,
    proposal_to_wire,
    rendered_to_wire,
    result_to_wire,
)
from core.kernel.sandbox.limits import Ceilings, confine_child
from core.kernel.sandbox.providers import Providers
from core.sdk.candidates import Candidate, Inspection, Severity
from core.sdk.providers import FileProvider, Inspector

END = b"end\n"
"""Closes the answer of a child that came to its end."""
MEMORY = b"memory\n"
"""Closes the answer of a child that ran out of memory and could still say so."""

Placed = tuple[ProviderKind, FileProvider]

# What a class holds is found by asking the class; what a module holds is there.
_INSPECTOR, _EXTRACTOR, _REFUSAL = ProviderKind.INSPECTOR, ProviderKind.EXTRACTOR, Severity.REFUSAL
_ANSWER_FD = 3
_MOST_FD = os.sysconf("SC_OPEN_MAX")
_REHEARSALS = 24
"""Python writes to code until it has run about twenty times."""


def live(told: bytes, providers: Sequence[Placed], wanted: Ceilings, answer: int, parent: int) -> None:
    """Run the job in `told` and write its results to the pipe `answer`; never returns."""
    status = 1
    try:
        _settle(answer)
        confine_child(wanted, parent)
        candidate, places, rendering = job_from_wire(told)
        refused = False
        for place in places:
            kind, provider = providers[place]
            # Metadata is proposed for sound files only, and what was refused need not be parsed again.
            if refused and kind is _EXTRACTOR:
                _write(SKIPPED)
                continue
            line, refuses = ask(kind, provider, candidate, rendering)
            refused = refused or refuses
            _write(line)
        _write(END)
        status = 0
    except MemoryError:
        _write(MEMORY)
    finally:
        os._exit(status)


def placed(providers: Providers) -> list[Placed]:
    """The providers in the order in which the server introduces them, ready to be asked."""
    return [(step.kind, provider) for step, provider in providers.by_step.items()]


def ask(kind: ProviderKind, provider: Any, candidate: Candidate, rendering: Rendering | None) -> tuple[bytes, bool]:  # noqa: ANN401  its kind says what it is; the host has checked that
    """Ask one provider: the line that says what it said, and whether it refuses the file.

    What it raises becomes its result, except that there is no memory left.
    """
    started = time.perf_counter()
    try:
        if not provider.wants(candidate.media_type):
            return SKIPPED, False
        refuses = False
        if kind is _INSPECTOR:
            inspection = provider.inspect(candidate)
            said, content = "inspection", inspection_to_wire(inspection)
            for finding in inspection.findings:
                refuses = refuses or finding.severity is _REFUSAL
        elif kind is _EXTRACTOR:
            said, content = "proposal", proposal_to_wire(provider.extract(candidate))
        else:
            said, content = "rendered", _rendered(provider, candidate, rendering)
        return result_to_wire(said, content, (time.perf_counter() - started) * 1000), refuses
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001  SystemExit of a provider is its failure, not the child's end
        return result_to_wire("error", type(error).__name__, (time.perf_counter() - started) * 1000), False


def _rendered(provider: Any, candidate: Candidate, wanted: Rendering | None) -> Any:  # noqa: ANN401  as above
    if wanted is None:
        raise TypeError(wanted)
    return rendered_to_wire(provider.render(candidate, wanted.folder, pages=wanted.pages, pixels=wanted.pixels))


def rehearse() -> None:
    """Go through the life of a child here, with a provider of our own, for what it does first is slow."""
    step = Step(_INSPECTOR, _Understudy.name)
    own = Candidate(path=Path(os.devnull), file_name="own", size=0, sha256="", media_type="")
    for number in range(_REHEARSALS):
        told = job_to_wire(number, Job(candidate=own, steps=(step,)), {step: 0}).partition(b" ")[2]
        candidate, _, rendering = job_from_wire(told)
        ask(_INSPECTOR, _Understudy(), candidate, rendering)


class _Understudy(Inspector):
    name = "own"

    def inspect(self, candidate: Candidate) -> Inspection:
        return Inspection(pages=1, facts={"name": candidate.file_name, "signed": False})


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
