"""Why a paper that the service issued, or a signature of one, stays as it is."""

from typing import Final

from core.documents.errors import DocumentStepRefused
from core.documents.models import Document
from retention.lifecycle import Refusal

ISSUED: Final = Refusal("issued_paper", "A paper that was issued is never changed; issue a further one.")


def issued_paper(document: Document) -> DocumentStepRefused:
    """Return the refusal to change or withdraw a document of the institution itself."""
    return DocumentStepRefused(state=document.state.value, reasons=[ISSUED.code], remedies=[ISSUED.remedy])
