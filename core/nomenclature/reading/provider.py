"""The reader as the sandbox knows it: a file by its path goes in, its lines come out as one packed text."""

import base64
import json
import zlib
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from core.nomenclature.reading.content import content_to_wire
from core.nomenclature.reading.errors import NomenclatureFileRefused, NomenclatureFileTooLarge
from core.nomenclature.reading.formats import read_content
from core.sdk import Candidate, Extractor, Proposal, hookimpl

PLUGIN: Final = __name__
"""To be named among the plugins of a sandbox that reads nomenclatures."""
MEDIA_TYPE: Final = "application/x-deloteka-nomenclature"
"""No uploaded file has this type, so that this reader is only asked by those who mean it."""
NAME: Final = "nomenclature_lines"
MAX_ANSWER: Final = 990_000
"""Characters; the sandbox cuts the text of a proposal at a million."""


class NomenclatureReader(Extractor):
    """Reads the lines of a nomenclature; a refusal is an answer too."""

    name = NAME
    media_types: ClassVar[frozenset[str]] = frozenset({MEDIA_TYPE})

    def extract(self, candidate: Candidate) -> Proposal:
        """Read `candidate.path`."""
        try:
            with candidate.path.open("rb") as file:
                packed = pack(content_to_wire(read_content(file, candidate.path.stat().st_size)))
            if len(packed) > MAX_ANSWER:
                raise NomenclatureFileTooLarge(what="answer", limit=MAX_ANSWER)
        except NomenclatureFileRefused as error:
            packed = pack({"refused": error.code, "facts": dict(error.facts)})
        return Proposal(text=packed)


def pack(message: dict[str, Any]) -> str:
    """Plain values as a short text."""
    return base64.b64encode(zlib.compress(json.dumps(message, ensure_ascii=False).encode(), 3)).decode("ascii")


@hookimpl
def register_extractors() -> Sequence[Extractor]:
    """The reader of nomenclatures."""
    return [NomenclatureReader()]
