"""What a file is to carry: a table of what verdict and holds ask, and that nothing is ever made shorter."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.documents.locks import NOTHING, Asked, Marks, Note, Terms, end_of_lock, planned
from core.kernel.settings_loading import SettingsError, load_settings
from storage.objects import LockMode, RetentionLock

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")
G, C = LockMode.GOVERNANCE, LockMode.COMPLIANCE


def terms(mode: LockMode = G, *, late: bool = True, zone: ZoneInfo = MOSCOW) -> Terms:
    return Terms(zone, NOW, mode, late)


def lock(year: int, mode: LockMode = G) -> RetentionLock:
    return RetentionLock(retain_until=datetime(year - 1, 12, 31, 21, tzinfo=UTC), mode=mode)


def dated(year: int, *, open_end: bool = False, held: bool = False) -> Asked:
    return Asked(date(year, 1, 1), open_end, held)


UNDATED = Asked(None, open_end=False, held=False)
TOO_LATE = Marks(None, legal_hold=True, note=Note.DATE_TOO_LATE)


@pytest.mark.parametrize(
    ("asked", "present", "applying", "expected"),
    [
        (UNDATED, NOTHING, terms(), NOTHING),
        (dated(2032), NOTHING, terms(), Marks(lock(2032))),
        (dated(2032, open_end=True), NOTHING, terms(), Marks(lock(2032), legal_hold=True)),
        (dated(2032, held=True), NOTHING, terms(), Marks(lock(2032), legal_hold=True)),
        (UNDATED, Marks(lock(2032), legal_hold=True), terms(), Marks(lock(2032))),
        (dated(2032), Marks(lock(2037)), terms(), Marks(lock(2037))),
        (dated(2037), Marks(lock(2032)), terms(), Marks(lock(2037))),
        (dated(2026), NOTHING, terms(), NOTHING),
        (dated(2106), NOTHING, terms(late=False), Marks(lock(2106))),
        (dated(2107), NOTHING, terms(late=False), TOO_LATE),
        (dated(2107), NOTHING, terms(), Marks(lock(2107))),
        (dated(2107), Marks(lock(2032)), terms(late=False), Marks(lock(2032), legal_hold=True, note=TOO_LATE.note)),
        (dated(2032), TOO_LATE, terms(late=False), Marks(lock(2032))),
        (dated(2032), NOTHING, terms(C), Marks(lock(2032, C))),
        (dated(2032), Marks(lock(2032)), terms(C), Marks(lock(2032, C))),
        # A longer lock that an act may pass by does not become one that nothing passes by.
        (dated(2032), Marks(lock(2037)), terms(C), Marks(lock(2037))),
        # Nor is a strict lock made longer where the settings do not ask for it any more.
        (dated(2037), Marks(lock(2032, C)), terms(), Marks(lock(2032, C), legal_hold=True, note=Note.DATE_REFUSED)),
        (dated(2032), Marks(lock(2037, C)), terms(), Marks(lock(2037, C))),
        (dated(2032), Marks(lock(2020)), terms(), Marks(lock(2032))),
    ],
)
def test_what_a_file_is_to_carry(asked: Asked, present: Marks, applying: Terms, expected: Marks) -> None:
    assert planned(asked, present, applying) == expected


locks = st.none() | st.builds(lock, st.integers(2020, 2150), st.sampled_from(LockMode))
asked = st.builds(Asked, st.none() | st.dates(date(2000, 1, 1)), st.booleans(), st.booleans())


@given(
    asked=asked,
    present=st.builds(Marks, locks, st.booleans()),
    mode=st.sampled_from(LockMode),
    late=st.booleans(),
)
def test_a_lock_is_never_weakened_and_every_day_that_is_asked_for_is_kept(
    asked: Asked, present: Marks, mode: LockMode, *, late: bool
) -> None:
    applying = terms(mode, late=late)
    wanted = planned(asked, present, applying)
    if present.lock is not None and present.lock.retain_until > NOW:
        assert wanted.lock is not None
        assert not wanted.lock.weakens(present.lock)
    if asked.open_end or asked.held:
        assert wanted.legal_hold
    if asked.not_before is not None:
        until = end_of_lock(asked.not_before, MOSCOW)
        kept = wanted.lock is not None and until is not None and wanted.lock.retain_until >= until
        assert kept or wanted.legal_hold or (until is not None and until <= NOW)
    assert planned(asked, wanted, applying) == wanted


@pytest.mark.parametrize("zone", ["Europe/Kaliningrad", "Asia/Kamchatka", "America/New_York"])
def test_a_lock_ends_when_the_day_begins_where_the_institution_is(zone: str) -> None:
    found = end_of_lock(date(2032, 1, 1), ZoneInfo(zone))
    assert found is not None
    assert found.astimezone(ZoneInfo(zone)).replace(tzinfo=None) == datetime(2032, 1, 1)  # noqa: DTZ001 - of that zone
    assert found.microsecond == 0


def test_nobody_locks_in_compliance_mode_without_saying_that_its_cost_is_meant() -> None:
    variables = {"DELOTEKA_STORAGE__ORIGINALS_LOCK_MODE": "compliance"}
    with pytest.raises(SettingsError, match="compliance_forbids_lawful_destruction"):
        load_settings(None, variables)
    accepted = variables | {"DELOTEKA_STORAGE__COMPLIANCE_FORBIDS_LAWFUL_DESTRUCTION": "true"}
    assert load_settings(None, accepted).storage.originals_lock_mode == "compliance"
    of_the_trail = load_settings(None, {"DELOTEKA_STORAGE__LOCK_MODE": "compliance"})
    assert of_the_trail.storage.originals_lock_mode == "governance"
