"""A child looks at further files of one uploader while all it saw was sound, and no verdict is the worse for it."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from core.kernel.sandbox import Job, Limits, Outcome, ProviderKind, Sandbox, SandboxSettings, Step
from core.sdk import Candidate

pytestmark = pytest.mark.asyncio(loop_scope="session")

PLUGINS = Path(__file__).with_name("hostile_plugins")
WALL = 1.0


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    folder = tmp_path_factory.mktemp("plugins")
    (folder / "hostile").symlink_to(PLUGINS)
    limits = Limits(address_space=512 << 20, wall_seconds=WALL)
    async with Sandbox(
        SandboxSettings(plugins=("hostile.obeying",), limits=limits, concurrency=4, paths=(str(folder),))
    ) as started:
        yield started


class Desk:
    """Sends files of several uploaders."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self._folder = folder
        self._files = 0

    async def send(self, uploader: str, content: str = "", *names: str) -> Outcome:
        self._files += 1
        path = self._folder / str(self._files)
        path.write_text(content)
        candidate = Candidate(path=path, file_name="a.pdf", size=1, sha256="0" * 64, media_type="application/pdf")
        steps = tuple(Step(ProviderKind.INSPECTOR, name) for name in names or ("forgetful",))
        return await self.sandbox.run(Job(candidate=candidate, steps=steps, uploader=uploader))

    async def pid(self, uploader: str, content: str = "", *names: str) -> int:
        return pid_of(await self.send(uploader, content, *names))


def facts_of(outcome: Outcome) -> dict[str, object]:
    assert outcome.death is None
    assert outcome.results[0].inspection is not None
    return dict(outcome.results[0].inspection.facts)


def pid_of(outcome: Outcome) -> int:
    found = facts_of(outcome)["pid"]
    assert isinstance(found, int)
    return found


@pytest.fixture
def desk(sandbox: Sandbox, tmp_path: Path) -> Desk:
    return Desk(sandbox, tmp_path)


async def test_files_of_one_uploader_follow_each_other_in_one_child(desk: Desk) -> None:
    assert len({await desk.pid("one") for _ in range(5)}) == 1


async def test_a_child_ends_after_so_many_files(desk: Desk) -> None:
    seen = [facts_of(await desk.send("many"))["seen"] for _ in range(136)]
    assert seen == [*range(1, 129), *range(1, 9)]


async def test_two_uploaders_never_share_a_child(desk: Desk) -> None:
    mine, theirs = set(), set()
    for _ in range(4):
        mine.add(await desk.pid("mine"))
        theirs.add(await desk.pid("theirs"))
    assert not mine & theirs


async def test_without_an_uploader_each_file_has_a_child_of_its_own(desk: Desk) -> None:
    assert len({await desk.pid("") for _ in range(4)}) == 4


async def test_a_provider_that_may_remember_sees_one_file_only(desk: Desk) -> None:
    assert len({await desk.pid("careful", "", "remembering") for _ in range(3)}) == 3
    assert len({await desk.pid("careful", "", "forgetful", "remembering") for _ in range(3)}) == 3


@pytest.mark.parametrize("oddity", ["warn", "refuse", "raise"])
async def test_a_child_that_met_anything_odd_sees_no_further_file(desk: Desk, oddity: str) -> None:
    first = await desk.pid(oddity)
    odd = await desk.send(oddity, oddity)
    assert odd.death is None
    assert await desk.pid(oddity) != first


async def test_a_note_is_nothing_odd(desk: Desk) -> None:
    assert await desk.pid("noting", "note") == await desk.pid("noting", "note")


@pytest.mark.parametrize("way", ["abort unless first", "hang unless first"])
async def test_a_file_is_judged_by_a_new_child_when_a_used_one_fails_at_it(desk: Desk, way: str) -> None:
    used = await desk.pid(way)
    judged = await desk.send(way, way)
    assert facts_of(judged)["seen"] == 1
    assert pid_of(judged) != used


async def test_a_file_that_fails_in_a_new_child_too_is_judged_by_that(desk: Desk) -> None:
    await desk.pid("stuck")
    outcome = await desk.send("stuck", "hang")
    assert outcome.death is not None
    assert outcome.death.reason == "wall_clock"


async def test_long_answers_and_words_like_those_of_a_child_are_told_apart(desk: Desk) -> None:
    outcomes = [facts_of(await desk.send("wordy", "much")) for _ in range(3)]
    assert all(len(facts) == 103 for facts in outcomes)
    assert len({facts["pid"] for facts in outcomes}) == 1


async def test_jobs_at_the_same_time_have_children_of_their_own(desk: Desk) -> None:
    outcomes = await asyncio.gather(*(desk.send("busy") for _ in range(24)))
    assert sum(1 for outcome in outcomes if facts_of(outcome)["seen"] == 1) <= 4


async def test_a_cancelled_job_takes_its_used_child_along(desk: Desk) -> None:
    used = await desk.pid("gone")
    task = asyncio.create_task(desk.send("gone", "hang"))
    server = desk.sandbox._server
    assert server is not None
    deadline = time.monotonic() + 5
    while not server.waiting:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    task.cancel()
    await until_gone(used, within=5)
    assert await desk.pid("gone") != used


async def test_a_child_rests_for_a_moment_only(desk: Desk) -> None:
    used = await desk.pid("resting")
    assert lives(used)
    await until_gone(used, within=5)
    assert await desk.pid("resting") != used


async def test_a_resting_child_ends_with_its_sandbox(desk: Desk) -> None:
    used = await desk.pid("closing")
    await desk.sandbox.close()
    await until_gone(used, within=5)
    assert await desk.pid("closing") != used


def lives(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def until_gone(pid: int, *, within: float) -> None:
    deadline = time.monotonic() + within
    while lives(pid):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
