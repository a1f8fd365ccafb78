"""A file becomes a draft: in this process for those who trust it, in a child process for everybody else."""

import asyncio
import base64
import binascii
import json
import os
import zlib
from pathlib import Path
from typing import Any, BinaryIO, Final

from core.kernel.errors import Fact
from core.kernel.sandbox import Job, Sandbox
from core.kernel.sandbox.jobs import ProviderKind, Step
from core.nomenclature.reading.content import FileContent, content_from_wire
from core.nomenclature.reading.errors import (
    BrokenNomenclatureFile,
    NomenclatureFileRefused,
    NomenclatureFileTooLarge,
    NomenclatureFileWithMacros,
    OldOfficeFile,
    OtherFileFormat,
    ProtectedNomenclatureFile,
)
from core.nomenclature.reading.formats import read_content
from core.nomenclature.reading.provider import MEDIA_TYPE, NAME
from core.nomenclature.reading.recognising import recognise
from core.sdk import Candidate
from retention.nomenclature import NomenclatureDraft

_REFUSALS: Final = {
    kind.code: kind
    for kind in (
        NomenclatureFileRefused,
        OldOfficeFile,
        OtherFileFormat,
        ProtectedNomenclatureFile,
        NomenclatureFileWithMacros,
        BrokenNomenclatureFile,
        NomenclatureFileTooLarge,
    )
}
_STEP: Final = Step(ProviderKind.EXTRACTOR, NAME)
_MAX_UNPACKED: Final = 96 << 20
_EXHAUSTED: Final = {"memory", "wall_clock", "SIGXCPU", "output"}


def read_nomenclature(source: Path | str | BinaryIO, *, name: str = "") -> NomenclatureDraft:
    """Read a nomenclature from a file or a stream that can be rewound; files of strangers go to `read_in_sandbox`.

    Args:
        source: Path, or binary stream.
        name: Of the file as its owner calls it; it never decides how the file is read.

    Raises:
        NomenclatureFileRefused: one of its family; its facts carry `name`.
        OSError: the file cannot be opened.
    """
    try:
        if isinstance(source, Path | str):
            with Path(source).open("rb") as file:
                return recognise(_content(file))
        return recognise(_content(source))
    except NomenclatureFileRefused as error:
        raise _refusal(error.code, dict(error.facts), name) from error


def _content(file: BinaryIO) -> FileContent:
    return read_content(file, file.seek(0, os.SEEK_END))


async def read_in_sandbox(sandbox: Sandbox, path: Path, *, name: str) -> NomenclatureDraft:
    """Read a file in a child process with limits; the sandbox must have been given `provider.PLUGIN`.

    Raises:
        NomenclatureFileRefused: one of its family; a file that kills the child is broken or too large.
        SandboxUnavailable: there is no child to ask.
        UnknownProvider: the sandbox was started without this reader.
    """
    candidate = Candidate(path=path, file_name=name, size=0, sha256="", media_type=MEDIA_TYPE)
    outcome = await sandbox.run(Job(candidate=candidate, steps=(_STEP,)))
    if outcome.death is not None:
        if outcome.death.reason in _EXHAUSTED:
            raise NomenclatureFileTooLarge(what=outcome.death.reason, name=name)
        raise BrokenNomenclatureFile(part=outcome.death.reason, name=name)
    proposal = outcome.results[0].proposal
    message = _unpacked(proposal.text if proposal is not None and proposal.text else "", name)
    if "refused" in message:
        facts = message.get("facts")
        raise _refusal(str(message["refused"]), facts if isinstance(facts, dict) else {}, name)
    # Pure computation, but seconds of it for the biggest files.
    return await asyncio.to_thread(recognise, content_from_wire(message))


def _unpacked(text: str, name: str) -> dict[str, Any]:
    try:
        unpacker = zlib.decompressobj()
        content = unpacker.decompress(base64.b64decode(text), _MAX_UNPACKED)
        message = json.loads(content)
    except (binascii.Error, zlib.error, ValueError, RecursionError) as error:
        raise BrokenNomenclatureFile(part="answer", name=name) from error
    if not isinstance(message, dict):
        raise BrokenNomenclatureFile(part="answer", name=name)
    return message


def _refusal(code: str, facts: dict[str, Any], name: str) -> NomenclatureFileRefused:
    known: dict[str, Fact] = {str(key): value for key, value in facts.items() if isinstance(value, str | int)}
    return _REFUSALS.get(code, BrokenNomenclatureFile)("", **(known | {"name": name}))
