"""Members of the staff: taking in, correcting, linking to accounts. Never deleted: who has left is archived."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from tortoise.exceptions import IntegrityError

from core.kernel.database.constraints import violated_constraint
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState
from core.origins.hands import noted
from core.people.names import person_sort_key
from core.sdk.connectors import EntityKind
from core.staff.errors import AccountTaken, NoSuchAccount, StaffNumberTaken
from core.staff.models import StaffMember

PRIVATE: Final = frozenset({"birth_date", "snils", "email", "phone"})
"""What is in no list, and whose values the audit trail does not tell."""
EDITABLE: Final = PRIVATE | {
    *("family_name", "given_name", "patronymic", "position", "subjects", "external_number", "archived"),
}

_NUMBERS: Final = ("external_number", "snils")
_OF_LOGIN: Final = """
SELECT a.id FROM accounts a JOIN memberships m ON m.account_id = a.id
 WHERE m.institution_id = $1 AND m.deactivated_at IS NULL AND a.deactivated_at IS NULL AND lower(a.login) = lower($2)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedMember:
    """A member of the staff to be taken in; what is not known is empty."""

    family_name: str
    given_name: str = ""
    patronymic: str = ""
    position: str = ""
    subjects: str = ""
    external_number: str = ""
    birth_date: date | None = None
    snils: str = ""
    email: str = ""
    phone: str = ""
    archived: bool = False


async def find_member(member_id: UUID) -> StaffMember:
    """Return a member of the staff of the current institution; raise `NotFound`."""
    member = await StaffMember.get_or_none(id=member_id)
    if member is None:
        raise NotFound
    return member


async def create_member(work: Work, wanted: WantedMember) -> StaffMember:
    """Take a member in; raise `StaffNumberTaken`."""
    values = asdict(wanted)
    await _name_who_has(values, None)
    sort_key = person_sort_key(wanted.family_name, wanted.given_name, wanted.patronymic)
    try:
        member = await StaffMember.create(**values, sort_key=sort_key, created_at=work.now)
    except IntegrityError as error:
        _refuse_taken(error)
        raise
    work.record("staff.created", "staff", member.id, _told(values))
    work.emit("staff.created", {"staff": str(member.id)})
    return member


async def edit_member(
    work: Work, member: StaffMember, changes: Mapping[str, Any], *, login: str | None = None
) -> StaffMember:
    """Write `changes` over the revision that `member` shows; return the member as it then is.

    `login` links the account of that name, or none (an empty text); `None` leaves the link as it is. Raises
    `StaffNumberTaken`, `NoSuchAccount`, `AccountTaken` or `StaleState`.
    """
    given = {name: value for name, value in changes.items() if name in EDITABLE}
    wanted = {name: value for name, value in given.items() if value != getattr(member, name)}
    account_id = member.account_id if login is None else await _account_of(work, login)
    if not wanted and account_id == member.account_id:
        return member
    await _name_who_has(wanted, member.id)
    parts = [wanted.get(name, getattr(member, name)) for name in ("family_name", "given_name", "patronymic")]
    try:
        changed = await StaffMember.filter(id=member.id, revision=member.revision).update(
            **wanted, account_id=account_id, sort_key=person_sort_key(*parts), revision=member.revision + 1
        )
    except IntegrityError as error:
        _refuse_taken(error)
        raise
    if changed != 1:
        raise StaleState
    await noted(work, EntityKind.STAFF, member.id, wanted)
    _record(work, member, wanted, account_id)
    return await find_member(member.id)


def _record(work: Work, member: StaffMember, wanted: Mapping[str, Any], account_id: UUID | None) -> None:
    if wanted:
        before = {name: getattr(member, name) for name in wanted}
        private = {"private": sorted(wanted.keys() & PRIVATE)} if wanted.keys() & PRIVATE else {}
        work.record("staff.edited", "staff", member.id, {"before": _told(before), "after": _told(wanted), **private})
        work.emit("staff.edited", {"staff": str(member.id), "fields": sorted(wanted)})
    if account_id != member.account_id:
        work.record("staff.linked", "staff", member.id, {"before": member.account_id, "after": account_id})
        work.emit("staff.linked", {"staff": str(member.id)})


async def _account_of(work: Work, login: str) -> UUID | None:
    if not login:
        return None
    rows = await work.rows(_OF_LOGIN, [work.scope.institution_id, login])
    if not rows:
        raise NoSuchAccount
    account: UUID = rows[0]["id"]
    return account


async def _name_who_has(wanted: Mapping[str, Any], own_id: UUID | None) -> None:
    """Name the member who has a number; whoever comes between this look and the commit meets the constraint."""
    for name in _NUMBERS:
        if said := wanted.get(name):
            holder = await StaffMember.get_or_none(**{name: said})
            if holder is not None and holder.id != own_id:
                raise StaffNumberTaken(field=name, member=str(holder.id), address=f"/api/v1/staff/{holder.id}")


def _refuse_taken(error: IntegrityError) -> None:
    match violated_constraint(error):
        case "staff_one_account":
            raise AccountTaken from error
        case "staff_by_external_number" | "staff_by_snils":
            raise StaffNumberTaken from error
        case _:
            return


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in sorted(values.keys() - PRIVATE)}
