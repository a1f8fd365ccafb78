"""A plugin whose inspectors do what no inspector should."""

import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from core.sdk import (
    Candidate,
    Extractor,
    Finding,
    Inspection,
    Inspector,
    Proposal,
    RenderedPage,
    Renderer,
    Severity,
    hookimpl,
)

KIB = 1 << 10


class Well(Inspector):
    name = "well"

    def inspect(self, candidate: Candidate) -> Inspection:
        return Inspection(pages=7, facts={"size": candidate.path.stat().st_size})


class Segfaults(Inspector):
    name = "segfaults"

    def inspect(self, candidate: Candidate) -> Inspection:
        ctypes.string_at(0)
        return Inspection()


class Aborts(Inspector):
    name = "aborts"

    def inspect(self, candidate: Candidate) -> Inspection:
        os.abort()


class Allocates(Inspector):
    name = "allocates"

    def inspect(self, candidate: Candidate) -> Inspection:
        hoard = []
        while True:
            hoard.append(bytearray(64 << 20))


class Spins(Inspector):
    name = "spins"

    def inspect(self, candidate: Candidate) -> Inspection:
        while True:
            pass


class Hangs(Inspector):
    name = "hangs"

    def inspect(self, candidate: Candidate) -> Inspection:
        time.sleep(3_600)
        return Inspection()


class Raises(Inspector):
    name = "raises"

    def inspect(self, candidate: Candidate) -> Inspection:
        raise KeyError(candidate.file_name)


class Exits(Inspector):
    name = "exits"

    def inspect(self, candidate: Candidate) -> Inspection:
        sys.exit(0)


class Vanishes(Inspector):
    name = "vanishes"

    def inspect(self, candidate: Candidate) -> Inspection:
        os._exit(0)


class Chatters(Inspector):
    name = "chatters"

    def inspect(self, candidate: Candidate) -> Inspection:
        os.write(1, b"garbage " * 1_000)
        os.write(2, b"garbage " * 1_000)
        return Inspection(facts={"said": "well"})


class Forges(Inspector):
    name = "forges"

    def inspect(self, candidate: Candidate) -> Inspection:
        os.write(3, b'{"verdict": "accepted"}\nend\n')
        return Inspection()


class Floods(Inspector):
    name = "floods"

    def inspect(self, candidate: Candidate) -> Inspection:
        while True:
            os.write(3, b"x" * KIB)


class Forks(Inspector):
    """Leaves a grandchild in a session of its own, which would outlive a kill of the group."""

    name = "forks"

    def inspect(self, candidate: Candidate) -> Inspection:
        pid = os.fork()
        if pid == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(3_600)
            time.sleep(3_600)
        return Inspection(facts={"grandchild": pid})


class TellsItsPlace(Inspector):
    """Says how the system treats the process it runs in."""

    name = "tells_its_place"

    def inspect(self, candidate: Candidate) -> Inspection:
        return Inspection(
            facts={
                "idle": os.sched_getscheduler(0) == os.SCHED_IDLE,
                "own_session": os.getsid(0) == os.getpid(),
                "own_group": os.getpgid(0) == os.getpid(),
            }
        )


class WrongAnswer(Inspector):
    name = "wrong_answer"

    def inspect(self, candidate: Candidate) -> Inspection:
        return "fine"  # type: ignore[return-value]


class AnswersNothing(Inspector):
    name = "answers_nothing"

    def inspect(self, candidate: Candidate) -> Inspection:
        return None  # type: ignore[return-value]


class WrongFacts(Inspector):
    name = "wrong_facts"

    def inspect(self, candidate: Candidate) -> Inspection:
        return Inspection(facts={"list": [1, 2]})  # type: ignore[dict-item]


class Refuses(Inspector):
    name = "refuses"

    def inspect(self, candidate: Candidate) -> Inspection:
        return Inspection(findings=(Finding(code="own_reason", severity=Severity.REFUSAL, message="no"),))


class Looks(Inspector):
    """Says what it could reach."""

    name = "looks"

    def inspect(self, candidate: Candidate) -> Inspection:
        try:
            socket.create_connection(("127.0.0.1", 9), timeout=1)
            network = "connected"
        except OSError as error:
            network = type(error).__name__ + str(error.errno)
        descriptors = len(list(Path("/proc/self/fd").iterdir()))
        return Inspection(facts={"network": network, "descriptors": descriptors, "names": " ".join(sorted(os.environ))})


class Writes(Inspector):
    name = "writes"

    def inspect(self, candidate: Candidate) -> Inspection:
        with candidate.path.with_suffix(".big").open("wb") as file:
            file.truncate(1 << 40)
        return Inspection()


class RaisingExtractor(Extractor):
    name = "raising"

    def extract(self, candidate: Candidate) -> Proposal:
        raise ValueError(candidate.file_name)


class WellExtractor(Extractor):
    name = "well"

    def extract(self, candidate: Candidate) -> Proposal:
        return Proposal(text="text")


class OutsideRenderer(Renderer):
    """Claims a picture that does not lie in its folder."""

    name = "outside"

    def render(self, candidate: Candidate, folder: Path, *, pages: int, pixels: int) -> tuple[RenderedPage, ...]:
        return (RenderedPage(number=1, path=candidate.path, media_type="image/jpeg", width=1, height=1),)


class KilledByParent(Inspector):
    """Kills the server it was forked from."""

    name = "kills_server"

    def inspect(self, candidate: Candidate) -> Inspection:
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(3_600)
        return Inspection()


INSPECTORS = (
    Well,
    Segfaults,
    Aborts,
    Allocates,
    Spins,
    Hangs,
    Raises,
    Exits,
    Vanishes,
    Chatters,
    Forges,
    Floods,
    Forks,
    TellsItsPlace,
    WrongAnswer,
    AnswersNothing,
    WrongFacts,
    Refuses,
    Looks,
    Writes,
    KilledByParent,
)


@hookimpl
def register_inspectors() -> Sequence[Inspector]:
    return [each() for each in INSPECTORS]


@hookimpl
def register_extractors() -> Sequence[Extractor]:
    return [RaisingExtractor(), WellExtractor()]


@hookimpl
def register_renderers() -> Sequence[Renderer]:
    return [OutsideRenderer()]
