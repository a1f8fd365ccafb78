"""The transfer act («акт приёма-передачи») to an archive or another institution, and the receipt («расписка»)."""

import re
from dataclasses import dataclass
from typing import ClassVar

from core.papers.errors import PaperContradicts
from core.papers.ink import Narrow, Sheet, Whole
from core.papers.numerals import DOCUMENT, SHEET, cases_and_units, counted
from core.papers.paper import Organisation, Paper, Signature, require_counts, signature_sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferredCase:
    """A case, or several under one inventory."""

    title: str
    index: str
    dates: str
    quantity: int = 1
    """Units of storage (volumes, parts)."""
    cases: int | None = None
    """Cases; None: each unit is one."""
    sheets: int | None = None
    note: str = ""

    def __post_init__(self) -> None:
        require_counts("quantity", self.quantity, self.cases, self.sheets)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAct(Paper):
    """«Акт приёма-передачи документов»; the issuer hands over."""

    kind: ClassVar[str] = "transfer_act"
    named: ClassVar[str] = "Акт приёма-передачи"

    receiver: Organisation
    ground: str
    """What stands after «Основание:», without a full stop."""
    cases: tuple[TransferredCase, ...]
    package_digest: str = ""
    """SHA-256 of the package of electronic cases, if there is one."""
    copies: int = 2
    handed_over_by: Signature | None = None
    received_by: Signature | None = None
    approvals: tuple[Signature, Signature] | None = None
    """«УТВЕРЖДАЮ» of the head who hands over and of the head who receives."""

    def __post_init__(self) -> None:
        require_counts("copies", self.copies)
        if self.package_digest and not re.fullmatch("[0-9a-f]{64}", self.package_digest):
            raise PaperContradicts(part="package_digest", reason="not_a_digest")

    def sheet(self) -> Sheet:
        """Return what the template prints."""
        sheets = sum(case.sheets or 0 for case in self.cases)
        units = sum(case.quantity for case in self.cases)
        cases = sum(case.quantity if case.cases is None else case.cases for case in self.cases)
        total = f"Передано: {cases_and_units(cases, units)}"
        return {
            "receiver": self.receiver.name,
            "receiver_address": self.receiver.address,
            "ground": self.ground,
            "cases": [
                [
                    case.title,
                    Narrow(case.index),
                    Narrow(case.dates),
                    str(case.quantity),
                    "" if case.sheets is None else str(case.sheets),
                    Narrow(case.note),
                ]
                for case in self.cases
            ],
            "total": f"{total}, {counted(sheets, SHEET)}." if sheets else f"{total}.",
            "package_digest": Whole(self.package_digest),
            "copies": self.copies,
            "handed_over_by": signature_sheet(self.handed_over_by),
            "received_by": signature_sheet(self.received_by),
            "approvals": [signature_sheet(each) for each in self.approvals or ()],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedDocument:
    """A document that goes back to its owner: an original diploma, a personal file of a learner who moves."""

    title: str
    number: str = ""
    sheets: int | None = None
    note: str = ""

    def __post_init__(self) -> None:
        require_counts("sheets", self.sheets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt(Paper):
    """«Расписка в получении документов»: the owner, or who acts for him or her, has received originals."""

    kind: ClassVar[str] = "receipt"
    named: ClassVar[str] = "Расписка в получении документов"

    receiver: str
    """Full name of the one who receives."""
    acts_for: str = ""
    """The owner and the document that shows the right to act («законный представитель …, доверенность …»)."""
    ground: str
    documents: tuple[ReturnedDocument, ...]
    handed_over_by: Signature | None = None
    received_by: Signature | None = None

    def sheet(self) -> Sheet:
        """Return what the template prints."""
        return {
            "receiver": self.receiver,
            "acts_for": self.acts_for,
            "ground": self.ground,
            "documents": [
                [each.title, Narrow(each.number), "" if each.sheets is None else str(each.sheets), Narrow(each.note)]
                for each in self.documents
            ],
            "total": f"Всего получено: {counted(len(self.documents), DOCUMENT)}.",
            "handed_over_by": signature_sheet(self.handed_over_by),
            "received_by": signature_sheet(self.received_by or Signature(name=self.receiver)),
        }
