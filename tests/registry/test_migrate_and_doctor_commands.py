"""`deloteka migrate` and `deloteka doctor` on a real database and a real object store."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result

from core.cli import main
from core.cli.doctor import lacking, packages
from core.cli.installation import storage_addresses
from core.kernel.database.embedded import EmbeddedPostgres
from storage.objects import Capabilities
from storage.s3 import S3Vault

PLENTY = str(10**15)


@dataclass
class Place:
    """A data folder, an empty database and a store, as the variables of an installation name them."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    async def run(self, *command: str, **variables: str) -> Result:
        runner = CliRunner(env={**self.environment, **variables})
        return await asyncio.to_thread(runner.invoke, main, [*command, "--config", str(self.folder / "config.toml")])


@pytest.fixture
async def place(postgres_server: EmbeddedPostgres, registry_vault: S3Vault, tmp_path: Path) -> AsyncIterator[Place]:
    name = f"empty_{uuid4().hex[:12]}"
    await postgres_server.create_database(name)
    (tmp_path / "config.toml").write_text(f'[service]\ndata_folder = "{tmp_path}"\n', encoding="utf-8")
    environment = {
        **storage_addresses(registry_vault.address),
        "DELOTEKA_DATABASE__URL": postgres_server.app_url_of(name),
        "DELOTEKA_DATABASE__OWNER_URL": postgres_server.owner_url_of(name),
        "DELOTEKA_INTAKE__FREE_SPACE_RESERVE_BYTES": "0",
    }
    yield Place(tmp_path, environment)
    await postgres_server.drop_database(name)


async def test_migrate_says_what_is_missing_applies_it_once_and_the_doctor_agrees(place: Place) -> None:
    listed = await place.run("migrate", "--dry-run")
    assert listed.exit_code == 0, listed.output
    missing = [line.removeprefix("missing ") for line in listed.output.splitlines()]
    assert len(missing) > 5
    ill = await place.run("doctor")
    assert ill.exit_code == 1
    assert f"BAD  schema: {len(missing)} migrations are missing → run: deloteka migrate" in ill.output
    applied = await place.run("migrate")
    assert applied.exit_code == 0, applied.output
    assert sorted(applied.output.splitlines()) == sorted(f"applied {name}" for name in missing)
    for option in ((), ("--dry-run",)):
        assert (await place.run("migrate", *option)).output == "The schema is up to date.\n"
    well = await place.run("doctor")
    assert well.exit_code == 0, well.output
    for line in ("database: answers; row-level security binds", "OK   storage: answers at", "OK   sandbox: files are"):
        assert line in well.output


async def test_a_database_that_does_not_answer_is_said_with_a_remedy(place: Place) -> None:
    nowhere = "postgresql://deloteka:hush@127.0.0.1:1/deloteka"
    variables = {"DELOTEKA_DATABASE__URL": nowhere, "DELOTEKA_DATABASE__OWNER_URL": nowhere}
    refused = await place.run("migrate", **variables)
    assert refused.exit_code == 1
    assert "hush" not in refused.output
    ill = await place.run("doctor", **variables)
    assert ill.exit_code == 1
    assert "BAD  database: does not answer" in ill.output
    assert "start PostgreSQL" in ill.output


async def test_a_service_that_is_bound_by_nothing_is_found(place: Place) -> None:
    owner = place.environment["DELOTEKA_DATABASE__OWNER_URL"]
    ill = await place.run("doctor", DELOTEKA_DATABASE__URL=owner)
    assert ill.exit_code == 1
    assert ill.output.count("BAD  database: ") >= 1


async def test_a_store_that_does_not_answer_is_said_with_a_remedy(place: Place) -> None:
    ill = await place.run("doctor", DELOTEKA_STORAGE__ENDPOINT="http://127.0.0.1:1")
    assert ill.exit_code == 1
    assert "BAD  storage: " in ill.output
    assert "check storage.endpoint" in ill.output


async def test_a_plugin_that_does_not_load_and_a_full_disk_are_found(place: Place) -> None:
    ill = await place.run(
        "doctor", DELOTEKA_PLUGINS__ENABLED='["pdf", "nothing"]', DELOTEKA_INTAKE__FREE_SPACE_RESERVE_BYTES=PLENTY
    )
    assert ill.exit_code == 1
    assert "BAD  plugin: nothing failed: " in ill.output
    assert "OK   plugin: pdf" in ill.output
    assert "BAD  disk: " in ill.output


async def test_servers_of_ones_own_that_do_not_run_are_said_so(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f'[service]\ndata_folder = "{tmp_path / "data"}"\n', encoding="utf-8")
    ill = await Place(tmp_path).run("doctor")
    assert ill.exit_code == 1
    assert "BAD  service: the embedded servers do not run" in ill.output
    refused = await Place(tmp_path).run("migrate")
    assert refused.exit_code == 1
    assert "deloteka serve" in refused.output


def test_what_a_store_cannot_do_is_said() -> None:
    nothing = Capabilities(
        versioning=False, object_lock=False, verifies_checksums=False, conditional_create=False, late_lock_dates=False
    )
    assert [each.level for each in lacking(nothing)] == ["bad", "note", "note", "note", "note"]


def test_the_packages_lie_side_by_side() -> None:
    assert packages().level == "ok"
