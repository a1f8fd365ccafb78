"""Who issues papers, and how the people on them are called."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from core.access.models import Account
from core.institutions.registry import present
from core.kernel.clock import today
from core.kernel.database.work import Work
from core.papers.paper import Organisation, Signature
from core.paperwork.policy import latest_paperwork_policy

HEAD: Final = "Руководитель"
OFFICER: Final = "Ответственный за архив"
EXECUTOR: Final = "Исполнитель"
SYSTEM: Final = "Deloteka"
CATEGORIES: Final = "Фамилия, имя, отчество; сведения, содержащиеся в документах дела"
_UNKNOWN: Final = Signature()


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What the institution has said of its papers; where it has said nothing, the usual words or blank lines."""

    issuer: Organisation
    place: str = ""
    fonds_number: str = ""
    fonds_name: str = ""
    head_post: str = HEAD
    officer_post: str = OFFICER
    chair: Signature = _UNKNOWN
    secretary: Signature = _UNKNOWN
    information_system: str = SYSTEM
    data_categories: str = CATEGORIES
    backup_days: int | None = None
    backup_media: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """What every paper is made with: an open unit of work, the letterhead, the moment."""

    work: Work
    letterhead: Letterhead
    created_at: datetime
    """In whole seconds: the moment of the bytes."""
    today: date
    time_zone: str

    def day_of(self, moment: datetime) -> date:
        """Return the day of a moment where the institution is."""
        return today(lambda: moment, self.time_zone)

    def signature(self, post: str, names: dict[UUID, str], who: UUID | None, day: date | None = None) -> Signature:
        """Return the place of a signature; without `who`, lines to be filled by hand under the post."""
        return Signature(post=post, name=names.get(who, "") if who else "", signed_on=day)


async def begin_making(work: Work, created_at: datetime | None = None) -> Making:
    """Return what papers of the current institution are made with."""
    institution = await present(work)
    moment = (created_at or work.now).replace(microsecond=0)
    row = await latest_paperwork_policy()
    head = Letterhead(issuer=Organisation(name=institution.name))
    if row is not None:
        head = Letterhead(
            issuer=Organisation(name=institution.name, address=row.address),
            place=row.place,
            fonds_number=row.fonds_number,
            fonds_name=row.fonds_name,
            head_post=row.head_post or HEAD,
            officer_post=row.officer_post or OFFICER,
            chair=Signature(post=row.chair_post, name=row.chair_name),
            secretary=Signature(post=row.secretary_post, name=row.secretary_name),
            information_system=row.information_system or SYSTEM,
            data_categories=row.data_categories or CATEGORIES,
            backup_days=row.backup_days,
            backup_media=row.backup_media,
        )
    zone = institution.time_zone
    day = today(lambda: moment, zone)
    return Making(work=work, letterhead=head, created_at=moment, today=day, time_zone=zone)


async def names_of(accounts: Iterable[UUID | None]) -> dict[UUID, str]:
    """Return the names of accounts; one that never served the institution has none here."""
    wanted = {each for each in accounts if each is not None}
    return {each.id: each.display_name for each in await Account.filter(id__in=list(wanted))}
