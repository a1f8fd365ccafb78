"""Passwords are hashed off the loop, checked in equal time, and refused when they would be guessed first."""

import asyncio
import time
import unicodedata
from collections.abc import Iterator
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.access.common_passwords import is_common
from core.access.credentials import csrf_fits, csrf_token, new_api_token, new_session_token, token_digest
from core.access.passwords import Passwords, one_time_password
from tests.kernel_database import KernelDatabase
from tests.registry.access.house import House


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords()
    yield made
    made.close()


async def test_a_hash_is_argon2id_with_the_recommended_parameters(passwords: Passwords) -> None:
    known = await passwords.hash("четыре медленных трамвая")
    assert known.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify(known, "четыре медленных трамвая")
    assert not await passwords.verify(known, "четыре медленных трамвая ")
    assert not passwords.is_outdated(known)


async def test_an_unknown_login_takes_as_long_as_a_wrong_password(passwords: Passwords) -> None:
    known = await passwords.hash("четыре медленных трамвая")

    async def took(subject: str | None) -> float:
        began = time.perf_counter()
        assert not await passwords.verify(subject, "wrong")
        return time.perf_counter() - began

    await took(None)
    ratios = [await took(None) / await took(known) for _ in range(9)]
    assert 0.5 < median(ratios) < 2


async def test_the_loop_goes_on_while_a_password_is_hashed(passwords: Passwords) -> None:
    turns = 0
    task = asyncio.create_task(passwords.hash("четыре медленных трамвая"))
    while not task.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 10


async def test_a_damaged_hash_lets_nobody_in(passwords: Passwords) -> None:
    assert not await passwords.verify("$argon2id$damaged", "anything")


async def test_the_same_password_in_another_form_of_unicode_is_the_same(passwords: Passwords) -> None:
    typed = "чёрный йод и ёлка"
    known = await passwords.hash(unicodedata.normalize("NFD", typed))
    assert await passwords.verify(known, unicodedata.normalize("NFC", typed))


async def test_a_hash_with_old_parameters_is_renewed_at_the_next_sign_in(house: House, empty: KernelDatabase) -> None:
    old = Passwords(memory_kib=64, passes=1)
    await house.owner.execute("UPDATE accounts SET password_hash = $1", await old.hash("четыре медленных трамвая"))
    old.close()
    assert (await house.browser().sign_in("admin", "четыре медленных трамвая")).status_code == 201
    assert "m=8,t=1" in await house.owner.fetchval("SELECT password_hash FROM accounts")
    assert (await house.browser().sign_in("admin", "четыре медленных трамвая")).status_code == 201


@pytest.mark.parametrize(
    "password",
    [
        "password",
        "Password123456",
        "!!пароль2026!!",
        "йцукенгшщзхъ",
        "qwertyuiop[]",
        "adminadminadmin",
        "zzzzzzzzzzzz",
        "1234567890123",
        "12.05.1987-12.05",
        "1q2w3e4r5t6y",
        "абвгдежзийкл",
    ],
)
def test_words_rows_and_numbers_are_common(password: str) -> None:
    assert is_common(password)


@pytest.mark.parametrize(
    "password", ["четыре медленных трамвая", "correct horse battery", "Tr0ub4dor&3xyz", "школа№7мост"]
)
def test_what_is_more_than_one_word_is_not_common(password: str) -> None:
    assert not is_common(password)


@given(st.text(max_size=60))
def test_any_text_can_be_judged(password: str) -> None:
    assert is_common(password) in {True, False}


def test_a_one_time_password_is_strong_and_new_each_time(passwords: Passwords) -> None:
    made = {one_time_password() for _ in range(100)}
    assert len(made) == 100
    for password in made:
        passwords.check_strength(password, login="ivanova")


def test_tokens_carry_256_random_bits_and_are_known_by_their_digest() -> None:
    assert len(new_session_token()) == 43
    assert new_api_token().startswith("dlt_")
    assert len(new_api_token()) == 47
    assert len(token_digest(new_api_token())) == 32


@given(st.text(), st.text())
def test_a_csrf_token_fits_its_session_only(session: str, other: str) -> None:
    assert csrf_fits(session, csrf_token(session))
    assert csrf_fits(session, csrf_token(other)) == (session == other)
    assert not csrf_fits(session, other)
