"""The certificate of destruction for one person on request («справка об уничтожении»)."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from core.papers.errors import PaperContradicts
from core.papers.ink import Narrow, Sheet
from core.papers.numerals import short_date
from core.papers.paper import Paper, Signature, signature_sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class DestroyedRecord:
    """What was destroyed, without a word of its contents."""

    title: str
    years: str
    act: str
    """«№ 3 от 05.03.2026»."""
    destroyed_on: date
    method: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRecord:
    """What is kept because a law asks for it, and only blocked from use."""

    title: str
    ground: str
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DestructionCertificate(Paper):
    """«Справка об уничтожении документов и персональных данных»."""

    kind: ClassVar[str] = "destruction_certificate"
    named: ClassVar[str] = "Справка об уничтожении"

    subject: str
    """Full name of the person whose data they were."""
    addressee: str
    """To whom it is given, in the dative; the person or a legal representative."""
    request: str
    """«обращение от 01.03.2026 № 12»."""
    destroyed: tuple[DestroyedRecord, ...]
    kept: tuple[KeptRecord, ...] = ()
    signed_by: Signature | None = None

    def __post_init__(self) -> None:
        if not self.destroyed:
            raise PaperContradicts(part="destroyed", reason="nothing_destroyed")

    def sheet(self) -> Sheet:
        """Return what the template prints."""
        return {
            "subject": self.subject,
            "addressee": self.addressee,
            "request": self.request,
            "destroyed": [
                [
                    each.title,
                    Narrow(each.years),
                    Narrow(each.act),
                    short_date(each.destroyed_on),
                    Narrow(each.method),
                    Narrow(each.reason),
                ]
                for each in self.destroyed
            ],
            "kept": [[each.title, each.ground, Narrow(each.until)] for each in self.kept],
            "signed_by": signature_sheet(self.signed_by),
        }
