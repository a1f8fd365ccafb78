"""Recording of consents, withdrawals and what else sets a duty running; nothing recorded is ever changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.consents.duties import duty_of_event, duty_of_withdrawal
from core.consents.errors import (
    ConsentRecorded,
    ConsentWithdrawn,
    EventRecorded,
    ImpossibleConsentDate,
    UnknownProof,
)
from core.consents.models import Consent, ConsentWithdrawal, Duty, PersonalDataEvent
from core.institutions.registry import present_day
from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound
from core.nomenclature.drafting import actor
from core.people.keeping import find_person

EARLIEST: Final = date(1900, 1, 1)
ConsentState = Literal["current", "expired", "withdrawn"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConsent:
    """A consent as it was given."""

    given_by: str
    representative: str
    purpose: str
    categories: Sequence[str]
    given_on: date
    expires_on: date | None
    evidence: str
    document_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """A purpose that is reached, a demand or a finding."""

    event: str
    happened_on: date
    reason: str
    evidence: str
    purpose: str = ""


async def find_consent(consent_id: UUID) -> Consent:
    """Return a consent of the current institution; raise `NotFound`."""
    found = await Consent.get_or_none(id=consent_id)
    if found is None:
        raise NotFound
    return found


async def record_consent(work: Work, person_id: UUID, wanted: NewConsent) -> Consent:
    """Write a consent down.

    Raises `NotFound` (person), `ImpossibleConsentDate`, `ConsentRecorded` or `UnknownProof`.
    """
    await find_person(person_id)
    _check("given_on", wanted.given_on, EARLIEST, await present_day(work))
    if wanted.expires_on is not None:
        _check("expires_on", wanted.expires_on, wanted.given_on, date.max)
    earlier = await Consent.filter(
        person_id=person_id,
        given_on=wanted.given_on,
        given_by=wanted.given_by,
        representative=wanted.representative,
        purpose=wanted.purpose,
    ).first()
    if earlier is not None:
        raise ConsentRecorded(consent=str(earlier.id), address=f"/api/v1/consents/{earlier.id}")
    values = {name: getattr(wanted, name) for name in NewConsent.__dataclass_fields__}
    values["categories"] = list(wanted.categories)
    try:
        made = await Consent.create(person_id=person_id, recorded_by=actor(work), recorded_at=work.now, **values)
    except IntegrityError as error:
        raise _refusal(error) from error
    payload = {name: None if value is None else value for name, value in values.items()}
    work.record("consent.recorded", "consent", made.id, {"person": str(person_id), **payload})
    work.emit("consent.recorded", {"consent": str(made.id), "person": str(person_id)})
    return made


def _refusal(error: IntegrityError) -> Exception:
    match violated_constraint(error):
        case "consents_once":
            return ConsentRecorded()
        case "consents_document":
            return UnknownProof()
        case _:
            return error


async def withdraw_consent(work: Work, consent: Consent, *, withdrawn_on: date, reason: str, evidence: str) -> Duty:
    """Write down that a consent is withdrawn; return the duty that follows from it.

    Raises `ImpossibleConsentDate` (before the consent, or in the future) or `ConsentWithdrawn`.
    """
    _check("withdrawn_on", withdrawn_on, consent.given_on, await present_day(work))
    earlier = await ConsentWithdrawal.get_or_none(consent_id=consent.id)
    if earlier is not None:
        raise ConsentWithdrawn(withdrawn_on=earlier.withdrawn_on.isoformat())
    try:
        made = await ConsentWithdrawal.create(
            consent_id=consent.id,
            withdrawn_on=withdrawn_on,
            reason=reason,
            evidence=evidence,
            recorded_by=actor(work),
            recorded_at=work.now,
        )
    except IntegrityError as error:
        if violated_constraint(error) == "consents_withdrawn_once":
            raise ConsentWithdrawn from error
        raise
    payload = {"withdrawn_on": withdrawn_on.isoformat(), "reason": reason, "evidence": evidence}
    work.record("consent.withdrawal_recorded", "consent", consent.id, payload)
    work.emit("consent.withdrawal_recorded", {"consent": str(consent.id), "person": str(consent.person_id)})
    return await duty_of_withdrawal(work, made, consent.person_id)


async def record_event(work: Work, person_id: UUID, wanted: NewEvent) -> tuple[PersonalDataEvent, Duty]:
    """Write down what sets a deadline running; return it with the duty that follows.

    Raises `NotFound` (person), `ImpossibleConsentDate` or `EventRecorded`.
    """
    await find_person(person_id)
    _check("happened_on", wanted.happened_on, EARLIEST, await present_day(work))
    same: dict[str, Any] = {"event": wanted.event, "happened_on": wanted.happened_on, "purpose": wanted.purpose}
    earlier = await PersonalDataEvent.filter(person_id=person_id, **same).first()
    if earlier is not None:
        duty = await Duty.get(event_id=earlier.id)
        raise EventRecorded(duty=str(duty.id), address=f"/api/v1/duties/{duty.id}")
    try:
        made = await PersonalDataEvent.create(
            person_id=person_id,
            **same,
            reason=wanted.reason,
            evidence=wanted.evidence,
            recorded_by=actor(work),
            recorded_at=work.now,
        )
    except IntegrityError as error:
        if violated_constraint(error) == "personal_data_events_once":
            raise EventRecorded from error
        raise
    payload = {**same, "person": str(person_id), "reason": wanted.reason, "evidence": wanted.evidence}
    work.record("personal_data_event.recorded", "personal_data_event", made.id, payload)
    work.emit("personal_data_event.recorded", {"event": str(made.id), "person": str(person_id)})
    return made, await duty_of_event(work, made)


async def withdrawals_of(consents: Sequence[Consent]) -> dict[UUID, ConsentWithdrawal]:
    """Return, by consent, its withdrawal if there is one."""
    found = await ConsentWithdrawal.filter(consent_id__in=[each.id for each in consents])
    return {each.consent_id: each for each in found}


def state_of(consent: Consent, withdrawal: ConsentWithdrawal | None, today: date) -> ConsentState:
    """Return `withdrawn`, `expired` or `current`, as it is on `today` of the institution."""
    if withdrawal is not None:
        return "withdrawn"
    over = consent.expires_on is not None and consent.expires_on < today
    return "expired" if over else "current"


def _check(field: str, value: date, earliest: date, latest: date) -> None:
    if not earliest <= value <= latest:
        raise ImpossibleConsentDate(field=field, earliest=earliest.isoformat(), latest=latest.isoformat())
