"""From the draft to force: submitted by its author, agreed by the commission's minutes, approved by the head."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from core.kernel.database.work import Work
from core.kernel.errors import StaleState
from core.nomenclature.drafting import actor
from core.nomenclature.errors import ImpossibleMinutesDate, NomenclatureEmpty, NomenclatureStepRefused, SamePerson
from core.nomenclature.finding import find_version
from core.nomenclature.models import NomenclatureVersion, RecordClass

APPROVED_TOPIC: Final = "nomenclature.approved"
_EARLIEST: Final = date(1900, 1, 1)
_CLEARED: Final[dict[str, Any]] = {
    "submitted_by": None,
    "submitted_at": None,
    "minutes_date": None,
    "minutes_number": "",
    "minutes_members": [],
    "agreed_by": None,
    "agreed_at": None,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Minutes:
    """Minutes of the expert commission («протокол ЭК»)."""

    date: date
    number: str
    members: Sequence[str]


async def submit(work: Work, version: NomenclatureVersion) -> NomenclatureVersion:
    """Fix a draft and put it before the commission; raise `NomenclatureStepRefused`, `NomenclatureEmpty`."""
    _require(version, "submit", "draft")
    if not await RecordClass.filter(version_id=version.id, reserve=False).exists():
        raise NomenclatureEmpty
    authors = version.authors if actor(work) in version.authors else [*version.authors, actor(work)]
    # One statement may not change what is fixed and fix it, so the authors come first.
    if authors != version.authors:
        await _step(work, version, {"authors": authors}, "nomenclature.draft_joined", {})
        version = await find_version(version.id)
    values = {"state": "submitted", "submitted_by": actor(work), "submitted_at": work.now}
    return await _step(work, version, values, "nomenclature.submitted", {})


async def agree(work: Work, version: NomenclatureVersion, minutes: Minutes, *, today: date) -> NomenclatureVersion:
    """Write down that the commission agrees; raise `NomenclatureStepRefused`, `SamePerson`, `ImpossibleMinutesDate`."""
    _require(version, "agree", "submitted")
    _require_other(work, version.authors, "author")
    _require_day(minutes.date, today)
    values = {
        "state": "agreed",
        "minutes_date": minutes.date,
        "minutes_number": minutes.number,
        "minutes_members": list(minutes.members),
        "agreed_by": actor(work),
        "agreed_at": work.now,
    }
    facts = {"date": minutes.date.isoformat(), "number": minutes.number, "members": list(minutes.members)}
    return await _step(work, version, values, "nomenclature.agreed", facts)


async def approve(
    work: Work, version: NomenclatureVersion, *, number: str, approved_on: date, today: date
) -> NomenclatureVersion:
    """Approve what the commission agreed to; from its day on the version is in force, and nothing changes it.

    Raises `NomenclatureStepRefused`, `SamePerson`, `ImpossibleMinutesDate`.
    """
    _require(version, "approve", "agreed")
    _require_other(work, version.authors, "author")
    _require_other(work, [version.agreed_by], "agreement")
    _require_day(approved_on, today, earliest=version.minutes_date or _EARLIEST)
    values = {
        "state": "approved",
        "number": number,
        "approved_on": approved_on,
        "approved_by": actor(work),
        "approved_at": work.now,
    }
    facts = {"number": number, "approved_on": approved_on.isoformat(), "effective_on": version.effective_on.isoformat()}
    work.emit(APPROVED_TOPIC, {"nomenclature": str(version.nomenclature_id), "version": str(version.id)})
    return await _step(work, version, values, "nomenclature.approved", facts)


async def send_back(work: Work, version: NomenclatureVersion, reason: str) -> NomenclatureVersion:
    """Make a submitted or agreed version a draft again; what was agreed is void. Raises `NomenclatureStepRefused`."""
    _require(version, "send_back", "submitted", "agreed")
    return await _step(work, version, {"state": "draft", **_CLEARED}, "nomenclature.sent_back", {"reason": reason})


async def abandon(work: Work, version: NomenclatureVersion, reason: str) -> NomenclatureVersion:
    """End a draft that nobody needs; raise `NomenclatureStepRefused`."""
    _require(version, "abandon", "draft")
    if version.ordinal == 1:
        raise NomenclatureStepRefused(state=version.state, step="abandon", reasons=["only_draft_of_its_year"])
    return await _step(work, version, {"state": "abandoned"}, "nomenclature.abandoned", {"reason": reason})


def _require(version: NomenclatureVersion, step: str, *states: str) -> None:
    if version.state not in states:
        raise NomenclatureStepRefused(state=version.state, step=step, reasons=["not_in_this_state"])


def _require_other(work: Work, earlier: Sequence[object], step: str) -> None:
    if actor(work) in earlier:
        raise SamePerson(step=step)


def _require_day(day: date, today: date, *, earliest: date = _EARLIEST) -> None:
    if not earliest <= day <= today:
        raise ImpossibleMinutesDate(earliest=earliest.isoformat(), latest=today.isoformat())


async def _step(
    work: Work, version: NomenclatureVersion, values: dict[str, Any], action: str, facts: dict[str, Any]
) -> NomenclatureVersion:
    changed = await NomenclatureVersion.filter(id=version.id, revision=version.revision, state=version.state).update(
        **values, revision=version.revision + 1
    )
    if changed != 1:
        raise StaleState
    work.record(action, "nomenclature", version.nomenclature_id, {"version": str(version.id), **facts})
    return await find_version(version.id)
