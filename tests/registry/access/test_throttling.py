"""Guessing becomes slow, for the guesser more than for the holder of the login, and nothing is locked for good."""

import asyncio

from core.access.errors import TooManyAttempts
from core.access.throttle import Throttle
from core.kernel.scope import installation_scope
from core.kernel.settings import AccessSettings
from tests.kernel_database import HandClock, KernelDatabase
from tests.registry.access.house import House, code

SETTINGS = AccessSettings(attempts_before_delay=3, attempts_window_minutes=15)


async def attempt(empty: KernelDatabase, login: str = "ivanova", address: str = "203.0.113.9") -> int:
    """Take an attempt and commit; 0 if it was let through, else the seconds to wait."""
    try:
        async with empty.service.work(installation_scope(source="test")) as work:
            await Throttle(SETTINGS, login=login, address=address).take(work)
    except TooManyAttempts as refusal:
        return refusal.retry_after or 0
    return 0


async def test_the_wait_grows_with_every_failure_up_to_the_window(empty: KernelDatabase, clock: HandClock) -> None:
    assert [await attempt(empty) for _ in range(3)] == [0, 0, 0]
    waits = []
    for _ in range(12):
        wait = await attempt(empty)
        waits.append(wait)
        clock.move(seconds=wait)
        assert await attempt(empty) == 0
    assert waits[:10] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
    assert max(waits) <= 15 * 60


async def test_a_refused_attempt_does_not_make_the_wait_longer(empty: KernelDatabase, clock: HandClock) -> None:
    for _ in range(4):
        await attempt(empty)
        clock.move(seconds=1)
    clock.move(seconds=-1)
    assert [await attempt(empty) for _ in range(20)] == [2] * 20


async def test_after_a_quiet_window_counting_begins_anew(empty: KernelDatabase, clock: HandClock) -> None:
    for _ in range(3):
        await attempt(empty)
    assert await attempt(empty) > 0
    clock.move(minutes=15, seconds=1)
    assert [await attempt(empty) for _ in range(3)] == [0, 0, 0]


async def test_upper_case_makes_no_new_login_and_a_neighbouring_address_no_new_holder(empty: KernelDatabase) -> None:
    for _ in range(3):
        await attempt(empty, "ivanova", "2001:db8::1")
    assert await attempt(empty, "IVANOVA", "2001:db8::2") > 0
    assert await attempt(empty, "ivanova", "2001:db8:0:1::2") == 0


async def test_the_holder_elsewhere_is_not_stopped_by_one_guesser(empty: KernelDatabase) -> None:
    for _ in range(3):
        await attempt(empty)
    assert await attempt(empty) > 0
    assert await attempt(empty, address="198.51.100.4") == 0


async def test_many_addresses_together_are_slowed_down_too(empty: KernelDatabase) -> None:
    taken = [await attempt(empty, address=f"198.51.100.{number}") for number in range(12)]
    assert taken == [0] * 12
    wait = await attempt(empty, address="198.51.100.200")
    assert 0 < wait <= 60


async def test_one_address_that_tries_many_logins_is_slowed_down(empty: KernelDatabase) -> None:
    taken = [await attempt(empty, login=f"user{number}") for number in range(30)]
    assert taken == [0] * 30
    assert await attempt(empty, login="user99") > 0


async def test_simultaneous_attempts_share_one_count(empty: KernelDatabase) -> None:
    waits = await asyncio.gather(*(attempt(empty) for _ in range(20)))
    assert sorted(waits)[:4] == [0, 0, 0, 1]


async def test_a_refusal_over_http_says_how_long_to_wait_and_a_right_password_clears_the_count(house: House) -> None:
    browser = house.browser()
    for _ in range(5):
        assert code(await browser.sign_in("admin", "wrong")) == (401, "sign_in_failed")
    answer = await browser.sign_in("admin", house.first.password.value)
    assert code(answer) == (429, "too_many_attempts")
    assert answer.headers["retry-after"] == "1"
    house.clock.move(seconds=1)
    assert (await browser.sign_in("admin", house.first.password.value)).status_code == 201
    for _ in range(5):
        assert code(await browser.sign_in("admin", "wrong")) == (401, "sign_in_failed")


async def test_a_class_that_signs_in_from_one_address_is_not_slowed_down(house: House) -> None:
    for _ in range(60):
        assert (await house.browser().sign_in("admin", house.first.password.value)).status_code == 201


async def test_a_stolen_session_does_not_help_to_guess_the_password(house: House) -> None:
    browser = await house.administrator()
    form = {"present": "guess", "wanted": "четыре медленных трамвая"}
    answers = [code(await browser.post("/api/v1/session/password", form))[0] for _ in range(6)]
    assert answers == [422] * 5 + [429]
