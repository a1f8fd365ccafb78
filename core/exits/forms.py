"""The papers of exits: the transfer act and the receipt, as values that `core.papers` sets."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from core.exits.models import OwnerReturn, Transfer, TransferLine
from core.institutions.models import Institution
from core.papers.numerals import short_date
from core.papers.paper import Organisation, Signature
from core.papers.terms import term_alone
from core.papers.transfer_act import Receipt, ReturnedDocument, TransferAct, TransferredCase

_IDENTITY: Final = {
    "passport": "паспорт",
    "birth_certificate": "свидетельство о рождении",
    "foreign_passport": "паспорт иностранного гражданина",
    "residence_permit": "вид на жительство",
    "military_id": "военный билет",
    "temporary_id": "временное удостоверение личности",
}
_CARRIERS: Final = {
    (True, False): "на бумаге",
    (False, True): "в электронном виде",
    (True, True): "на бумаге и в электронном виде",
}


def transfer_act(
    institution: Institution, transfer: Transfer, lines: Sequence[TransferLine], *, package_sha256: str = ""
) -> TransferAct:
    """Return «акт приёма-передачи» of these lines; before the approval without number, dated by the preparation."""
    dated = transfer.approved_on or transfer.created_at.date()
    received = Signature(name=transfer.accepted_by, signed_on=transfer.accepted_on) if transfer.accepted_on else None
    return TransferAct(
        number=transfer.number,
        dated=dated,
        issuer=Organisation(name=institution.name),
        created_at=transfer.approved_at or transfer.created_at,
        receiver=Organisation(name=transfer.archive_name, address=transfer.archive_address),
        ground=_ground(transfer),
        cases=tuple(
            TransferredCase(
                title=line.title,
                index=line.class_index,
                dates=_dates(line.first_day, line.last_day),
                quantity=line.volumes,
                cases=1,
                sheets=line.sheets or None,
                note=", ".join(part for part in (term_alone(line.term), line.article) if part),
            )
            for line in lines
        ),
        package_digest=package_sha256,
        received_by=received,
    )


def _ground(transfer: Transfer) -> str:
    if not transfer.single_person or transfer.single_person_since is None:
        return transfer.basis
    since = short_date(transfer.single_person_since)
    return f"{transfer.basis}; режим одного лица, объявлен {since}: {transfer.single_person_ground}"


def _dates(first: date, last: date) -> str:
    return f"{short_date(first)} – {short_date(last)}"


def receipt(institution: Institution, row: OwnerReturn) -> Receipt:
    """Return «расписка» of a return; before its confirmation without number, to be signed by who receives."""
    shown = _IDENTITY.get(row.identity_paper)
    identity = f"личность подтверждена: {shown}" if shown else "личность известна лично"
    return Receipt(
        number=row.number,
        dated=row.received_on or row.prepared_at.date(),
        issuer=Organisation(name=institution.name),
        created_at=row.prepared_at,
        receiver=row.receiver,
        acts_for=row.acts_for,
        ground=f"{row.basis}; {identity}",
        documents=(
            ReturnedDocument(
                title=row.title,
                number=row.document_number,
                sheets=row.sheets,
                note=_CARRIERS[row.paper, row.electronic],
            ),
        ),
        received_by=Signature(name=row.receiver, signed_on=row.received_on),
    )
