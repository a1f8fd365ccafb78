"""What is asked of the sandbox and what it answers, and how both travel as JSON."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from core.sdk.candidates import Candidate, Finding, Inspection, Severity
from core.sdk.providers import Proposal, ProposedValue, RenderedPage

Json = dict[str, Any]

MAX_FINDINGS = 200
"""A provider that says more is cut: nobody reads it, and it would have to be stored."""
MAX_TEXT = 1_000_000
"""Characters of a proposal's text (contract of `core.sdk.providers.Proposal`)."""
MAX_VALUE = 2_000
"""Characters of one message, fact or proposed value."""


class ProviderKind(StrEnum):
    """The providers that run in a child process."""

    INSPECTOR = "inspector"
    EXTRACTOR = "extractor"
    RENDERER = "renderer"


@dataclass(frozen=True, slots=True)
class Step:
    """One provider to be asked about the file of a job."""

    kind: ProviderKind
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """Where a renderer may write, and how much."""

    folder: Path
    pages: int
    pixels: int
    """Of the longer side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One file and the providers that look at it, in order, in one child process."""

    candidate: Candidate
    steps: tuple[Step, ...]
    rendering: Rendering | None = None
    uploader: str = ""
    """Who sent the file. A child may look at several files of one uploader; empty: at this one only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What one provider said: one of `inspection`, `proposal`, `rendered`, `error`; none if it was not asked."""

    step: Step
    ms: float
    inspection: Inspection | None = None
    proposal: Proposal | None = None
    rendered: tuple[RenderedPage, ...] | None = None
    error: str | None = None
    """Name of the exception's class; its text may hold contents of the file and stays in the child."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """A child that did not finish."""

    reason: str
    """Name of the signal (`SIGABRT`, `SIGXCPU`, …), `memory`, `wall_clock`, `output`, `garbage` or `exit_N`."""
    step: Step | None
    """The provider that was at work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Everything a job brought: the results up to a death, if there was one."""

    results: tuple[StepResult, ...]
    death: Death | None
    ms: float
    """From the fork to the end of the child, wall clock."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What the server says of a child that is gone."""

    reason: str | None
    """Why it did not come to its end by itself, as far as the server knows."""
    ms: float


class Garbled(ValueError):
    """A child answered something that is not an answer."""


def cancellation_to_wire(number: int) -> bytes:
    """The line that takes a job back."""
    return b"%d %b %b\n" % (number, NOBODY, CANCEL)


def job_to_wire(number: int, job: Job, places: Mapping[Step, int], *, alone: bool = True) -> bytes:
    """One line for the server: the number of the job, whose it is, and JSON for the child, which reads it itself.

    `places` says where each provider stands in the list that the server introduced itself with; `alone` asks for a
    child that looks at no other file, whoever sent it.
    """
    uploader = NOBODY if alone or not job.uploader else job.uploader.encode().hex().encode()
    candidate, rendering = job.candidate, job.rendering
    message = (
        (
            str(candidate.path.absolute()),
            candidate.file_name,
            candidate.size,
            candidate.sha256,
            candidate.media_type,
            candidate.declared_type,
            candidate.document_kind,
        ),
        [places[step] for step in job.steps],
        None if rendering is None else (str(rendering.folder.absolute()), rendering.pages, rendering.pixels),
    )
    return b"%d %b %b\n" % (number, uploader, json.dumps(message).encode())


def job_from_wire(line: bytes) -> tuple[Candidate, Sequence[int], Rendering | None]:
    """What `job_to_wire` wrote behind number and uploader: the file, the places of its providers, where pictures go."""
    (path, name, size, sha256, media_type, declared_type, kind), places, rendering = _decode(line.decode())[0]
    candidate = Candidate(
        path=Path(path),
        file_name=name,
        size=size,
        sha256=sha256,
        media_type=media_type,
        declared_type=declared_type,
        document_kind=kind,
    )
    if rendering is None:
        return candidate, places, None
    folder, pages, pixels = rendering
    return candidate, places, Rendering(folder=Path(folder), pages=pages, pixels=pixels)


# Both without the conveniences of `json.loads` and `json.dumps`: a child pays for every page of code that it touches.
_decode = json.JSONDecoder().raw_decode
_encode = json.JSONEncoder(ensure_ascii=False).encode
_NO_REASON = b"-"
CANCEL = b"cancel"
NOBODY = b"-"
"""Stands where no uploader is named."""
SKIPPED = b'{"ms": 0}\n'
"""The line of a step that was not asked."""


def result_to_wire(said: str, content: object, ms: float) -> bytes:
    """One line of JSON for the one who asked: `content` under the key `said`; `ms` is the time it took."""
    return _encode({"ms": round(ms, 3), said: content}).encode("utf-8", "replace") + b"\n"


def ending_to_wire(number: int, ending: Ending, size: int) -> bytes:
    """The line before the answer of a child, which is `size` bytes long."""
    reason = _NO_REASON if ending.reason is None else ending.reason.encode()
    return b"%d %d %d %b\n" % (number, size, ending.ms * 1000, reason)


def ending_from_wire(line: bytes) -> tuple[int, Ending, int]:
    """What `ending_to_wire` wrote; raises `ValueError` for anything else."""
    number, size, microseconds, reason = line.split()
    ended = None if reason == _NO_REASON else reason.decode()
    return int(number), Ending(ended, int(microseconds) / 1000), int(size)


def result_from_wire(line: bytes, step: Step, rendering: Rendering | None) -> StepResult:
    """The result a child wrote for `step`; whatever it wrote is taken for hostile.

    Raises:
        Garbled: it is not a result, or of the wrong kind, or names a picture outside its folder.
    """
    try:
        message = json.loads(line)
        ms = float(message["ms"])
        if "error" in message:
            return StepResult(step=step, ms=ms, error=_text(message["error"]))
        if len(message) == 1:
            return StepResult(step=step, ms=ms)
        if step.kind is ProviderKind.INSPECTOR:
            return StepResult(step=step, ms=ms, inspection=_inspection_from_wire(message["inspection"]))
        if step.kind is ProviderKind.EXTRACTOR:
            return StepResult(step=step, ms=ms, proposal=_proposal_from_wire(message["proposal"]))
        pages = tuple(_page_from_wire(page, rendering) for page in message["rendered"])
        return StepResult(step=step, ms=ms, rendered=pages)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Garbled from error


def inspection_to_wire(inspection: Inspection) -> Json:
    """The content of `inspection`; raises `AttributeError` for what is none."""
    findings = inspection.findings and [
        {"code": str(f.code), "severity": str(f.severity), "message": str(f.message), "facts": dict(f.facts)}
        for f in inspection.findings[:MAX_FINDINGS]
    ]
    return {"findings": findings, "pages": inspection.pages, "facts": dict(inspection.facts)}


def _inspection_from_wire(message: Json) -> Inspection:
    pages = message["pages"]
    if pages is not None and (not isinstance(pages, int) or isinstance(pages, bool) or pages < 0):
        raise Garbled
    return Inspection(
        findings=tuple(
            Finding(
                code=_text(finding["code"]),
                severity=Severity(finding["severity"]),
                message=_text(finding["message"]),
                facts=_facts(finding["facts"]),
            )
            for finding in _sequence(message["findings"])[:MAX_FINDINGS]
        ),
        pages=pages,
        facts=_facts(message["facts"]),
    )


def proposal_to_wire(proposal: Proposal) -> Json:
    """The content of `proposal`; raises `AttributeError` for what is none."""
    return {
        "fields": {name: [value.value, value.source] for name, value in proposal.fields.items()},
        "text": proposal.text and proposal.text[:MAX_TEXT],
    }


def rendered_to_wire(rendered: Iterable[RenderedPage]) -> list[Json]:
    """The content of `rendered`."""
    return [asdict(page) | {"path": str(page.path)} for page in rendered]


def _proposal_from_wire(message: Json) -> Proposal:
    text = message["text"]
    if text is not None and not isinstance(text, str):
        raise Garbled
    return Proposal(
        fields={
            _text(name): ProposedValue(value=_text(value), source=_text(source))
            for name, (value, source) in message["fields"].items()
        },
        text=None if text is None else text[:MAX_TEXT],
    )


def _page_from_wire(message: Json, rendering: Rendering | None) -> RenderedPage:
    path = Path(_text(message["path"]))
    if rendering is None or path.parent != rendering.folder.absolute() or path.is_symlink() or not path.is_file():
        raise Garbled
    return RenderedPage(
        number=int(message["number"]),
        path=path,
        media_type=_text(message["media_type"]),
        width=int(message["width"]),
        height=int(message["height"]),
    )


def _facts(message: Mapping[str, Any]) -> dict[str, str | int | float | bool | None]:
    facts: dict[str, str | int | float | bool | None] = {}
    for name, value in message.items():
        if isinstance(value, str):
            facts[_text(name)] = value[:MAX_VALUE]
        elif value is None or isinstance(value, int | float):
            facts[_text(name)] = value
        else:
            raise Garbled
    return facts


def _sequence(value: object) -> Sequence[Any]:
    if not isinstance(value, list):
        raise Garbled
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise Garbled
    return value[:MAX_VALUE]
