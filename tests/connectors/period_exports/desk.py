"""What tests of period exports hold in their hands: an institution with a platform that was read."""

import io
import zipfile
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from core.bootstrap.parts import period_export_services
from core.imports.registry import every_writer
from core.imports.services import ImportServices
from core.kernel.jobs.catalog import JobHandler, JobKind
from core.kernel.jobs.running import JobRunner
from core.papers.paper import Paper
from core.papers.press import Press
from core.papers.rendering import render_pdf
from core.period_exports.making import snapshot_job
from core.period_exports.requesting import SNAPSHOT_JOB
from core.period_exports.services import PeriodExportServices
from core.sdk.connectors import (
    AttendanceData,
    EnrolmentData,
    EntityKind,
    FinalResultData,
    GroupData,
    LearnerData,
    Mapped,
    Message,
    Record,
    ResultData,
    Stream,
    StudyPeriodData,
    SubjectData,
)
from tests.connectors.engine.bench import Engine
from tests.connectors.engine.scripted import Script, ScriptedConnections
from tests.registry.cases.desk import ANY, classes
from tests.registry_house import House, Json

V1 = "/api/v1"
EXPORTS = f"{V1}/period-exports"
TITLE = "Выгрузки результатов с образовательной платформы за учебный период"
FIRST, LAST = date(2026, 1, 12), date(2026, 2, 20)
NAMES = ("Образцова", "Примеров", "Тезкина")


def said(key: str, data: Mapped, **raw: Any) -> Record:  # noqa: ANN401 - of a platform
    return Record(key, data, raw={"id": key, **raw})


def stream(kind: EntityKind) -> Stream:
    return Stream(name=kind.value, title=kind.value, kind=kind)


class PressHere(Press):
    """Sets papers in this process, which takes a tenth of what another one does, and gives the same bytes."""

    async def set_pdf(self, paper: Paper) -> bytes:
        return render_pdf(paper)


def quick_services(house: House) -> PeriodExportServices:
    services = period_export_services(house.services)
    return replace(services, paperwork=replace(services.paperwork, press=PressHere()))


@dataclass
class Desk:
    house: House
    engine: Engine
    connection: UUID

    @property
    def script(self) -> Script:
        return self.engine.script

    def tell(self, kind: EntityKind, *messages: Message) -> None:
        """Let the platform say this of a kind from now on."""
        self.script.stream(stream(kind), *messages)

    def marks(self, *values: str) -> None:
        """One mark of each learner in algebra, and two of what happened elsewhere."""
        self.tell(
            EntityKind.RESULTS,
            *(
                said(
                    f"m{number}",
                    ResultData(
                        learner=f"l{number}",
                        subject="alg",
                        group="5a",
                        period="q3",
                        value=value,
                        scale="mark5",
                        held_on=FIRST + timedelta(days=number),
                        title="=1+1",
                    ),
                    mark=value,
                )
                for number, value in enumerate(values)
            ),
            said(
                "other",
                ResultData(learner="l0", subject="alg", group="5a", period="q4", value="2", held_on=FIRST),
            ),
            said("undated", ResultData(learner="l1", subject="alg", value="+", held_on=LAST)),
        )

    async def read(self) -> None:
        run = await self.engine.run()
        assert run.state == "complete", (run.state, run.reason, run.message)

    async def ask(self, role: str = "clerk", **members: Any) -> httpx.Response:  # noqa: ANN401 - members of a body
        body = {"connection_id": str(self.connection), "period_id": str(await self.period()), **members}
        return await self.house.of(role).post(EXPORTS, json=body)

    async def period(self) -> UUID:
        found: UUID = await self.house.owner.fetchval("SELECT id FROM study_periods WHERE name = '3 четверть'")
        return found

    async def work(self, export: Json, handler: JobHandler | None = None, attempts: int = 99) -> Json:
        """Do what a worker does with the job of a snapshot, once."""
        made = handler or snapshot_job(quick_services(self.house))
        kind = JobKind(name=SNAPSHOT_JOB, handler=made, attempts=attempts, first_delay=0)
        runner = JobRunner(self.house.services.database, None)
        job = await self.house.owner.fetchval("SELECT job_id FROM period_exports WHERE id = $1", export["id"])
        await runner.run(kind, job_id=job, institution_id=self.house.a.id, arguments={"export": export["id"]})
        return await self.look(export)

    async def look(self, export: Json) -> Json:
        answer = await self.house.of("clerk").get(f"{EXPORTS}/{export['id']}")
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def snapshot(self, **members: Any) -> Json:  # noqa: ANN401 - members of a body
        answer = await self.ask(**members)
        assert answer.status_code == 201, answer.text
        return await self.work(answer.json())

    async def package(self, export: Json) -> zipfile.ZipFile:
        answer = await self.house.clerk.get(f"{EXPORTS}/{export['id']}/content")
        assert answer.status_code == 200, answer.text
        return zipfile.ZipFile(io.BytesIO(answer.content))

    async def differences(self, export: Json) -> list[Json]:
        answer = await self.house.clerk.get(f"{EXPORTS}/{export['id']}/differences")
        assert answer.status_code == 200, answer.text
        found: list[Json] = answer.json()["items"]
        return found

    async def count(self, what: str) -> int:
        found: int = await self.house.owner.fetchval(f"SELECT count(*) FROM {what}")  # noqa: S608 - ours
        return found


async def desk_in(house: House, account: str = "1") -> Desk:
    """A school with three learners, whose third quarter was read completely after its end."""
    connection = uuid4()
    await house.owner.execute(
        "INSERT INTO connections (id, institution_id, connector, title, configuration, config_version, state,"
        " unique_id, identity, fingerprint, created_at) VALUES ($1, $2, 'scripted', 'Пример', '{}', 1, 'ready', $4,"
        " '{\"title\": \"Школа № 1\"}', '1', $3)",
        connection,
        house.a.id,
        house.clock(),
        account,
    )
    connections = ScriptedConnections(Script())
    services = ImportServices(
        database=house.services.database,
        clock=house.clock,
        connections=connections,
        writers=every_writer(),
        documents=house.services.documents,
        at_once=10,
    )
    desk = Desk(
        house, Engine(house=house, services=services, connections=connections, connection=connection), connection
    )
    desk.tell(
        EntityKind.STUDY_PERIODS,
        *(
            said(key, StudyPeriodData(name=name, period_kind="quarter", starts_on=first, ends_on=last))
            for key, name, first, last in (
                ("q3", "3 четверть", FIRST, LAST),
                ("q4", "4 четверть", date(2026, 3, 30), date(2026, 5, 29)),
            )
        ),
    )
    desk.tell(EntityKind.SUBJECTS, said("alg", SubjectData(name="Алгебра")))
    desk.tell(EntityKind.GROUPS, said("5a", GroupData(name="5А", study_year="2025/2026")))
    desk.tell(
        EntityKind.LEARNERS,
        *(
            said(f"l{number}", LearnerData(family_name=name, given_name="Вера", number=str(number)), phone="1")
            for number, name in enumerate(NAMES)
        ),
    )
    desk.tell(
        EntityKind.ENROLMENTS,
        *(said(f"e{number}", EnrolmentData(group="5a", learner=f"l{number}")) for number in range(3)),
    )
    desk.marks("4", "5", "н")
    desk.tell(
        EntityKind.FINAL_RESULTS,
        *(
            said(
                f"f{number}",
                FinalResultData(
                    learner=f"l{number}", subject="alg", group="5a", period="q3", value=value, scale="mark5"
                ),
            )
            for number, value in enumerate(("5", "4", "н/а"))
        ),
    )
    desk.tell(
        EntityKind.ATTENDANCE,
        said("a1", AttendanceData(learner="l2", subject="alg", group="5a", lesson_on=FIRST, status="Б")),
    )
    return desk


async def with_class(house: House, term: str = "5 лет") -> Json:
    """Say that snapshots are filed under a class of this year's nomenclature."""
    [made] = await classes(house, term)
    answer = await house.clerk.put(f"{EXPORTS}/settings", json={"lineage_id": made["lineage_id"]}, headers=ANY)
    assert answer.status_code == 200, answer.text
    return made


async def ready_desk(house: House) -> Desk:
    """The same, with a class for snapshots, and read."""
    await with_class(house)
    desk = await desk_in(house)
    await desk.read()
    return desk
