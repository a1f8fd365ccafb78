"""Valid requests to the addresses of snapshots of study periods."""

from typing import Final

from core.bootstrap.parts import period_export_services
from core.kernel.jobs.catalog import JobKind
from core.kernel.jobs.running import JobRunner
from core.period_exports.making import snapshot_job
from core.period_exports.requesting import SNAPSHOT_JOB
from tests.registry.api.asking_connections import connected
from tests.registry.api.world import ANY, V1, Ask, Sample, World, made, plain
from tests.registry.cases.desk import classes

_EXPORTS: Final = f"{V1}/period-exports"
_EXPORT: Final = f"{_EXPORTS}/{{export_id}}"


async def _class(world: World) -> str:
    """The class under which snapshots are filed; it is in force today."""
    if "period export class" not in world.known:
        year = world.house.clock().year
        lineage = await world.house.owner.fetchval(
            "SELECT c.lineage_id FROM record_classes c JOIN nomenclature_versions v ON v.id = c.version_id"
            " JOIN rule_versions r ON r.root_id = c.rule_root_id AND r.status = 'understood'"
            " WHERE c.institution_id = $1 AND v.state = 'approved' AND v.year = $2 LIMIT 1",
            world.house.a.id,
            year,
        )
        world.known["period export class"] = str(
            lineage or (await classes(world.house, "5 лет", year=year))[0]["lineage_id"]
        )
    return world.known["period export class"]


async def settings(_world: World) -> Ask:
    return Ask(headers=ANY, json={"lineage_id": None, "due_days": 11})


async def wanted(world: World) -> Ask:
    answer = await world.house.clerk.put(f"{_EXPORTS}/settings", json={"lineage_id": await _class(world)}, headers=ANY)
    assert answer.status_code == 200, answer.text
    period = await world.house.owner.fetchval(
        "INSERT INTO study_periods (id, institution_id, kind, name, starts_on, ends_on, created_at)"
        " VALUES (gen_random_uuid(), $1, 'other', 'Смена', '2026-01-12', '2026-02-20', now()) RETURNING id",
        world.house.a.id,
    )
    body = {"connection_id": await connected(world), "period_id": str(period), "insisted": "приказ № 7"}
    return Ask(json=body)


async def _asked(world: World) -> str:
    answer = await world.house.clerk.post(_EXPORTS, json=(await wanted(world)).json)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def _filed(world: World) -> str:
    if "period export" not in world.known:
        export_id = await _asked(world)
        kind = JobKind(
            name=SNAPSHOT_JOB,
            handler=snapshot_job(period_export_services(world.house.services)),
            attempts=1,
            first_delay=0,
        )
        job = await world.house.owner.fetchval("SELECT job_id FROM period_exports WHERE id = $1::uuid", export_id)
        runner = JobRunner(world.house.services.database, None)
        await runner.run(kind, job_id=job, institution_id=world.house.a.id, arguments={"export": export_id})
        world.known["period export"] = export_id
    return world.known["period export"]


async def export(world: World) -> Ask:
    return Ask(ids={"export_id": await _filed(world)})


async def export_file(world: World) -> Ask:
    return Ask(ids={"export_id": await _filed(world), "file_name": "manifest.json"})


async def failed(world: World) -> Ask:
    export_id = await _asked(world)
    await world.house.owner.execute(
        "UPDATE period_exports SET state = 'failed', ended_at = now() WHERE id = $1::uuid", export_id
    )
    return Ask(ids={"export_id": export_id})


SAMPLES: Final[dict[str, Sample]] = {
    f"GET {_EXPORTS}": plain(),
    f"POST {_EXPORTS}": made(wanted),
    f"GET {_EXPORTS}/due": plain(),
    f"GET {_EXPORTS}/settings": plain(),
    f"PUT {_EXPORTS}/settings": made(settings),
    f"GET {_EXPORT}": made(export),
    f"POST {_EXPORT}/completion": made(failed),
    f"GET {_EXPORT}/content": made(export),
    f"GET {_EXPORT}/files/{{file_name}}": made(export_file),
    f"GET {_EXPORT}/differences": made(export),
}
