"""How acts of the decade are executed, and which papers come of it."""

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from tests.registry.decade.committee import Committee
from tests.registry.decade.desk import ANY, V1, told
from tests.registry.decade.jobs import run_jobs
from tests.registry.decade.replay import Event
from tests.registry.decade.terms import FONDS, PROOFS
from tests.registry_house import Json, Place

KINDS: Final = ("disposal_act", "personal_data_act", "event_log_export")
EXECUTOR: Final = "executor"


@dataclass
class Office(Committee):
    """A whole institution, with two executors."""

    second: Place | None = None
    """The same institution in the hands of another executor."""
    papers: dict[str, Json] = field(default_factory=dict)
    """Issued papers, by the name of their document."""

    async def _act_executed(self, event: Event) -> None:
        await self._start(event)
        found = await self._progress(event)
        assert found["state"] == "executed", f"{event}: {found}"
        if found["paper_open"]:
            ended = {"destroyed_on": event.day.isoformat(), "way": "shredded", "evidence": "акт измельчения № 1"}
            await self.ask(event, EXECUTOR, f"/disposal-acts/{self.acts[event.name]}/paper-destruction", ended)

    async def _act_partly_executed(self, event: Event) -> None:
        """Somebody has put a hold on one file past the service: storage refuses to delete it."""
        [failing] = event.told["cases"]
        rows = await self.house.owner.fetch(
            "SELECT v.object_key, v.storage_version_id FROM document_versions v JOIN documents d"
            " ON d.id = v.document_id WHERE d.case_id = $1 ORDER BY v.object_key LIMIT 1",
            UUID(self.cases[failing]),
        )
        key, version = rows[0]["object_key"], rows[0]["storage_version_id"]
        await self.house.services.vault.hold(key, version, on=True)
        await self._start(event)
        found = await self._progress(event)
        assert (found["state"], found["lines_by_state"]["failed"]) == ("partial", 1), f"{event}: {found}"
        await self.house.services.vault.hold(key, version, on=False)

    async def _start(self, event: Event) -> None:
        """One executor announces, the other confirms; then the job runs."""
        assert self.second is not None
        path = f"/disposal-acts/{self.acts[event.name]}/execution"
        await self.ask(event, EXECUTOR, path)
        confirmed = await self.second.of(EXECUTOR).post(f"{V1}{path}/confirmation", headers=ANY)
        told(event, confirmed, 200)
        await run_jobs(self.house)

    async def _progress(self, event: Event) -> Json:
        return await self.read(f"/disposal-acts/{self.acts[event.name]}/execution")

    # --- papers --------------------------------------------------------------------------------------------------

    async def _act_certified(self, event: Event) -> None:
        """Three papers are issued, signed by hand by everybody, and the act is closed."""
        officer, act = self.who("records_officer"), self.acts[event.name]
        await self._decide_where_papers_go(event)
        assert self.second is not None
        for kind in KINDS:
            body = {"kind": kind, "subject_type": "disposal_act", "subject_id": act}
            paper = await self.ask(event, officer, "/issued-papers", body, 201)
            signatories = [(self.place, officer)]
            if kind != "event_log_export":
                signatories += [(self.place, EXECUTOR), (self.second, EXECUTOR)]
            for place, role in signatories:
                path = f"{V1}/issued-papers/{paper['id']}/signatures"
                told(event, await place.of(role).post(path, params={"manner": "by_hand"}), 201)
            name = f"{event.name} {kind}"
            self.papers[name], self.files[name] = paper, await self.keys_of(paper["document_id"])
        await self.ask(event, officer, f"/disposal-acts/{act}/certification")

    async def _decide_where_papers_go(self, event: Event) -> None:
        if self.papers:
            return
        rows = await self.in_force(event.day)
        fonds, proofs = rows[FONDS[self.where]]["lineage_id"], rows[PROOFS[self.where]]["lineage_id"]
        policy = {
            "address": "000000, г. Нигдеевск, ул. Небывалая, д. 1",
            "place": "г. Нигдеевск",
            "fonds_number": "17",
            "fonds_name": self.place.name,
            "head_post": "Руководитель",
            "chair_name": "Проверкина А. А.",
            "chair_post": "Председатель ЭК",
            "backup_days": 30,
            "backup_media": "ленты хранилища № 1",
            "filing": {"disposal_act": fonds, "personal_data_act": proofs, "event_log_export": proofs},
        }
        await self.ask(event, "head", "/paperwork-policies", policy, 201)
