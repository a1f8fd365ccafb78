"""A plugin whose inspectors do what the file says, and tell which process they run in."""

import os
import time
from collections.abc import Sequence

from core.sdk import Candidate, Fact, Finding, Inspection, Inspector, Severity, hookimpl

_seen = 0


def obey(candidate: Candidate) -> Inspection:
    global _seen  # noqa: PLW0603 - how many files this process has seen is the question
    _seen += 1
    match candidate.path.read_text():
        case "abort unless first" if _seen > 1:
            os.abort()
        case "hang unless first" if _seen > 1:
            time.sleep(3_600)
        case "hang":
            time.sleep(3_600)
        case "raise":
            raise ValueError
        case "much":
            return Inspection(facts=_many() | {"pid": os.getpid(), "seen": _seen, "much": "x" * 2_000})
    severity = {"warn": Severity.WARNING, "refuse": Severity.REFUSAL, "note": Severity.NOTE}
    wanted = severity.get(candidate.path.read_text())
    findings = () if wanted is None else (Finding(code="own", severity=wanted, message="as told"),)
    return Inspection(findings=findings, facts={"pid": os.getpid(), "seen": _seen})


def _many() -> dict[str, Fact]:
    return {f"fact{number}": "more\n" * 400 for number in range(100)}


class Forgetful(Inspector):
    name = "forgetful"
    forgetful = True

    def inspect(self, candidate: Candidate) -> Inspection:
        return obey(candidate)


class Remembering(Inspector):
    name = "remembering"

    def inspect(self, candidate: Candidate) -> Inspection:
        return obey(candidate)


@hookimpl
def register_inspectors() -> Sequence[Inspector]:
    return [Forgetful(), Remembering()]
