"""What the clerks of the decade do with cases, documents and holds."""

from dataclasses import dataclass
from uuid import UUID

from core.disposal.holding import settle_held_lines
from tests.registry.decade.desk import V1, Desk, told
from tests.registry.decade.jobs import run_jobs
from tests.registry.decade.replay import Event
from tests.registry_house import Json


@dataclass
class Registry(Desk):
    """An institution whose clerks keep cases."""

    async def _opened(self, event: Event) -> None:
        row = (await self.in_force(event.day))[event.told["index"]]
        case = await self.ask(event, "clerk", "/cases", {"class_id": row["id"], "title": event.name}, 201)
        self.cases[event.name] = case["id"]
        if "personal_file" in event.told:
            name = {"family_name": "Образцова", "given_name": "Вера", "note": event.told["personal_file"]}
            person = await self.ask(event, "clerk", "/people", name, 201)
            file = await self.ask(event, "clerk", f"/people/{person['id']}/personal-file", {}, 201)
            await self.ask(event, "clerk", f"/personal-files/{file['id']}/case", {"case_id": case["id"]})
            self.people[event.told["personal_file"]] = (person["id"], file["id"])

    async def _document_kept(self, event: Event) -> None:
        name = event.told["document"]
        content = f"Справка об обучении, {self.where}, {name}.\n".encode()
        holder: Json = {"group_id": str(self.place.group)}
        if event.told.get("person"):
            holder = {"personal_file_id": self.people[event.told["person"]][1]}
        params = {"kind": "other", "file_name": "а.txt", "issued_on": event.day.isoformat(), **holder}
        answer = await self.place.of("clerk").post(f"{V1}/documents", params=params, content=content)
        made = told(event, answer, 201)
        self.documents[name], self.contents[name] = made["id"], content
        self.files[name] = await self.keys_of(made["id"])

    async def keys_of(self, document_id: str) -> list[str]:
        rows = await self.house.owner.fetch(
            "SELECT object_key FROM document_versions WHERE document_id = $1", UUID(document_id)
        )
        return [row["object_key"] for row in rows]

    async def _document_filed(self, event: Event) -> None:
        await self._document_kept(event)
        path = f"/documents/{self.documents[event.told['document']]}/filing"
        await self.ask(event, "clerk", path, {"case_id": self.cases[event.name]})

    async def _volume_added(self, event: Event) -> None:
        await self._of_case(event, "volumes", {}, 201)

    async def _closed(self, event: Event) -> None:
        body = {"close_volumes": True, "closed_on": event.told["on"].isoformat()}
        await self._of_case(event, "closing", body, 200)

    async def _reopened(self, event: Event) -> None:
        await self._of_case(event, "reopening", {"reason": "забыли протокол"}, 200)

    async def _happened(self, event: Event) -> None:
        code, words = event.told["code"], event.told["words"]
        body = {"code": code, "words": words, "happened_on": event.told["on"].isoformat(), "evidence": "приказ № 7"}
        self.recorded[event.name, words] = (await self._of_case(event, "events", body, 201))["id"]

    async def _taken_back(self, event: Event) -> None:
        path = f"/case-events/{self.recorded[event.name, event.told['words']]}/revocation"
        await self.ask(event, "clerk", path, {"reason": "приказ отменён"})

    async def _said(self, event: Event) -> None:
        body = {"kind": "answer", "words": event.told["words"], "answer": event.told["answer"]}
        await self._answer(event, body)

    async def _settled(self, event: Event) -> None:
        body = {"kind": "gate", "words": event.told["words"], "happened_on": event.told["on"].isoformat()}
        await self._answer(event, body)

    async def _answer(self, event: Event, body: Json) -> None:
        accepted = {"evidence": "справка № 3", "earlier_accepted": True}
        await self._of_case(event, "answers", {**body, **accepted}, 201, "records_officer")

    async def _need_ended(self, event: Event) -> None:
        body = {"happened_on": event.told["on"].isoformat(), "evidence": "протокол № 2"}
        await self._of_case(event, "decisions", body, 201, "commission")

    async def _prolonged(self, event: Event) -> None:
        body = {"kept_until_date": event.told["until"].isoformat(), "evidence": "протокол ЭК № 3"}
        await self._of_case(event, "prolongations", body, 201, "commission")

    async def _appraised(self, event: Event) -> None:
        body = {"decision": event.told["decision"], "happened_on": event.told["on"].isoformat()}
        await self._of_case(event, "appraisals", {**body, "evidence": "протокол ЭК № 1"}, 201, "commission")

    async def _of_case(self, event: Event, step: str, body: Json, status: int, role: str = "clerk") -> Json:
        return await self.ask(event, role, f"/cases/{self.cases[event.name]}/{step}", body, status)

    # --- holds ---------------------------------------------------------------------------------------------------

    async def _hold_placed(self, event: Event) -> None:
        targets = event.told
        body: Json = {"reason_kind": "claim", "reason": event.name, "document": "определение суда"}
        if "cases" in targets:
            body["case_ids"] = [self.cases[name] for name in targets["cases"]]
        if "person" in targets:
            body["person_ids"] = [self.people[targets["person"]][0]]
        if "index" in targets:
            body["class_ids"] = [(await self.in_force(event.day))[targets["index"]]["id"]]
        body["whole_institution"] = targets.get("everything", False)
        placed = await self.ask(event, "clerk", "/holds", body, 201)
        self.holds[event.name] = placed["id"]
        await run_jobs(self.house)
        await settle_held_lines(self.house.services.database)

    async def _hold_lifted(self, event: Event) -> None:
        body = {"reason": "дело закончено", "document": "решение суда"}
        await self.ask(event, "head", f"/holds/{self.holds[event.name]}/lifting", body)
        await run_jobs(self.house)
