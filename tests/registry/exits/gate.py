"""How tests hand cases over, give them back and merge them: by the people of an institution, through the API."""

import asyncio
import json
import zipfile
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import httpx

from core.bootstrap.parts import exit_services
from core.exits.packages import PACK_JOB, REMOVE_JOB
from core.exits.packing import pack_job, remove_package_job
from core.exits.services import ExitServices
from core.kernel.jobs.catalog import JobCatalog
from core.kernel.jobs.running import JobRunner
from storage.objects import StoredVersion, Verification
from storage.vault import ObjectStream, Vault
from tests.registry.cases.desk import ANY, close, file, open_case
from tests.registry.documents.papers import keep
from tests.registry.nomenclature.office import OFFICER
from tests.registry_house import House, Json, Place

V1 = "/api/v1"
TRANSFERS = f"{V1}/transfers"
LINES = f"{V1}/transfer-lines"
RETURNS = f"{V1}/returns"
ARCHIVE = {"archive_name": "Архив города Примерска", "basis": "договор № 4 от 12.01.2026"}
REASON = {"reason": "так решено"}
RECEIPT = {"receiver": "Примерова Вера Павловна", "identity_paper": "passport", "basis": "заявление от 20.02.2026"}


async def filled_case(
    place: Place,
    record_class: Json,
    *contents: bytes,
    closed_on: str | None = "2020-12-25",
    **members: Any,  # noqa: ANN401
) -> Json:
    """A case with these files in it, closed unless told otherwise."""
    case = await open_case(place, record_class, **{"opened_on": "2020-01-09", "electronic": True, **members})
    for content in contents:
        document = await keep(place, content, issued_on="2020-03-01", group_id=str(place.group))
        answer = await file(place, document, case)
        assert answer.status_code == 200, answer.text
    return await close(place, case, closed_on) if closed_on else case


async def prepare(place: Place, *cases: Json, role: str = OFFICER, **members: Any) -> httpx.Response:  # noqa: ANN401
    named = {"case_ids": [case["id"] for case in cases]} if cases else {}
    return await place.of(role).post(TRANSFERS, json={**ARCHIVE, **named, **members})


async def prepared(place: Place, *cases: Json) -> Json:
    answer = await prepare(place, *cases)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def step(
    place: Place, transfer: Json, name: str, role: str, body: Json | None = None, match: str = "*"
) -> httpx.Response:
    path = f"{TRANSFERS}/{transfer['id']}/{name}"
    return await place.of(role).post(path, json=body or {}, headers={"If-Match": match})


async def approve(place: Place, transfer: Json, number: str = "1-п", role: str = "head") -> httpx.Response:
    return await step(place, transfer, "approval", role, {"number": number})


async def approved(place: Place, *cases: Json, number: str = "1-п") -> Json:
    made = await prepared(place, *cases)
    answer = await approve(place, made, number)
    assert answer.status_code == 200, answer.text
    said: Json = answer.json()
    return said


async def package(place: Place, transfer: Json) -> Json:
    answer = await place.of("auditor").get(f"{TRANSFERS}/{transfer['id']}/package")
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def content(place: Place, transfer: Json, role: str = OFFICER) -> httpx.Response:
    return await place.of(role).get(f"{TRANSFERS}/{transfer['id']}/package/content")


async def accept(place: Place, transfer: Json, sha256: str | None, role: str = OFFICER) -> httpx.Response:
    body = {
        "number": "А-7",
        "accepted_on": "2026-03-02",
        "accepted_by": "хранитель Образцов Б. Б.",
        "package_sha256": sha256 or "0" * 64,
    }
    return await step(place, transfer, "acceptance", role, body)


async def lines(place: Place, transfer: Json) -> list[Json]:
    answer = await place.of("auditor").get(f"{TRANSFERS}/{transfer['id']}/lines")
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()["items"]
    return found


async def read_transfer(place: Place, transfer: Json) -> Json:
    found: Json = (await place.of("auditor").get(f"{TRANSFERS}/{transfer['id']}")).json()
    return found


async def merge(place: Place, source: Json, target: Json, role: str = OFFICER) -> httpx.Response:
    body = {"into_case_id": target["id"], **REASON}
    return await place.of(role).post(f"{V1}/cases/{source['id']}/merger", json=body, headers=ANY)


async def prepare_return(place: Place, role: str = "clerk", **members: Any) -> httpx.Response:  # noqa: ANN401
    return await place.of(role).post(RETURNS, json={**RECEIPT, **members})


async def confirm(place: Place, made: Json, number: str = "р-1", role: str = OFFICER) -> httpx.Response:
    return await place.of(role).post(f"{RETURNS}/{made['id']}/confirmation", json={"number": number}, headers=ANY)


def entries(archive: bytes) -> dict[str, bytes]:
    """Every file of a package, by its path inside the bag."""
    with zipfile.ZipFile(BytesIO(archive)) as found:
        return {name.partition("/")[2]: found.read(name) for name in found.namelist()}


def listed(manifest: bytes) -> dict[str, str]:
    """Digests by path, as a manifest of a bag has them."""
    lines = [line.split("  ", 1) for line in manifest.decode().splitlines()]
    return {path: sha256 for sha256, path in lines}


async def run_jobs(house: House, services: ExitServices | None = None) -> list[str]:
    """Run every queued job of exits as a worker would; return their states."""
    services = services or exit_services(house.services)
    catalog = JobCatalog()
    catalog.register(PACK_JOB, pack_job(services))
    catalog.register(REMOVE_JOB, remove_package_job(services))
    kinds = {kind.name: kind for kind in catalog}
    runner = JobRunner(house.services.database, house.services)
    queued = await house.owner.fetch(
        "SELECT j.id, j.kind, j.institution_id, p.args -> 'arguments' AS arguments FROM jobs j"
        " JOIN procrastinate_jobs p ON (p.args ->> 'job_id')::uuid = j.id"
        " WHERE j.state IN ('queued', 'running') AND j.kind = ANY ($1) ORDER BY j.id",
        list(kinds),
    )
    ended: list[UUID] = []
    for job in queued:
        arguments: dict[str, str] = json.loads(job["arguments"])
        await runner.run(
            kinds[job["kind"]], job_id=job["id"], institution_id=job["institution_id"], arguments=arguments
        )
        ended.append(job["id"])
    rows = await house.owner.fetch("SELECT state FROM jobs WHERE id = ANY ($1) ORDER BY id", ended)
    return [row["state"] for row in rows]


class KilledVault:
    """A vault whose caller is killed at one of its calls, once that has taken effect."""

    def __init__(self, vault: Vault, stage: str) -> None:
        self._vault, self._stage = vault, stage

    def open(self, key: str, version_id: str | None = None) -> AbstractAsyncContextManager[ObjectStream]:
        if self._stage == "open":
            raise asyncio.CancelledError
        return self._vault.open(key, version_id)

    async def put(self, key: str, source: Path, *, sha256: str, size: int, media_type: str) -> StoredVersion:
        stored = await self._vault.put(key, source, sha256=sha256, size=size, media_type=media_type)
        if self._stage == "put":
            raise asyncio.CancelledError
        return stored

    async def verify(self, key: str, version_id: str | None, sha256: str) -> Verification:
        await self._vault.verify(key, version_id, sha256)
        raise asyncio.CancelledError


def killed_at(services: ExitServices, stage: str) -> ExitServices:
    """The same services for an attempt that is killed at `open`, `put` or `verify`."""
    return replace(services, vault=cast("Vault", KilledVault(services.vault, stage)))


async def packages_in_storage(house: House) -> list[str]:
    """Keys of every package of the first institution that lies in storage."""
    return [entry.key async for entry in house.services.vault.versions(f"packages/{house.a.id}/")]
