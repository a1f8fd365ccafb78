"""Object lock follows the verdict: a date as a lock, an open end as a legal hold; never shortened, always read back."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from core.documents.keeper import Keeper
from core.documents.lock_jobs import follow_verdicts, queue_doubtful_locks
from core.documents.locks import destroy_decided
from core.kernel.jobs.running import TryAgain
from storage.errors import LockMismatch, LockWeakened, ObjectLocked, StoreUnavailable
from storage.memory import ALL_CAPABILITIES, MemoryVault
from storage.objects import LockMode, ObjectStat, RetentionLock
from tests.kernel_database import HandClock
from tests.registry.cases.desk import act, classes, close, file, hold, lift, open_case, why
from tests.registry.cases.jobs import have_storage_follow, run_jobs
from tests.registry.conftest import BuildHouse
from tests.registry.documents.papers import keep, read, settle, text, withdraw
from tests.registry_house import House, Json

OFFICER: Final = "records_officer"
QUESTION: Final = "При отсутствии годовых"
ANSWER: Final = {"kind": "answer", "words": QUESTION, "answer": "no", "evidence": "годовые есть"}


def until(year: int) -> RetentionLock:
    """The last day of the year before, in Moscow."""
    return RetentionLock(retain_until=datetime(year - 1, 12, 31, 21, tzinfo=UTC))


async def seen(house: House, made: Json) -> ObjectStat:
    row = await house.owner.fetchrow(
        "SELECT object_key, storage_version_id FROM document_versions WHERE document_id = $1 ORDER BY ordinal DESC",
        made["id"],
    )
    return await house.services.vault.stat(*row)


async def marks(house: House, made: Json) -> tuple[RetentionLock | None, bool]:
    found = await seen(house, made)
    return found.lock, found.legal_hold


async def filed(house: House, term: str, **cells: Any) -> tuple[Json, Json]:  # noqa: ANN401 - members of a body
    """A document in an open case of a class of its own."""
    [record_class] = await classes(house, term, **cells)
    case = await open_case(house.a, record_class, opened_on="2026-01-01")
    made = await keep(house.a, group_id=str(house.a.group))
    assert (await file(house.a, made, case)).status_code == 200
    return case, made


async def closed(house: House, term: str, **cells: Any) -> tuple[Json, Json]:  # noqa: ANN401 - members of a body
    case, made = await filed(house, term, **cells)
    await close(house.a, case, "2026-03-02")
    assert await have_storage_follow(house) == ["done"]
    return case, made


async def answer(house: House, case: Json, **members: Any) -> Json:  # noqa: ANN401 - members of a body
    given = await act(house.a, case, "answers", {**ANSWER, **members}, OFFICER)
    assert given.status_code == 201, given.text
    made: Json = given.json()
    return made


async def take_back(house: House, given: Json) -> None:
    path = f"/api/v1/case-answers/{given['id']}/revocation"
    back = await house.of(OFFICER).post(path, json={"reason": "ошиблись"}, headers={"If-Match": "*"})
    assert back.status_code == 200, back.text


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("5 лет", (until(2032), False)),
        ("100 лет", (until(2127), False)),
        ("Постоянно", (None, True)),
        ("3 года после замены новыми", (None, True)),
        ("5 лет ЭПК", (until(2032), True)),
    ],
)
async def test_storage_keeps_what_the_verdict_says(
    house: House, term: str, expected: tuple[RetentionLock | None, bool]
) -> None:
    case, made = await closed(house, term)
    assert await marks(house, made) == expected
    _, held = expected
    told = (await why(house.a, case))["storage"]
    assert (told["files"], told["legal_hold"], told["outlasts_term"]) == (1, held, False)
    assert [each["code"] for each in told["remarks"]] == (["held_in_storage"] if held else [])
    assert await house.owner.fetchval("SELECT count(*) FROM storage_lock_queue") == 0
    jobs = (await house.a.of(OFFICER).get("/api/v1/jobs")).json()["items"]
    [job] = [each for each in jobs if each["kind"] == "storage.set_locks"]
    assert (job["state"], job["done"], job["total"]) == ("done", 1, 1)


async def test_a_lock_is_made_longer_and_never_shorter(house: House) -> None:
    case, made = await filed(house, "5 лет (1)", note=f"(1) {QUESTION} - 10 лет")
    given = await answer(house, case)
    await close(house.a, case, "2026-03-02")
    await have_storage_follow(house)
    assert await marks(house, made) == (until(2032), False)
    await take_back(house, given)
    await have_storage_follow(house)
    assert await marks(house, made) == (until(2037), False)
    await answer(house, case, earlier_accepted=True)
    assert await have_storage_follow(house) == ["done"]
    assert await marks(house, made) == (until(2037), False)
    told = (await why(house.a, case))["storage"]
    assert (told["outlasts_term"], told["mode"], told["lock_ends_at"]) == (True, "governance", "2036-12-31T21:00:00Z")
    assert [each["code"] for each in told["remarks"]] == ["lock_outlasts_term"]


async def test_a_legal_hold_goes_when_neither_a_hold_nor_an_open_end_needs_it(house: House) -> None:
    case, made = await closed(house, "5 лет (1)", note=f"(1) {QUESTION} - Постоянно")
    assert await marks(house, made) == (None, True)
    placed = await hold(house.a, case_ids=[case["id"]])
    await run_jobs(house)
    await lift(house.a, placed)
    await run_jobs(house)
    assert await marks(house, made) == (None, True)
    placed = await hold(house.a, case_ids=[case["id"]])
    await run_jobs(house)
    await answer(house, case, earlier_accepted=True)
    await have_storage_follow(house)
    assert await marks(house, made) == (until(2032), True)
    await lift(house.a, placed)
    await run_jobs(house)
    assert await marks(house, made) == (until(2032), False)


async def test_a_file_that_comes_or_is_filed_after_the_hold_is_marked_too(house: House) -> None:
    [record_class] = await classes(house, "5 лет")
    case = await open_case(house.a, record_class, opened_on="2026-01-01")
    await hold(house.a, case_ids=[case["id"]], person_ids=[str(house.a.learner)])
    assert await run_jobs(house) == ["done"]
    fresh = await keep(house.a)
    later = await keep(house.a, group_id=str(house.a.group))
    await settle(house)
    await have_storage_follow(house)
    assert [await marks(house, each) for each in (fresh, later)] == [(None, True), (None, False)]
    assert (await file(house.a, later, case)).status_code == 200
    await have_storage_follow(house)
    await close(house.a, case, "2026-03-02")
    await have_storage_follow(house)
    assert await marks(house, later) == (until(2032), True)


async def test_a_hold_on_what_was_merged_into_a_case_marks_the_files_of_that_case(house_in_memory: House) -> None:
    house = house_in_memory
    case, made = await closed(house, "5 лет")
    [record_class] = await classes(house, "1 год", year=2025)
    merged = await open_case(house.a, record_class, opened_on="2025-01-01")
    await house.owner.execute(
        "UPDATE cases SET state = 'merged', merged_into_id = $2 WHERE id = $1", merged["id"], case["id"]
    )
    placed = await hold(house.a, case_ids=[merged["id"]])
    await run_jobs(house)
    assert await marks(house, made) == (until(2032), True)
    await lift(house.a, placed)
    await run_jobs(house)
    assert await marks(house, made) == (until(2032), False)


async def test_what_is_filed_is_held_until_its_case_has_a_date(house: House) -> None:
    case, made = await filed(house, "5 лет")
    await have_storage_follow(house)
    assert await marks(house, made) == (None, True)
    await close(house.a, case, "2026-03-02")
    await have_storage_follow(house)
    assert await marks(house, made) == (until(2032), False)


async def test_a_lock_goes_with_a_document_into_a_case_that_is_kept_shorter(house: House) -> None:
    long, short = await classes(house, "10 лет", "1 год")
    first = await open_case(house.a, long, opened_on="2026-01-01")
    made = await keep(house.a, group_id=str(house.a.group))
    await file(house.a, made, first)
    await close(house.a, first, "2026-03-02")
    await have_storage_follow(house)
    reopened = await act(house.a, first, "reopening", {"reason": "закрыто по ошибке"})
    assert reopened.status_code == 200, reopened.text
    second = await open_case(house.a, short, opened_on="2026-01-01")
    assert (await file(house.a, made, second, reason="не то дело")).status_code == 200
    await have_storage_follow(house)
    assert await marks(house, made) == (until(2037), True)
    await close(house.a, second, "2026-03-02")
    await have_storage_follow(house)
    assert await marks(house, made) == (until(2037), False)
    assert (await why(house.a, second))["storage"]["outlasts_term"]


async def test_what_a_personal_file_keeps_is_locked_when_its_case_closes(house_in_memory: House) -> None:
    house = house_in_memory
    [record_class] = await classes(house, "5 лет")
    case = await open_case(house.a, record_class, opened_on="2026-01-01")
    path = f"/api/v1/personal-files/{house.a.personal_file}/case"
    answer = await house.clerk.post(path, json={"case_id": case["id"]}, headers={"If-Match": "*"})
    assert answer.status_code in {200, 201}, answer.text
    made = await keep(house.a)
    await settle(house)
    await close(house.a, case, "2026-03-02")
    later = await keep(house.a)
    await have_storage_follow(house)
    assert await marks(house, made) == (until(2032), False)
    # It came later and is not filed: it may still be withdrawn.
    assert await marks(house, later) == (None, False)
    assert (await withdraw(house.a, later)).status_code == 204


class Interrupted:
    """A vault whose store does what it is told and whose answer is then lost, once for each name in `losing`."""

    def __init__(self, vault: Any) -> None:  # noqa: ANN401 - a vault
        self.vault = vault
        self.losing: set[str] = set()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - anything of a vault
        found = getattr(self.vault, name)
        return self._lost(name, found) if name in self.losing else found

    def _lost(self, name: str, action: Callable[..., Awaitable[object]]) -> Callable[..., Awaitable[object]]:
        async def act(*arguments: Any, **options: Any) -> object:  # noqa: ANN401 - as in a vault
            self.losing.discard(name)
            await action(*arguments, **options)
            raise StoreUnavailable(reason="told to lose the answer")

        return act


async def broken_off(house: House, losing: str) -> House:
    """Run the jobs once with a store whose answer is lost."""
    interrupted = Interrupted(house.services.vault)
    interrupted.losing.add(losing)
    documents = replace(house.services.documents, vault=interrupted)  # type: ignore[arg-type]
    with pytest.raises(TryAgain):
        await have_storage_follow(replace(house, services=replace(house.services, documents=documents)))
    return house


async def test_what_was_set_and_not_written_down_is_found_by_the_next_run(house: House) -> None:
    case, made = await filed(house, "5 лет")
    await close(house.a, case, "2026-03-02")
    await broken_off(house, "lock")
    assert await marks(house, made) == (until(2032), False)
    assert not await house.owner.fetchval("SELECT settled FROM storage_locks")
    assert await have_storage_follow(house) == ["done"]
    row = await house.owner.fetchrow("SELECT locked_until, legal_hold, settled FROM storage_locks")
    assert tuple(row) == (until(2032).retain_until, False, True)
    # As after a restore: the copies are others.
    await house.owner.execute("UPDATE storage_locks SET storage_version_id = 'of another store'")
    assert await queue_doubtful_locks(house.services.database) == 1
    assert await have_storage_follow(house) == ["done"]
    assert await queue_doubtful_locks(house.services.database) == 0


async def test_a_mark_that_was_set_and_not_written_down_goes_with_its_hold(house: House) -> None:
    made = await keep(house.a)
    placed = await hold(house.a, whole_institution=True)
    await broken_off(house, "hold")
    assert await marks(house, made) == (None, True)
    await lift(house.a, placed)
    await run_jobs(house)
    assert await marks(house, made) == (None, False)


async def test_a_withdrawal_does_not_wait_for_the_mark_of_a_lifted_hold(house: House) -> None:
    made = await keep(house.a)
    placed = await hold(house.a, whole_institution=True)
    await run_jobs(house)
    await lift(house.a, placed)
    assert await marks(house, made) == (None, True)
    assert (await withdraw(house.a, made)).status_code == 204
    assert await house.objects() == []


async def test_a_damaged_copy_under_a_hold_stays_below_a_sound_one(house_in_memory: House) -> None:
    house, content = house_in_memory, text()
    made = await keep(house.a, content)
    placed = await hold(house.a, whole_institution=True)
    await run_jobs(house)
    damaged = await seen(house, made)
    house.memory.corrupt(damaged.key)
    keeper = Keeper(house.services.documents, abandoned_after=0)
    assert await keeper.replay() == 1
    sound = await seen(house, made)
    assert (sound.version_id != damaged.version_id, sound.legal_hold) == (True, True)
    assert (await read(house.a, made)).content == content
    assert await settle(house, keeper) == 1
    assert await have_storage_follow(house) == ["done"]
    told = await house.owner.fetchval(
        "SELECT p.payload ->> 'damaged_copy_kept' FROM audit_payloads p JOIN audit_entries e ON e.id = p.entry_id"
        " WHERE e.action = 'document.restored_from_spool'"
    )
    assert told == damaged.version_id
    await lift(house.a, placed)
    await run_jobs(house)
    assert await marks(house, made) == (None, False)
    assert len(await house.objects()) == 2
    assert (await withdraw(house.a, made)).status_code == 204
    assert await house.objects() == []


async def test_a_store_without_locks_is_told_nothing_and_that_is_shown(
    build_house: BuildHouse, clock: HandClock
) -> None:
    vault = MemoryVault(clock, granted=replace(ALL_CAPABILITIES, object_lock=False))
    house = await build_house(vault=vault)
    case, _ = await filed(house, "5 лет")
    await close(house.a, case, "2026-03-02")
    await hold(house.a, case_ids=[case["id"]])
    assert await have_storage_follow(house) == ["done"]
    assert (await house.stranger.get("/health")).json()["parts"]["object_locks"] == {
        "status": "degraded",
        "reason": "object_lock_unsupported",
    }
    assert (await why(house.a, case))["storage"] is None
    vault.granted = ALL_CAPABILITIES
    assert await follow_verdicts(house.services.database, vault) == 1


async def test_a_date_that_the_store_cannot_keep_is_a_legal_hold_until_it_has_come(
    build_house: BuildHouse, clock: HandClock
) -> None:
    vault = MemoryVault(clock, granted=replace(ALL_CAPABILITIES, late_lock_dates=False))
    house = await build_house(vault=vault)
    case, made = await closed(house, "100 лет")
    assert await marks(house, made) == (None, True)
    told = (await why(house.a, case))["storage"]
    assert [each["code"] for each in told["remarks"]] == ["date_too_late"]
    clock.now = datetime(2127, 1, 1, tzinfo=UTC)
    await house.owner.execute("UPDATE cases SET state = 'expired', outcome = 'due'")
    assert await have_storage_follow(house) == ["done"]
    assert await marks(house, made) == (None, False)


async def test_a_store_that_keeps_something_else_is_a_fault_that_is_shown(house_in_memory: House) -> None:
    house = house_in_memory
    case, made = await filed(house, "5 лет")
    await close(house.a, case, "2026-03-02")

    class Forgetful:
        """Accepts a lock and keeps the first second of 1970, as some stores do."""

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - anything of a vault
            return self._forget if name == "lock" else getattr(house.services.vault, name)

        async def _forget(self, key: str, version_id: str, lock: RetentionLock) -> ObjectStat:
            raise LockMismatch(key, version_id, requested=str(lock), stored="no lock")

    documents = replace(house.services.documents, vault=Forgetful())  # type: ignore[arg-type]
    assert await have_storage_follow(replace(house, services=replace(house.services, documents=documents))) == ["done"]
    assert await marks(house, made) == (None, True)
    assert "document.lock_differs" in await house.actions()
    health = (await house.stranger.get("/health")).json()
    assert (health["status"], health["parts"]["object_locks"]["reason"]) == ("degraded", "object_locks_differ")
    assert [each["code"] for each in (await why(house.a, case))["storage"]["remarks"]] == ["lock_differs"]
    assert await queue_doubtful_locks(house.services.database) == 1
    assert await have_storage_follow(house) == ["done"]
    assert await marks(house, made) == (until(2032), False)
    assert (await house.stranger.get("/health")).json()["parts"]["object_locks"]["status"] == "ok"


async def test_nothing_passes_a_lock_by_but_what_was_decided(house: House) -> None:
    _, made = await closed(house, "5 лет")
    found = await seen(house, made)
    with pytest.raises(ObjectLocked):
        await house.services.vault.destroy(found.key)
    proof = await destroy_decided(house.services.vault, found.key)
    assert proof.version_ids == (found.version_id,)


async def test_a_compliance_lock_stands_against_everybody_and_why_says_so(house: House) -> None:
    # The folder of the store goes with the session of tests: nothing else ends such a lock before its day.
    case, made = await filed(house, "5 лет (1)", note=f"(1) {QUESTION} - 10 лет")
    await close(house.a, case, "2026-03-02")
    assert await have_storage_follow(house, LockMode.COMPLIANCE) == ["done"]
    found = await seen(house, made)
    assert (found.lock, found.legal_hold) == (replace(until(2037), mode=LockMode.COMPLIANCE), False)
    for end in (destroy_decided(house.services.vault, found.key), house.services.vault.destroy(found.key)):
        with pytest.raises(ObjectLocked):
            await end
    with pytest.raises(LockWeakened):
        await house.services.vault.lock(found.key, found.version_id, until(2030))
    await answer(house, case, earlier_accepted=True)
    # Neither a shorter date nor a milder mode of a later setting takes anything back.
    assert await have_storage_follow(house, LockMode.GOVERNANCE) == ["done"]
    assert (await seen(house, made)).lock == found.lock
    told = (await why(house.a, case))["storage"]
    assert (told["mode"], [each["code"] for each in told["remarks"]]) == ("compliance", ["lock_forbids_destruction"])
    assert (await read(house.a, made)).status_code == 200
