"""People follow the background jobs of their institution, and stop them."""

from uuid import UUID, uuid4

import pytest

from core.access.permissions import Role
from tests.registry_house import House, Place

JOBS = "/api/v1/jobs"


async def defer(house: House, place: Place | None = None, *, subject: str = "d-1") -> UUID:
    async with house.services.database.work((place or house.a).scope()) as work:
        return work.defer("document.render_preview", subject_type="document", subject_id=subject)


async def test_jobs_are_listed_newest_first_in_pages(house_in_memory: House) -> None:
    ids = [str(await defer(house_in_memory)) for _ in range(3)]
    await defer(house_in_memory, house_in_memory.other)
    first = (await house_in_memory.clerk.get(JOBS, params={"limit": 2})).json()
    assert [item["id"] for item in first["items"]] == [ids[2], ids[1]]
    second = (await house_in_memory.clerk.get(JOBS, params={"limit": 2, "cursor": first["next"]})).json()
    assert [item["id"] for item in second["items"]] == [ids[0]]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"state": "queued"}, 2),
        ({"state": "done"}, 0),
        ({"kind": "document.render_preview", "subject_type": "document", "subject_id": "d-2"}, 1),
    ],
)
async def test_jobs_are_filtered(house_in_memory: House, wanted: dict[str, str], found: int) -> None:
    await defer(house_in_memory, subject="d-1")
    await defer(house_in_memory, subject="d-2")
    assert len((await house_in_memory.clerk.get(JOBS, params=wanted)).json()["items"]) == found


async def test_one_job_shows_its_progress_and_who_wanted_it(house_in_memory: House) -> None:
    job_id = await defer(house_in_memory)
    await house_in_memory.owner.execute("UPDATE jobs SET state = 'running', done = 2, total = 5, message = 'page 2'")
    job = (await house_in_memory.clerk.get(f"{JOBS}/{job_id}")).json()
    assert (job["state"], job["done"], job["total"], job["message"]) == ("running", 2, 5, "page 2")
    assert job["requested_by"] == str(house_in_memory.a.accounts[Role.CLERK])


async def test_a_waiting_job_is_cancelled_at_once_and_not_twice(house_in_memory: House) -> None:
    job_id = await defer(house_in_memory)
    answer = await house_in_memory.clerk.post(f"{JOBS}/{job_id}/cancellation")
    assert (answer.status_code, answer.json()["state"]) == (202, "cancelled")
    again = await house_in_memory.clerk.post(f"{JOBS}/{job_id}/cancellation")
    assert (again.status_code, again.json()["code"]) == (409, "stale_state")
    assert await house_in_memory.actions() == ["job.cancellation_requested"]


async def test_a_running_job_is_asked_to_stop(house_in_memory: House) -> None:
    job_id = await defer(house_in_memory)
    await house_in_memory.owner.execute("UPDATE jobs SET state = 'running'")
    job = (await house_in_memory.clerk.post(f"{JOBS}/{job_id}/cancellation")).json()
    assert job["state"] == "running"
    assert job["cancel_requested_at"] is not None


async def test_jobs_of_another_institution_do_not_exist(house_in_memory: House) -> None:
    job_id = await defer(house_in_memory, house_in_memory.other)
    for asked in (job_id, uuid4()):
        assert (await house_in_memory.clerk.get(f"{JOBS}/{asked}")).status_code == 404
        assert (await house_in_memory.clerk.post(f"{JOBS}/{asked}/cancellation")).status_code == 404


async def test_only_those_who_may_cancel_do(house_in_memory: House) -> None:
    job_id = await defer(house_in_memory)
    assert (await house_in_memory.stranger.get(JOBS)).status_code == 401
    assert (await house_in_memory.of(Role.TEACHER).get(JOBS)).status_code == 403
    assert (await house_in_memory.of(Role.AUDITOR).post(f"{JOBS}/{job_id}/cancellation")).status_code == 403
