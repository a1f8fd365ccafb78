"""The first start makes one institution and one account, however many processes start at once."""

import asyncio
from datetime import timedelta

import pytest

from core.access.first_start import ensure_first_administrator
from core.access.housekeeping import forget_stale
from core.access.rescue import Rescue
from core.institutions.errors import UnknownTimeZone
from core.kernel.settings import AccessSettings, FirstStartSettings
from tests.kernel_database import HandClock, KernelDatabase
from tests.registry.access.house import OWN_PASSWORD, House, code


async def test_of_several_processes_that_start_at_once_one_makes_the_first_account(empty: KernelDatabase) -> None:
    names = ["admin", "admin", "boss", "admin"]
    made = await asyncio.gather(
        *(
            ensure_first_administrator(empty.service, FirstStartSettings(administrator=name), AccessSettings())
            for name in names
        )
    )
    assert len([each for each in made if each is not None]) == 1
    for table in ("accounts", "institutions", "memberships"):
        assert await empty.owner.fetchval(f"SELECT count(*) FROM {table}") == 1  # noqa: S608
    assert await empty.owner.fetchval("SELECT count(*) FROM audit_entries") == 3


async def test_a_later_start_changes_nothing(empty: KernelDatabase) -> None:
    assert await ensure_first_administrator(empty.service, FirstStartSettings(), AccessSettings()) is not None
    assert (
        await ensure_first_administrator(empty.service, FirstStartSettings(administrator="other"), AccessSettings())
        is None
    )


async def test_a_wrong_time_zone_leaves_nothing_behind(empty: KernelDatabase) -> None:
    with pytest.raises(UnknownTimeZone):
        await ensure_first_administrator(
            empty.service, FirstStartSettings.model_construct(time_zone="Moscow"), AccessSettings()
        )
    assert await empty.owner.fetchval("SELECT count(*) FROM accounts") == 0
    assert await ensure_first_administrator(empty.service, FirstStartSettings(), AccessSettings()) is not None


async def test_the_password_is_not_shown_by_accident(empty: KernelDatabase) -> None:
    first = await ensure_first_administrator(empty.service, FirstStartSettings(), AccessSettings())
    assert first is not None
    assert first.password.value not in repr(first)


async def test_the_first_password_ends_too_and_the_command_line_makes_another(house: House, clock: HandClock) -> None:
    clock.move(hours=72)
    browser = house.browser()
    answer = await browser.sign_in("admin", house.first.password.value)
    assert code(answer) == (401, "one_time_password_expired")
    made = await Rescue(house.services, "command line").reset_password("admin")
    assert made.expires_at == clock() + timedelta(hours=72)
    assert (await browser.arrive("admin", made.value)).csrf


async def test_what_ended_long_ago_is_forgotten_and_what_goes_on_stays(house: House, clock: HandClock) -> None:
    browser = await house.administrator()
    await browser.sign_in("admin", "wrong")
    clock.move(minutes=20)
    assert await forget_stale(house.services.database, AccessSettings()) > 0
    assert await house.owner.fetchval("SELECT count(*) FROM sign_in_attempts") == 0
    assert await house.owner.fetchval("SELECT count(*) FROM sessions") == 2
    assert (await browser.get("/api/v1/session")).status_code == 200
    clock.move(days=31)
    await house.browser().sign_in("admin", OWN_PASSWORD)
    assert await forget_stale(house.services.database, AccessSettings()) == 2
    assert await house.owner.fetchval("SELECT count(*) FROM sessions") == 1
