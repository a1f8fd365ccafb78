"""What the API hears of exits."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from core.cases.requests import Evidence, Reason, Sheets
from core.exits.returning import NewReturn
from core.exits.transferring import LARGEST_TRANSFER, Acceptance, NewTransfer
from core.web.fields import CleanLine, Day, FilledLine, Identifier, RequestBody

PaperNumber = Annotated[FilledLine, Field(max_length=100, description="Number of the paper.", examples=["3"])]
PersonName = Annotated[FilledLine, Field(max_length=300)]
IdentityPaper = Literal[
    "passport",
    "birth_certificate",
    "foreign_passport",
    "residence_permit",
    "military_id",
    "temporary_id",
    "known_in_person",
]


class TransferIn(RequestBody):
    """A transfer to be prepared: of named cases, or of those of an approved inventory."""

    archive_name: PersonName = Field(description="Archive that receives.", examples=["Архив города Примерска"])
    archive_address: Annotated[CleanLine, Field(max_length=500, description="Its address, as the act shows it.")] = ""
    basis: Evidence = Field(description="Document that the transfer rests on.")
    case_ids: Annotated[list[Identifier], Field(min_length=1, max_length=LARGEST_TRANSFER)] | None = Field(
        default=None, description="Cases; left out where an inventory is named."
    )
    inventory_id: Identifier | None = Field(default=None, description="An approved inventory; all its cases go.")

    def to_new(self) -> NewTransfer:
        """Return the same as the verb takes it."""
        return NewTransfer(**self.model_dump())


class TransferApprovalIn(RequestBody):
    """Number and day of the transfer act."""

    number: PaperNumber
    approved_on: Day | None = Field(default=None, description="Left out: the institution's today.")


class TransferAcceptanceIn(RequestBody):
    """What the archive signed."""

    number: PaperNumber = Field(description="Number of the act under which the archive took the cases.")
    accepted_on: Day = Field(description="Day of the archive's signature.", examples=["2026-02-20"])
    accepted_by: PersonName = Field(description="Post and name of who signed.", examples=["хранитель Образцов Б. Б."])
    package_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="Of the package it received.")]

    def to_acceptance(self) -> Acceptance:
        """Return the same as the verb takes it."""
        return Acceptance(**self.model_dump())


class ExitReasonIn(RequestBody):
    """Why a case is taken off, or an exit is given up."""

    reason: Reason


class ReturnIn(RequestBody):
    """A return to the owner: of a case, or of one document."""

    case_id: Identifier | None = Field(default=None, description="A closed case; left out where a document is named.")
    document_id: Identifier | None = Field(default=None, description="A document, be it filed or not.")
    paper: bool = Field(default=True, description="Whether the paper goes.")
    electronic: bool = Field(default=False, description="Whether the electronic record goes; a copy stays here.")
    receiver: PersonName = Field(description="Who receives, by full name.", examples=["Примерова Вера Павловна"])
    acts_for: Annotated[
        CleanLine,
        Field(
            max_length=500,
            description="Whose representative, and what shows the right to act; left out for the owner.",
            examples=["представитель Примеровой А. А. по доверенности от 01.02.2026"],
        ),
    ] = ""
    identity_paper: IdentityPaper = Field(description="Kind of paper that showed who that is; its number is not kept.")
    basis: Evidence = Field(description="Application or order it rests on.")
    sheets: Annotated[Sheets, Field(ge=1)] | None = None

    def to_new(self) -> NewReturn:
        """Return the same as the verb takes it."""
        return NewReturn(**self.model_dump())


class ReturnReceiptIn(RequestBody):
    """That the receipt is signed."""

    number: PaperNumber = Field(description="Number of the receipt.")
    received_on: Day | None = Field(
        default=None, description="Day of the signature; left out: the institution's today."
    )

    def day(self, today: date) -> date:
        """Return the day of the signature."""
        return self.received_on or today


class MergerIn(RequestBody):
    """Into which case another one goes, and why."""

    into_case_id: Identifier = Field(description="Target: a case of the same class that was opened no later.")
    reason: Reason
