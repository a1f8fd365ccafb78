"""The institutions themselves: bring one into being, read it, change it."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from tortoise.expressions import F

from core.institutions.errors import UnknownTimeZone
from core.institutions.models import Institution
from core.kernel.clock import today
from core.kernel.database.work import Work
from core.kernel.errors import NotFound, StaleState


@cache
def time_zones() -> frozenset[str]:
    """Return the IANA names of places; without `localtime` and the like, which mean something else on each machine."""
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC") - {"Etc/Unknown"}


def check_time_zone(name: str) -> str:
    """Return `name`; raise `UnknownTimeZone` if it is no IANA name."""
    if name not in time_zones():
        raise UnknownTimeZone(time_zone=name)
    return name


async def found(work: Work, *, name: str, short_name: str, inn: str | None, time_zone: str) -> Institution:
    """Bring the institution of the scope of `work` into being; its id is that of the scope.

    Raises `UnknownTimeZone`.
    """
    institution = await Institution.create(
        id=work.scope.institution_id,
        name=name,
        short_name=short_name,
        inn=inn,
        time_zone=check_time_zone(time_zone),
        created_at=work.now,
    )
    work.record(
        "institution.founded", "institution", institution.id, {"name": name, "inn": inn, "time_zone": time_zone}
    )
    return institution


async def present(work: Work) -> Institution:
    """Return the institution of the scope of `work`; raise `NotFound` in the scope of the installation."""
    institution = await Institution.get_or_none(id=work.scope.institution_id)
    if institution is None:
        raise NotFound
    return institution


async def present_day(work: Work) -> date:
    """Return the calendar date of the institution at the moment of `work`."""
    institution = await present(work)
    return today(lambda: work.now, institution.time_zone)


async def change(work: Work, institution: Institution, changes: Mapping[str, Any]) -> Institution:
    """Apply `changes` (name, short_name, inn, time_zone; of settings those to be set) to the revision that was read.

    Raises `UnknownTimeZone`, or `StaleState` if somebody was quicker.
    """
    if "time_zone" in changes:
        check_time_zone(changes["time_zone"])
    changes = dict(changes)
    if "settings" in changes:
        changes["settings"] = {**institution.settings, **changes["settings"]}
    matched = await Institution.filter(id=institution.id, revision=institution.revision).update(
        **changes, revision=F("revision") + 1
    )
    if not matched:
        raise StaleState
    work.record("institution.changed", "institution", institution.id, {"changes": changes})
    return await present(work)
