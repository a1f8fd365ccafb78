"""Events from which terms count (стартовые события): their codes, and how their words are recognised."""

from typing import Final

EVENT: Final = "event"
"""Code of an event that is in no list; a person records it, reading its words."""

CODES: Final = (
    "accreditation_ended",
    "asset_disposed",
    "cases_destroyed",
    "certificate_expired",
    "claimed",
    "consent_ended",
    "contract_ended",
    "equipment_retired",
    "inventory_approved",
    "last_entry",
    "last_review",
    "learner_graduated",
    "learner_left",
    "liable_person_changed",
    "licence_ended",
    "obligations_ended",
    "pd_destroyed",
    "power_of_attorney_ended",
    "replaced",
    "revalued",
    "safety_passport_updated",
    "school_year_end",
    "title_issued",
    EVENT,
)
"""Every code a `Trigger` may have."""
