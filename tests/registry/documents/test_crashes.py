"""The process is killed after every single effect: what was acknowledged is there, and nothing else is left."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from pathlib import Path
from uuid import UUID

import pytest

from core.documents.keeper import Keeper
from storage.s3 import S3Vault
from tests.registry.documents.papers import MISNAMED, keep, quarantine, read, settle, text
from tests.registry_house import House, Json

ROOT = Path(__file__).parents[3]
MOST = 60
"""More effects than any operation has."""


class Victim:
    """Carries orders out in processes that are killed."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        self._process = process
        self.answer = folder / "answer"

    def carry_out(self, house: House, operation: str, kill_at: int, **order: str) -> bool:
        """Return whether the process came to its end unharmed."""
        vault = house.services.vault
        assert isinstance(vault, S3Vault)
        self.answer.unlink(missing_ok=True)
        said = {
            "operation": operation,
            "kill_at": kill_at,
            "database": house.service_url,
            "storage": asdict(vault.address),
            "capabilities": asdict(vault.capabilities),
            "spool": str(house.services.documents.spool.folder),
            "institution": str(house.a.id),
            "account": str(house.a.accounts["clerk"]),
            "answer": str(self.answer),
            **order,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(said) + "\n")
        self._process.stdin.flush()
        status = json.loads(self._process.stdout.readline())["status"]
        assert status in {0, 9}, f"the operation failed instead: {status}"
        return bool(status == 0)

    @property
    def acknowledged(self) -> bool:
        return self.answer.exists()


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    with subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, str(Path(__file__).with_name("victim.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    ) as process:
        yield Victim(process, tmp_path_factory.mktemp("victim"))
        process.stdin.close()  # type: ignore[union-attr]
        process.wait(10)


@pytest.fixture
async def crashing(house: House) -> AsyncIterator[House]:
    """A house in which, at the end, every object has its row and the spool is empty."""
    yield house
    assert house.spooled() == []
    rows = await house.owner.fetch("SELECT object_key FROM document_versions WHERE state <> 'refused'")
    assert sorted(row["object_key"] for row in rows) == sorted(await house.objects())


async def restart(house: House) -> None:
    keeper = Keeper(house.services.documents, abandoned_after=0)
    await keeper.replay()
    await settle(house, keeper)
    await keeper.finish_removals()
    await settle(house, keeper)


async def state_of(house: House, made: Json) -> str | None:
    found = await house.owner.fetchval("SELECT state FROM documents WHERE id = $1", UUID(made["id"]))
    return None if found is None else str(found)


async def actions_on(house: House, made: Json) -> list[str]:
    rows = await house.owner.fetch("SELECT action FROM audit_entries WHERE object_id = $1 ORDER BY id", made["id"])
    return [row["action"] for row in rows if row["action"] not in {"document.opened", "document.read"}]


@pytest.mark.parametrize("name", ["a.txt", MISNAMED])
async def test_an_upload_is_whole_or_nothing(crashing: House, victim: Victim, name: str) -> None:
    house = crashing
    for kill_at in range(1, MOST):
        content = text()
        before = await house.owner.fetchval("SELECT count(*) FROM documents")
        personal_file = await house.learner()
        order = {"content": content.decode(), "personal_file": str(personal_file), "file_name": name}
        survived = victim.carry_out(house, "upload", kill_at, **order)
        await restart(house)
        made = await house.owner.fetch("SELECT id FROM documents WHERE personal_file_id = $1", personal_file)
        assert house.spooled() == []
        assert len(await house.objects()) == before + len(made)
        if victim.acknowledged:
            assert [str(row["id"]) for row in made] == [victim.answer.read_text()]
        for row in made:
            assert (await read(house.a, {"id": str(row["id"])})).content == content
            assert await actions_on(house, {"id": str(row["id"])}) == ["document.uploaded"]
        if survived:
            assert victim.acknowledged
            assert kill_at > 8
            return
    pytest.fail("the upload never came to its end")


@pytest.mark.parametrize("settled", [False, True])
async def test_a_release_happens_or_not_and_never_costs_the_bytes(
    crashing: House, victim: Victim, *, settled: bool
) -> None:
    house = crashing
    for kill_at in range(1, MOST):
        content = text()
        made = await quarantine(house.a, content)
        if settled:
            await settle(house)
        survived = victim.carry_out(house, "release", kill_at, document=made["id"])
        assert (await read(house.a, made)).content == content
        await restart(house)
        state = await state_of(house, made)
        assert state in ({"kept"} if victim.acknowledged else {"kept", "quarantined"})
        assert (await read(house.a, made)).content == content
        assert ("document.released" in await actions_on(house, made)) == (state == "kept")
        if survived:
            assert victim.acknowledged
            assert kill_at > 6
            return
    pytest.fail("the release never came to its end")


@pytest.mark.parametrize("operation", ["refuse", "withdraw"])
async def test_an_end_is_decided_or_not_and_once_decided_leaves_no_bytes(
    crashing: House, victim: Victim, operation: str
) -> None:
    house = crashing
    for kill_at in range(1, MOST):
        content = text()
        made = await quarantine(house.a, content)
        survived = victim.carry_out(house, operation, kill_at, document=made["id"])
        await restart(house)
        state = await state_of(house, made)
        ended = state != "quarantined"
        assert state in ({"refused", "quarantined"} if operation == "refuse" else {None, "quarantined"})
        assert ended or not victim.acknowledged
        assert (await read(house.a, made)).status_code == (
            {"refuse": 410, "withdraw": 404}[operation] if ended else 200
        )
        assert any(made["id"] in key for key in await house.objects()) != ended
        assert (await actions_on(house, made)).count("document.bytes_removed") == int(ended)
        if survived:
            assert victim.acknowledged
            assert kill_at > 8
            return
    pytest.fail("the end never came to its end")


async def test_the_keeper_may_be_killed_at_any_moment(crashing: House, victim: Victim) -> None:
    house = crashing
    for kill_at in range(1, MOST):
        plain, looked_at = text(), text()
        made = [await keep(house.a, plain), await quarantine(house.a, looked_at)]
        await house.clerk.post(f"/api/v1/documents/{made[1]['id']}/versions/1/release", json={"reason": "да"})
        for key in await house.objects():
            if made[0]["id"] in key:
                await house.services.vault.destroy(key)
        survived = victim.carry_out(house, "settle", kill_at)
        await restart(house)
        assert (await read(house.a, made[0])).content == plain
        assert (await read(house.a, made[1])).content == looked_at
        assert house.spooled() == []
        if survived:
            return
    pytest.fail("the keeper never came to its end")
