"""The life of one child: look at a file with the providers named, say what they found; then end, or rest.

A child that rests waits for another file of the same uploader. It does so only while every file it has seen was
sound: with the first finding worth a warning, and with whatever a provider fails at, it ends.
"""

import os
import time
from collections.abc import Sequence
from fcntl import F_DUPFD, fcntl
from pathlib import Path
from typing import Any, NamedTuple

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
MORE = b"more\n"
"""Closes it too, and says that the child would look at another file of the same uploader."""
MEMORY = b"memory\n"
"""Closes the answer of a child that ran out of memory and could still say so."""

Placed = tuple[ProviderKind, FileProvider]

SOUND, ODD, REFUSED = 0, 1, 2
"""What a provider made of a file: nothing worth a word, something, or that it must not be kept unseen."""
_RING = b"."


class Ends(NamedTuple):
    """Descriptors of a child that was just forked; 0 for those that it has not."""

    answer: int
    orders: int = 0
    """Where a lasting child hears what to look at next."""
    bell: int = 0
    """What it rings when it has said all about a file."""

    @property
    def lasting(self) -> bool:
        """Whether it may look at more than one file."""
        return self.orders > 0


# What a class holds is found by asking the class; what a module holds is there.
_INSPECTOR, _EXTRACTOR = ProviderKind.INSPECTOR, ProviderKind.EXTRACTOR
_NOTE, _REFUSAL = Severity.NOTE, Severity.REFUSAL
_ANSWER_FD, _ORDERS_FD, _BELL_FD = 3, 4, 5
_ASIDE = 16
_MOST_FILES = 128
"""Files that one child looks at."""
_LINE = 1 << 16
_MOST_FD = os.sysconf("SC_OPEN_MAX")
_REHEARSALS = 24
"""Python writes to code until it has run about twenty times."""


def live(told: bytes, providers: Sequence[Placed], wanted: Ceilings, ends: Ends, parent: int) -> None:
    """Run the job in `told` and write its results to `ends`, and so with every further order; never returns."""
    status = 1
    try:
        _settle(ends)
        confine_child(wanted, parent)
        files = 1
        while _look(told, providers) and ends.lasting and files < _MOST_FILES:
            _write(MORE)
            os.write(_BELL_FD, _RING)
            told = _next_order()
            if not told:
                os._exit(0)
            files += 1
        _write(END)
        status = 0
    except MemoryError:
        _write(MEMORY)
    finally:
        os._exit(status)


def _look(told: bytes, providers: Sequence[Placed]) -> bool:
    """Run one job; return whether its file was sound."""
    candidate, places, rendering = job_from_wire(told)
    worst = SOUND
    for place in places:
        kind, provider = providers[place]
        # Metadata is proposed for sound files only, and what was refused need not be parsed again.
        if worst == REFUSED and kind is _EXTRACTOR:
            _write(SKIPPED)
            continue
        line, state = ask(kind, provider, candidate, rendering)
        worst = max(worst, state)
        _write(line)
    return worst == SOUND


def _next_order() -> bytes:
    """Wait for the next order of the server; nothing when there is none to come."""
    told = b""
    while not told.endswith(b"\n"):
        received = os.read(_ORDERS_FD, _LINE)
        if not received:
            return b""
        told += received
    return told


def placed(providers: Providers) -> list[Placed]:
    """The providers in the order in which the server introduces them, ready to be asked."""
    return [(step.kind, provider) for step, provider in providers.by_step.items()]


def ask(kind: ProviderKind, provider: Any, candidate: Candidate, rendering: Rendering | None) -> tuple[bytes, int]:  # noqa: ANN401  its kind says what it is; the host has checked that
    """Ask one provider: the line that says what it said, and `SOUND`, `ODD` or `REFUSED`.

    What it raises becomes its result, except that there is no memory left.
    """
    started = time.perf_counter()
    try:
        if not provider.wants(candidate.media_type):
            return SKIPPED, SOUND
        state = SOUND
        if kind is _INSPECTOR:
            inspection = provider.inspect(candidate)
            said, content = "inspection", inspection_to_wire(inspection)
            for finding in inspection.findings:
                if finding.severity is not _NOTE:
                    state = REFUSED if finding.severity is _REFUSAL else max(state, ODD)
        elif kind is _EXTRACTOR:
            said, content = "proposal", proposal_to_wire(provider.extract(candidate))
        else:
            said, content = "rendered", _rendered(provider, candidate, rendering)
        return result_to_wire(said, content, (time.perf_counter() - started) * 1000), state
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001  SystemExit of a provider is its failure, not the child's end
        return result_to_wire("error", type(error).__name__, (time.perf_counter() - started) * 1000), ODD


def _rendered(provider: Any, candidate: Candidate, wanted: Rendering | None) -> Any:  # noqa: ANN401  as above
    if wanted is None:
        raise TypeError(wanted)
    return rendered_to_wire(provider.render(candidate, wanted.folder, pages=wanted.pages, pixels=wanted.pixels))


def rehearse() -> None:
    """Go through the life of a child here, with a provider of our own, for what it does first is slow."""
    step = Step(_INSPECTOR, _Understudy.name)
    own = Candidate(path=Path(os.devnull), file_name="own", size=0, sha256="", media_type="")
    for number in range(_REHEARSALS):
        told = job_to_wire(number, Job(candidate=own, steps=(step,)), {step: 0}).split(b" ", 2)[2]
        candidate, _, rendering = job_from_wire(told)
        ask(_INSPECTOR, _Understudy(), candidate, rendering)


class _Understudy(Inspector):
    name = "own"

    def inspect(self, candidate: Candidate) -> Inspection:
        return Inspection(pages=1, facts={"name": candidate.file_name, "signed": False})


def _settle(ends: Ends) -> None:
    # The server's standard streams lead nowhere but its standard error.
    os.dup2(1, 2)
    if ends.lasting:
        # Out of the way first, so that none is overwritten before it lies where it belongs.
        for aside, place in [(fcntl(end, F_DUPFD, _ASIDE), place) for place, end in enumerate(ends, _ANSWER_FD)]:
            os.dup2(aside, place)
    elif ends.answer != _ANSWER_FD:
        os.dup2(ends.answer, _ANSWER_FD)
    os.closerange(_ANSWER_FD + (len(ends) if ends.lasting else 1), _MOST_FD)


def _write(line: bytes) -> None:
    rest = memoryview(line)
    while rest:
        rest = rest[os.write(_ANSWER_FD, rest) :]
