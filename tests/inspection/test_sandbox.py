"""Whatever a provider does in its child, the asking side gets an outcome and the next job is not the worse for it."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from core.inspection.pipeline import InspectionService
from core.inspection.verdicts import Code, Verdict
from core.kernel.sandbox import (
    Job,
    Limits,
    Outcome,
    ProviderKind,
    Rendering,
    Sandbox,
    SandboxSettings,
    SandboxUnavailable,
    Step,
    UnknownProvider,
)
from core.sdk import Candidate
from tests.inspection import samples

pytestmark = pytest.mark.asyncio(loop_scope="session")

PLUGINS = Path(__file__).with_name("hostile_plugins")
LIMITS = Limits(address_space=512 << 20, cpu_seconds=1, wall_seconds=4.0, output=1 << 20)
MISBEHAVING = "hostile.misbehaving"


def settings(**changes: object) -> SandboxSettings:
    values = {
        "plugins": (MISBEHAVING,),
        "limits": LIMITS,
        "concurrency": 4,
    } | changes
    return SandboxSettings(**values)  # type: ignore[arg-type]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def hostile(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Sandbox]:
    folder = tmp_path_factory.mktemp("plugins")
    (folder / "hostile").symlink_to(PLUGINS)
    async with Sandbox(settings(paths=(str(folder),))) as sandbox:
        yield sandbox


@pytest.fixture
def candidate(tmp_path: Path) -> Candidate:
    path = tmp_path / "spooled"
    path.write_bytes(b"content")
    return Candidate(path=path, file_name="a.pdf", size=7, sha256="0" * 64, media_type="application/pdf")


def inspect_with(candidate: Candidate, *names: str) -> Job:
    return Job(candidate=candidate, steps=tuple(Step(ProviderKind.INSPECTOR, name) for name in names))


async def assert_well(sandbox: Sandbox, candidate: Candidate) -> None:
    outcome = await sandbox.run(inspect_with(candidate, "well"))
    assert outcome.death is None
    assert outcome.results[0].inspection is not None
    assert (outcome.results[0].inspection.pages, outcome.results[0].inspection.facts) == (7, {"size": 7})


HARMLESS = {"PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONDONTWRITEBYTECODE"}
DEATHS = [
    ("segfaults", {"SIGSEGV"}),
    ("aborts", {"SIGABRT"}),
    ("allocates", {"memory"}),
    ("spins", {"SIGXCPU", "SIGKILL"}),
    ("hangs", {"wall_clock"}),
    ("vanishes", {"garbage"}),
    ("forges", {"garbage"}),
    ("floods", {"output"}),
]


@pytest.mark.parametrize(("name", "reasons"), DEATHS)
async def test_a_death_names_its_reason_and_its_culprit(
    hostile: Sandbox, candidate: Candidate, name: str, reasons: set[str]
) -> None:
    outcome = await hostile.run(inspect_with(candidate, "well", name, "chatters"))
    assert outcome.death is not None
    assert outcome.death.reason in reasons
    assert outcome.death.step == Step(ProviderKind.INSPECTOR, name)
    assert [result.step.name for result in outcome.results] == ["well"]
    await assert_well(hostile, candidate)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("raises", "KeyError"),
        ("exits", "SystemExit"),
        ("wrong_answer", "AttributeError"),
        ("answers_nothing", "AttributeError"),
        ("writes", "OSError"),
    ],
)
async def test_an_exception_is_the_result_of_its_step_only(
    hostile: Sandbox, candidate: Candidate, name: str, error: str
) -> None:
    outcome = await hostile.run(inspect_with(candidate, name, "well"))
    assert outcome.death is None
    assert [result.error for result in outcome.results] == [error, None]


async def test_what_a_provider_prints_reaches_nobody(
    hostile: Sandbox, candidate: Candidate, capfd: pytest.CaptureFixture[str]
) -> None:
    outcome = await hostile.run(inspect_with(candidate, "chatters"))
    assert outcome.death is None
    assert capfd.readouterr() == ("", "")


async def test_facts_that_are_no_plain_values_are_garbage(hostile: Sandbox, candidate: Candidate) -> None:
    outcome = await hostile.run(inspect_with(candidate, "wrong_facts"))
    assert outcome.death is not None
    assert outcome.death.reason == "garbage"


async def test_no_process_outlives_its_job(hostile: Sandbox, candidate: Candidate) -> None:
    await hostile.run(inspect_with(candidate, "forks"))
    deadline = time.monotonic() + 5
    while children_of(hostile.server_pid):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


def children_of(pid: int | None) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


async def test_a_child_has_no_network_no_secrets_and_no_descriptors(
    hostile: Sandbox, candidate: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DELOTEKA_SECRET", "secret")
    async with Sandbox(settings(paths=hostile._settings.paths, environment={})) as fresh:
        outcome = await fresh.run(inspect_with(candidate, "looks"))
        assert outcome.results[0].inspection is not None
        facts = outcome.results[0].inspection.facts
        assert set(str(facts["names"]).split()) <= HARMLESS
        assert facts["descriptors"] == 5
        if fresh.network_cut:
            assert facts["network"] == "OSError101"


async def test_an_extractor_is_not_asked_about_a_refused_file(hostile: Sandbox, candidate: Candidate) -> None:
    steps = (Step(ProviderKind.INSPECTOR, "refuses"), Step(ProviderKind.EXTRACTOR, "well"))
    outcome = await hostile.run(Job(candidate=candidate, steps=steps))
    assert outcome.death is None
    assert outcome.results[1].proposal is None


async def test_a_renderer_cannot_claim_a_file_outside_its_folder(
    hostile: Sandbox, candidate: Candidate, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    rendering = Rendering(folder=folder, pages=1, pixels=100)
    job = Job(candidate=candidate, steps=(Step(ProviderKind.RENDERER, "outside"),), rendering=rendering)
    outcome = await hostile.run(job)
    assert outcome.death is not None
    assert outcome.death.reason == "garbage"


async def test_many_jobs_run_side_by_side_and_keep_apart(hostile: Sandbox, candidate: Candidate) -> None:
    names = ["well", "segfaults", "raises", "aborts"] * 5
    outcomes = await asyncio.gather(*(hostile.run(inspect_with(candidate, name)) for name in names))
    for name, outcome in zip(names, outcomes, strict=True):
        assert (outcome.death is not None) == (name in {"segfaults", "aborts"})


async def test_a_cancelled_job_is_killed(hostile: Sandbox, candidate: Candidate) -> None:
    task = asyncio.create_task(hostile.run(inspect_with(candidate, "hangs")))
    deadline = time.monotonic() + 5
    while not children_of(hostile.server_pid):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    task.cancel()
    while children_of(hostile.server_pid):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    assert task.cancelled()


async def test_a_job_survives_the_death_of_the_server(hostile: Sandbox, candidate: Candidate) -> None:
    before = hostile.server_pid
    assert before is not None
    task = asyncio.create_task(hostile.run(inspect_with(candidate, "hangs")))
    deadline = time.monotonic() + 10
    while not children_of(before):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    os.kill(before, signal.SIGKILL)
    outcome: Outcome = await task
    assert outcome.death is not None
    assert outcome.death.reason == "wall_clock"
    assert hostile.server_pid not in {None, before}


async def test_a_server_that_dies_again_with_the_same_file_is_unavailable(
    hostile: Sandbox, candidate: Candidate
) -> None:
    with pytest.raises(SandboxUnavailable):
        await hostile.run(inspect_with(candidate, "kills_server"))
    await assert_well(hostile, candidate)


async def test_an_unknown_provider_is_named(hostile: Sandbox, candidate: Candidate) -> None:
    with pytest.raises(UnknownProvider) as caught:
        await hostile.run(inspect_with(candidate, "nobody"))
    assert caught.value.facts["provider"] == "nobody"


async def test_a_closed_sandbox_starts_again_when_asked(hostile: Sandbox, candidate: Candidate) -> None:
    async with Sandbox(settings(paths=hostile._settings.paths)) as sandbox:
        await sandbox.close()
        assert sandbox.server_pid is None
        await assert_well(sandbox, candidate)


async def test_a_server_that_does_not_start_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(60)\n")
    with pytest.raises(SandboxUnavailable):
        await Sandbox(settings(plugins=("slow.plugin",), paths=(str(tmp_path),), start_seconds=0.05)).start()


async def test_the_server_ends_when_the_asking_process_is_killed(tmp_path: Path) -> None:
    program = """
import asyncio, sys
from core.kernel.sandbox import Sandbox, SandboxSettings
async def main():
    sandbox = Sandbox(SandboxSettings(plugins=("pdf",)))
    await sandbox.start()
    print(sandbox.server_pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
    asking = await asyncio.create_subprocess_exec(sys.executable, "-c", program, stdout=subprocess.PIPE)
    assert asking.stdout is not None
    server = int(await asking.stdout.readline())
    asking.kill()
    await asking.wait()
    deadline = time.monotonic() + 10
    while _runs(server):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
    asking._transport.close()  # type: ignore[attr-defined]


async def test_a_death_quarantines_the_file(hostile: Sandbox, candidate: Candidate) -> None:
    report = await InspectionService(hostile).inspect(_real_pdf(candidate), "a.pdf")
    assert (report.verdict, report.code) == (Verdict.QUARANTINED, Code.UNSAFE_TO_PARSE)


async def test_a_check_that_cannot_be_loaded_quarantines_every_file(hostile: Sandbox, candidate: Candidate) -> None:
    plugins = ("pdf", "hostile.unloadable")
    async with Sandbox(settings(plugins=plugins, paths=hostile._settings.paths)) as sandbox:
        assert list(sandbox.failed) == ["hostile.unloadable"]
        report = await InspectionService(sandbox).inspect(_real_pdf(candidate), "a.pdf")
    assert (report.verdict, report.code) == (Verdict.QUARANTINED, Code.UNSAFE_TO_PARSE)
    assert report.findings[-1].facts == {"plugin": "hostile.unloadable"}


def _runs(pid: int) -> bool:
    return Path(f"/proc/{pid}/exe").exists()


def _real_pdf(candidate: Candidate) -> Path:
    candidate.path.write_bytes(samples.pdf())
    return candidate.path


async def test_a_child_of_a_patient_sandbox_shares_its_session_and_with_it_what_the_session_may_take(
    candidate: Candidate, tmp_path: Path
) -> None:
    (tmp_path / "hostile").symlink_to(PLUGINS)
    async with Sandbox(settings(paths=(str(tmp_path),), patient=True)) as sandbox:
        outcome = await sandbox.run(inspect_with(candidate, "tells_its_place"))
    assert outcome.results[0].inspection is not None
    assert outcome.results[0].inspection.facts == {"idle": True, "own_session": False, "own_group": True}
