"""The intake checks in their order: type, polyglots, directory, parsers in a child process, members, antivirus.

A file that is rejected is looked at no further; one that is quarantined is, because the person who decides about it
wants to know everything.
"""

import asyncio
import hashlib
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from core.inspection import media_types as types
from core.inspection.archives import BrokenArchive, Entry, LyingEntry, read_member
from core.inspection.identification import identify
from core.inspection.names import clean_file_name
from core.inspection.policy import IntakePolicy
from core.inspection.report import Report
from core.inspection.verdicts import Code, Verdict, judge, refusal, warning
from core.inspection.zip_rules import shown
from core.kernel.sandbox import Job, Outcome, ProviderKind, Sandbox, StepResult
from core.sdk import Candidate, Fact, Finding, Inspection, Proposal, Scanner, Severity

DEFAULT_POLICY = IntakePolicy()
MAX_FINDINGS = 200
"""Findings a report keeps; the strictest come first, so the reason is always among them."""

_BLOCK = 1 << 20
_INLINE = 1 << 20
"""Bytes up to which hashing in the event loop is cheaper than handing it to a thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the caller knows of a file already."""

    size: int | None = None
    """Bytes, counted while they were written."""
    sha256: str | None = None
    content: bytes | None = None
    """All bytes of a small file, so that it need not be read once more."""
    document_kind: str | None = None
    uploader: str = ""
    """Whose files one child process may look at, one after the other; empty: none but this."""


NOTHING_KNOWN = Known()


class _Examination:
    """What is known of one file so far."""

    def __init__(
        self,
        path: Path,
        file_name: str,
        declared_type: str | None = None,
        policy: IntakePolicy = DEFAULT_POLICY,
        known: Known = NOTHING_KNOWN,
    ) -> None:
        self.path = path
        self.name = clean_file_name(file_name)
        self.declared_type = declared_type
        self.policy = policy
        self.known = known
        self.media_type = types.UNKNOWN
        self.size = 0
        self.sha256 = ""
        self.pages: int | None = None
        self.findings: list[Finding] = []
        self.facts: dict[str, Fact] = {}
        self.proposal = Proposal()
        self.members: tuple[Entry, ...] = ()
        self.ms: dict[str, float] = {}
        self._started = time.perf_counter()

    @property
    def verdict(self) -> Verdict:
        return judge(self.findings, self.policy.stricter)[0]

    def open(self) -> BinaryIO:
        return self.path.open("rb") if self.known.content is None else BytesIO(self.known.content)

    def candidate(self) -> Candidate:
        return Candidate(
            path=self.path.absolute(),
            file_name=self.name,
            size=self.size,
            sha256=self.sha256,
            media_type=self.media_type,
            declared_type=self.declared_type,
            document_kind=self.known.document_kind,
        )

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.ms[step] = (time.perf_counter() - started) * 1000

    def report(self) -> Report:
        verdict, code = judge(self.findings, self.policy.stricter)
        self.ms["total"] = (time.perf_counter() - self._started) * 1000
        findings = self.findings
        if len(findings) > MAX_FINDINGS:
            findings = sorted(
                findings, key=lambda finding: (finding.code != code, finding.severity != Severity.REFUSAL)
            )
        return Report(
            verdict=verdict,
            code=code,
            file_name=self.name,
            media_type=self.media_type,
            size=self.size,
            sha256=self.sha256,
            pages=self.pages,
            findings=tuple(findings[:MAX_FINDINGS]),
            facts=self.facts,
            proposal=self.proposal if verdict is Verdict.ACCEPTED else Proposal(),
            ms=self.ms,
        )


class InspectionService:
    """Says of a file on the local disk whether it is accepted, quarantined or rejected, and why."""

    def __init__(
        self,
        sandbox: Sandbox,
        *,
        scanners: Sequence[Scanner] = (),
        scratch: Path | None = None,
        scan_seconds: float = 60.0,
    ) -> None:
        """`scratch` is where members of archives are unpacked, one at a time (the system's own folder by default)."""
        self._sandbox = sandbox
        self._scanners = tuple(scanners)
        self._scratch = scratch
        self._scan_seconds = scan_seconds

    async def inspect(
        self,
        path: Path,
        file_name: str,
        declared_type: str | None = None,
        policy: IntakePolicy = DEFAULT_POLICY,
        known: Known = NOTHING_KNOWN,
    ) -> Report:
        """Take a file whose bytes are complete through every check.

        Raises:
            OSError: the file cannot be read, or there is no room to unpack its members; nothing is known of it.
            SandboxUnavailable: parsers cannot be run at all; nothing is known of the file.
        """
        return await self._examine(_Examination(path, file_name, declared_type, policy, known), inside_archive=False)

    async def _examine(self, seen: _Examination, *, inside_archive: bool) -> Report:
        with seen.timed("digest"):
            seen.size = _size(seen.path) if seen.known.size is None else seen.known.size
            seen.sha256 = seen.known.sha256 or await _digest(seen.path, seen.size)
        if _has_impossible_size(seen):
            return seen.report()
        with seen.timed("type"):
            await self._identify(seen, inside_archive=inside_archive)
        if seen.verdict is not Verdict.REJECTED:
            with seen.timed("parse"):
                await self._parse(seen)
            seen.findings.extend(self._absent())
        if seen.verdict is not Verdict.REJECTED and seen.members:
            with seen.timed("members"):
                await self._members(seen)
        if seen.verdict is not Verdict.REJECTED and self._scanners:
            with seen.timed("scan"):
                await self._scan(seen)
        return seen.report()

    async def _identify(self, seen: _Examination, *, inside_archive: bool) -> None:
        def look(file: BinaryIO) -> None:
            identity = identify(
                file, seen.size, seen.name, seen.declared_type, seen.policy, inside_archive=inside_archive
            )
            seen.media_type = identity.media_type
            seen.findings.extend(identity.findings)
            seen.members = identity.members

        try:
            with seen.open() as file:
                is_container = file.read(2) == b"PK"
                file.seek(0)
                if is_container or seen.size > _INLINE:
                    await asyncio.to_thread(look, file)
                else:
                    look(file)
        except OSError:
            # A disk of ours that fails says nothing about the file.
            raise
        except Exception as error:  # noqa: BLE001  a mistake of ours about a hostile file must not lose the file
            message = "A check of the file failed"
            seen.findings.append(refusal(Code.UNSAFE_TO_PARSE, message, error=type(error).__name__))

    async def _parse(self, seen: _Examination) -> None:
        steps = self._sandbox.steps(ProviderKind.INSPECTOR, seen.media_type)
        if seen.verdict is Verdict.ACCEPTED:
            steps += self._sandbox.steps(ProviderKind.EXTRACTOR, seen.media_type)
        if not steps:
            return
        outcome = await self._sandbox.run(Job(candidate=seen.candidate(), steps=steps, uploader=seen.known.uploader))
        for result in outcome.results:
            _take(seen, result)
        _take_death(seen, outcome)
        if seen.pages is not None and seen.pages > seen.policy.max_pages:
            limit = seen.policy.max_pages
            seen.findings.append(
                refusal(Code.PDF_PAGES, "The file has too many pages for its kind", pages=seen.pages, limit=limit)
            )

    def _absent(self) -> list[Finding]:
        message = "A check that is switched on could not be loaded; the file waits until it was made"
        return [refusal(Code.UNSAFE_TO_PARSE, message, plugin=plugin) for plugin in self._sandbox.absent]

    async def _members(self, seen: _Examination) -> None:
        """Count the real bytes of every member; those of a ZIP go through every check as files of their own."""
        if seen.media_type != types.ZIP:
            await asyncio.to_thread(_count_members, seen)
            return
        with tempfile.TemporaryDirectory(prefix="members-", dir=self._scratch) as folder:
            for number, entry in enumerate(seen.members):
                unpacked = Path(folder) / str(number)
                finding, digest = await asyncio.to_thread(_unpack, seen.path, entry, unpacked)
                if finding is not None:
                    seen.findings.append(finding)
                else:
                    await self._member(seen, entry, unpacked, digest)
                unpacked.unlink(missing_ok=True)
                if seen.verdict is Verdict.REJECTED:
                    return

    async def _member(self, seen: _Examination, entry: Entry, unpacked: Path, digest: str) -> None:
        known = replace(seen.known, size=entry.size, sha256=digest, content=None)
        member = _Examination(unpacked, entry.name, policy=seen.policy, known=known)
        report = await self._examine(member, inside_archive=True)
        for finding in report.findings:
            if finding.severity is not Severity.NOTE:
                seen.findings.append(replace(finding, facts={**finding.facts, "member": shown(entry)}))

    async def _scan(self, seen: _Examination) -> None:
        candidate = seen.candidate()
        for scanner in self._scanners:
            if not scanner.wants(seen.media_type):
                continue
            try:
                async with asyncio.timeout(self._scan_seconds):
                    _take_inspection(seen, await scanner.scan(candidate))
            except Exception as error:  # noqa: BLE001  a scanner that cannot answer must never let a file through
                message = "The antivirus did not answer; the file waits until it was scanned"
                seen.findings.append(
                    refusal(Code.SCANNER_DOWN, message, scanner=scanner.name, error=type(error).__name__)
                )


def report_unreadable(path: Path, file_name: str, error: Exception) -> Report:
    """What to say of a file that could not be read, where the one who named it must have an answer."""
    unread = _Examination(path, file_name)
    unread.findings.append(refusal(Code.UNREADABLE, "The file cannot be read", error=type(error).__name__))
    return unread.report()


def _size(path: Path) -> int:
    status = path.stat()
    if not S_ISREG(status.st_mode):
        raise IsADirectoryError(path)
    return status.st_size


def _has_impossible_size(seen: _Examination) -> bool:
    limit = max(seen.policy.max_bytes, seen.policy.max_archive_bytes)
    if seen.size == 0:
        seen.findings.append(refusal(Code.EMPTY, "The file is empty"))
    elif seen.size > limit:
        seen.findings.append(refusal(Code.TOO_BIG, "The file is too big", bytes=seen.size, limit=limit))
    return bool(seen.findings)


async def _digest(path: Path, size: int) -> str:
    return _hash(path) if size <= _INLINE else await asyncio.to_thread(_hash, path)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _take(seen: _Examination, result: StepResult) -> None:
    seen.ms[f"{result.step.kind}:{result.step.name}"] = result.ms
    if result.inspection is not None:
        _take_inspection(seen, result.inspection)
    elif result.proposal is not None:
        proposal = result.proposal
        texts = [text for text in (seen.proposal.text, proposal.text) if text]
        # The first extractor that proposes a value for a field wins: the order of plugins is a setting.
        seen.proposal = Proposal(fields={**proposal.fields, **seen.proposal.fields}, text="\n".join(texts) or None)
    elif result.error is not None and result.step.kind is ProviderKind.INSPECTOR:
        message = "A check of the file failed"
        seen.findings.append(refusal(Code.UNSAFE_TO_PARSE, message, inspector=result.step.name, error=result.error))
    elif result.error is not None:
        message = "No metadata could be proposed"
        seen.findings.append(warning("nothing_proposed", message, extractor=result.step.name, error=result.error))


def _take_inspection(seen: _Examination, inspection: Inspection) -> None:
    seen.findings.extend(inspection.findings)
    seen.facts.update(inspection.facts)
    if inspection.pages is not None and seen.pages is None:
        seen.pages = inspection.pages


def _take_death(seen: _Examination, outcome: Outcome) -> None:
    death = outcome.death
    if death is not None:
        provider = death.step.name if death.step else None
        message = "A parser was stopped while it read the file"
        seen.findings.append(refusal(Code.UNSAFE_TO_PARSE, message, reason=death.reason, provider=provider))


def _count_members(seen: _Examination) -> None:
    with seen.path.open("rb") as file:
        for entry in seen.members:
            try:
                for _ in read_member(file, entry):
                    pass
            except (LyingEntry, BrokenArchive) as error:
                seen.findings.append(_member_finding(error, entry))
                return


def _unpack(path: Path, entry: Entry, target: Path) -> tuple[Finding | None, str]:
    """Write a member to `target`; why that was not possible, or its SHA-256."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file, target.open("wb") as unpacked:
            for block in read_member(file, entry):
                digest.update(block)
                unpacked.write(block)
    except (LyingEntry, BrokenArchive) as error:
        return _member_finding(error, entry), ""
    return None, digest.hexdigest()


def _member_finding(error: LyingEntry | BrokenArchive, entry: Entry) -> Finding:
    if isinstance(error, LyingEntry):
        return refusal(Code.ZIP_SIZE, "An entry holds more bytes than it declares", member=shown(entry))
    message = "An entry of the archive is damaged"
    return refusal(Code.UNSAFE_TO_PARSE, message, member=shown(entry), reason=error.part)
