"""Steps that need no parser: what is it, is it allowed here, is it two things at once, is its directory in order?"""

from dataclasses import dataclass
from typing import BinaryIO

from core.inspection import media_types as types
from core.inspection.archives import BrokenArchive, Directory, Entry, TooManyEntries, read_directory
from core.inspection.office import classify, guess_by_names
from core.inspection.policy import IntakePolicy
from core.inspection.polyglots import polyglot_findings
from core.inspection.signatures import HEAD, detect, is_encrypted_office
from core.inspection.verdicts import Code, refusal, warning
from core.inspection.zip_rules import directory_findings, nested_archive
from core.sdk import Finding

_OLE_WINDOW = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a file is, and what speaks against it so far."""

    media_type: str
    findings: tuple[Finding, ...]
    members: tuple[Entry, ...] = ()
    """Of a ZIP or Office container whose directory is in order."""


def identify(
    file: BinaryIO,
    size: int,
    name: str,
    declared_type: str | None,
    policy: IntakePolicy,
    *,
    inside_archive: bool = False,
) -> Identity:
    """Take an open file, at its beginning, through the checks before any parser; never raises but `OSError`."""
    extension = types.extension_of(name)
    head = file.read(HEAD)
    detection = detect(head, extension)
    if detection.executable or extension in types.EXECUTABLE_EXTENSIONS:
        message = "The file is a program, a script or a web page"
        return Identity(media_type=types.UNKNOWN, findings=(refusal(Code.EXECUTABLE, message),))
    if inside_archive and detection.media_type in types.ARCHIVES - {types.ZIP}:
        return Identity(media_type=detection.media_type, findings=(_nested(),))
    identity = _look_inside(file, size, detection.media_type, policy)
    found = list(identity.findings)
    if inside_archive and identity.media_type == types.ZIP:
        return Identity(media_type=types.ZIP, findings=(_nested(),))
    found += polyglot_findings(file, size, identity.media_type, head, detection.shifted)
    rules = _type_findings(identity.media_type, extension, declared_type, size, policy)
    return Identity(media_type=identity.media_type, findings=(*rules, *found), members=identity.members)


def _nested() -> Finding:
    return refusal(Code.ZIP_NESTED, "The archive contains another archive")


def _look_inside(file: BinaryIO, size: int, media_type: str, policy: IntakePolicy) -> Identity:
    if media_type == types.OLE:
        return _ole(file, size)
    if media_type != types.ZIP:
        return Identity(media_type=media_type, findings=())
    try:
        directory = read_directory(file, size, policy.archive.entries)
    except TooManyEntries:
        limit = policy.archive.entries
        finding = refusal(Code.ZIP_ENTRIES, "The archive has too many entries", limit=limit)
        return Identity(media_type=types.ZIP, findings=(finding,))
    except BrokenArchive as error:
        return Identity(media_type=types.ZIP, findings=(_broken(error),))
    return _container(file, directory, policy)


def _container(file: BinaryIO, directory: Directory, policy: IntakePolicy) -> Identity:
    try:
        found = directory_findings(file, directory, policy.archive)
    except BrokenArchive as error:
        return Identity(media_type=guess_by_names(directory), findings=(_broken(error),))
    if found:
        return Identity(media_type=guess_by_names(directory), findings=tuple(found))
    kind = classify(file, directory)
    if kind.media_type == types.ZIP and (nested := nested_archive(directory.files)) is not None:
        return Identity(media_type=types.ZIP, findings=(nested,))
    if not directory.files:
        return Identity(media_type=types.ZIP, findings=(refusal(Code.EMPTY, "The archive holds no file"),))
    return Identity(media_type=kind.media_type, findings=kind.findings, members=directory.files)


def _broken(error: BrokenArchive) -> Finding:
    return refusal(Code.UNSAFE_TO_PARSE, "The directory of the archive is damaged", reason=error.part)


def _ole(file: BinaryIO, size: int) -> Identity:
    file.seek(0)
    content = file.read(_OLE_WINDOW)
    file.seek(max(0, size - _OLE_WINDOW))
    if is_encrypted_office(content) or is_encrypted_office(file.read(_OLE_WINDOW)):
        finding = refusal(Code.OFFICE_ENCRYPTED, "The Office file is protected by a password; save it without one")
        return Identity(media_type=types.ENCRYPTED, findings=(finding,))
    return Identity(media_type=types.OLE, findings=())


def _type_findings(
    media_type: str, extension: str, declared_type: str | None, size: int, policy: IntakePolicy
) -> list[Finding]:
    """Size, then extension = detected kind = allowed for this kind of document."""
    found: list[Finding] = []
    if size > policy.limit_of(media_type):
        limit = policy.limit_of(media_type)
        found.append(refusal(Code.TOO_BIG, "The file is too big for this kind of document", bytes=size, limit=limit))
    if media_type == types.UNKNOWN:
        found.append(refusal(Code.UNKNOWN_TYPE, "The content of the file is of no known type"))
        return found
    if not policy.allows(media_type):
        message = "Files of this type are not taken for this kind of document"
        found.append(refusal(Code.NOT_ALLOWED_HERE, message, media_type=media_type))
    if not extension:
        found.append(warning("no_extension", "The name of the file has no extension", media_type=media_type))
    elif extension not in types.EXTENSIONS[media_type]:
        message = "The extension of the file does not fit its content"
        found.append(refusal(Code.TYPE_MISMATCH, message, extension=extension, media_type=media_type))
    if types.contradicts(declared_type, media_type):
        message = "The type that was declared does not fit the content"
        found.append(refusal(Code.TYPE_MISMATCH, message, declared=(declared_type or "")[:100], media_type=media_type))
    return found
