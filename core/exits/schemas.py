"""What the API says of exits."""

from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field

from core.exits.models import CaseMerger, OwnerReturn, Transfer, TransferLine, TransferPackage, TransferState
from core.exits.requests import IdentityPaper


class TransferOut(BaseModel):
    """A transfer of cases to an archive («передача в архив»)."""

    id: UUID
    state: TransferState
    archive_name: str = Field(description="Archive that receives.")
    archive_address: str = Field(description="Its address.")
    basis: str = Field(description="Document that it rests on.")
    inventory_id: UUID | None = Field(description="Inventory whose cases go, if one was named.")
    author_id: UUID = Field(description="Account that prepared it.")
    single_person: bool = Field(description="Whether it was prepared under the declared single-person mode.")
    single_person_since_date: date | None = Field(description="Since when that was declared.")
    single_person_ground: str = Field(description="Document it rests on.")
    number: str
    approved_on: date | None = Field(description="null while the head has not approved.")
    approved_by: UUID | None = Field(description="Account.")
    acceptance_number: str = Field(description="Number of the act under which the archive took the cases.")
    accepted_on: date | None = Field(description="null while the archive has not signed.")
    accepted_by: str = Field(description="Who signed at the archive.")
    reason: str = Field(description="Why it was cancelled.")
    created_at: datetime
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, row: Transfer) -> Self:
        """Show a row."""
        members = {name: getattr(row, name) for name in cls.model_fields if name != "single_person_since_date"}
        return cls(**members, single_person_since_date=row.single_person_since)


class TransferDetailOut(TransferOut):
    """A transfer with what has become of its files."""

    cases: int = Field(description="Cases that go, or went.")
    files_here: int = Field(description="Their files that still lie in this service, read-only after the transfer.")
    bytes_here: int = Field(description="Bytes of these files.")

    @classmethod
    def of_all(cls, row: Transfer, cases: int, here: tuple[int, int]) -> Self:
        """Show a row with what is counted."""
        return cls(**TransferOut.of(row).model_dump(), cases=cases, files_here=here[0], bytes_here=here[1])


class TransferLineOut(BaseModel):
    """One case of a transfer."""

    id: UUID
    transfer_id: UUID = Field(description="The transfer.")
    position: int = Field(description="Number on the act.")
    case_id: UUID = Field(description="The case.")
    state: Literal["listed", "excluded", "held", "changed", "released", "transferred"] = Field(
        description="`held` by a hold and `changed` since it was listed: the case stays; `released`: cancelled."
    )
    class_index: str = Field(description="Index («индекс дела»).")
    title: str
    first_date: date = Field(description="First day of the case.")
    last_date: date = Field(description="Last day of the case.")
    volumes: int = Field(description="Volumes and parts of the case.")
    sheets: int = Field(description="Sheets in all of them; 0: not counted.")
    files: int = Field(description="Files that go with it.")
    reason: str = Field(description="Why it was taken off.")
    hold_id: UUID | None = Field(description="Hold that took it off.")

    @classmethod
    def of(cls, row: TransferLine, held: dict[UUID, UUID]) -> Self:
        """Show a row; a hold that is not marked yet counts already."""
        named = {"first_date", "last_date", "files", "state", "hold_id"}
        members = {name: getattr(row, name) for name in cls.model_fields if name not in named}
        members |= {"state": "held" if row.id in held else row.state, "hold_id": held.get(row.id, row.hold_id)}
        return cls(**members, first_date=row.first_day, last_date=row.last_day, files=len(row.content))


class PackageFindingOut(BaseModel):
    """Why a package was not made."""

    code: Literal["missing", "damaged", "undecided", "unsound", "no_lines"] = Field(
        description="Of a file: not in storage, other bytes, waits for a decision; of the package: does not read back."
    )
    case_id: UUID | None = Field(description="The case.")
    document_id: UUID | None = Field(description="The document.")
    version_id: UUID | None = Field(description="The version.")

    @classmethod
    def of(cls, finding: dict[str, str]) -> Self:
        """Show a finding."""
        named = {f"{name}_id": finding.get(name) for name in ("case", "document", "version")}
        return cls.model_validate({"code": finding["code"], **named})


class PackageOut(BaseModel):
    """The files that go to the archive: a bag (BagIt 1.0) in one ZIP file."""

    id: UUID
    transfer_id: UUID = Field(description="The transfer.")
    state: Literal["building", "ready", "stopped"] = Field(description="Only what is `ready` can be read.")
    is_current: bool = Field(description="Whether it holds exactly the cases that are to go now, or that went.")
    sha256: str | None = Field(description="Of the ZIP file; the acceptance names it.")
    size: int | None = Field(description="Bytes of the ZIP file.")
    files: int | None = Field(description="Files in its payload.")
    findings: list[PackageFindingOut] = Field(description="Why it was stopped; at most a hundred.")
    job_id: UUID = Field(description="Job that makes it.")
    requested_at: datetime = Field(description="When it was asked for.")
    finished_at: datetime | None = Field(description="null while it is being made.")

    @classmethod
    def of(cls, row: TransferPackage, *, current: bool) -> Self:
        """Show a row."""
        named = {"is_current", "sha256", "findings"}
        members = {name: getattr(row, name) for name in cls.model_fields if name not in named}
        return cls(
            **members,
            is_current=current,
            sha256=bytes(row.sha256).hex() if row.sha256 else None,
            findings=[PackageFindingOut.of(each) for each in row.findings],
        )


class ReturnOut(BaseModel):
    """A return to the owner («возврат владельцу под расписку»)."""

    id: UUID
    state: Literal["prepared", "confirmed", "cancelled"]
    case_id: UUID | None = Field(description="The case, if one is returned.")
    document_id: UUID | None = Field(description="The document, if one is returned.")
    paper: bool = Field(description="Whether the paper goes.")
    electronic: bool = Field(description="Whether the electronic record goes; a copy stays here, read-only.")
    title: str = Field(description="What is returned.")
    document_number: str = Field(description="Series and number of the document, or index of the case.")
    sheets: int | None = Field(description="Number of sheets; null: not counted.")
    receiver: str = Field(description="Who receives.")
    acts_for: str = Field(description="The owner, and what shows the right to act.")
    identity_paper: IdentityPaper = Field(description="Kind of paper that showed who that is.")
    basis: str = Field(description="Application or order it rests on.")
    number: str = Field(description="Of the receipt.")
    received_on: date | None = Field(description="null while nobody has signed.")
    prepared_by: UUID = Field(description="Account.")
    prepared_at: datetime = Field(description="When it was prepared.")
    confirmed_by: UUID | None = Field(description="Account.")
    confirmed_at: datetime | None = Field(description="When it was confirmed.")
    single_person: bool = Field(description="Whether it was confirmed under the declared single-person mode.")
    reason: str = Field(description="Why it was cancelled.")
    revision: int = Field(description="The ETag of a GET names it.", examples=[1])

    @classmethod
    def of(cls, row: OwnerReturn) -> Self:
        """Show a row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class MergerOut(BaseModel):
    """That a case went into another one («присоединение»)."""

    id: UUID
    case_id: UUID = Field(description="The case that has ended.")
    into_case_id: UUID = Field(description="The case that it went into then.")
    reason: str = Field(description="Why.")
    documents: int = Field(description="Documents that moved with it.")
    volumes: int = Field(description="Volumes that moved with it.")
    closed_before_date: date | None = Field(description="Closing day of the target before; null: it was open.")
    closed_after_date: date | None = Field(description="Closing day of the target since.")
    merged_by: UUID = Field(description="Account.")
    merged_at: datetime = Field(description="When.")

    @classmethod
    def of(cls, row: CaseMerger) -> Self:
        """Show a row."""
        named = {"closed_before_date", "closed_after_date"}
        members = {name: getattr(row, name) for name in cls.model_fields if name not in named}
        return cls(**members, closed_before_date=row.closed_on_before, closed_after_date=row.closed_on_after)
